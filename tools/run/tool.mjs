// Runs one of the workspace's own tools on the pinned Node: `node tools/run/tool.mjs eslint .`
import { entry, environment, install, pinnedNode, run } from './workspace.mjs';

await entry(async () => {
  await install();
  const [tool, ...args] = process.argv.slice(2);
  await run(tool, args, { env: environment(pinnedNode()) });
});

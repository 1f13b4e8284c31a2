// Builds the API and runs one of its commands on the pinned Node: `node tools/run/api-cli.mjs config-check`
import { join } from 'node:path';
import { entry, environment, install, nxProgram, pinnedNode, root, run } from './workspace.mjs';

await entry(async () => {
  await install();
  const node = pinnedNode();
  const env = environment(node);
  await run(node, [nxProgram, 'run', 'api:build', '--outputStyle=static'], { env, quiet: true });
  const [command, ...args] = process.argv.slice(2);
  await run(node, [join(root, 'apps/api/dist/cli', `${command}.js`), ...args], { env, input: 'inherit' });
});

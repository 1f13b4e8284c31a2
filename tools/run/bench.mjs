// `npm run bench [-- --quick] [-- name ...]`: runs the benches of tools/bench one after the other, each in its own process.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, entry, environment, install, pinnedNode, root, run, say } from './workspace.mjs';

await entry(async () => {
  await install();
  const node = pinnedNode();
  await build(node);
  const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const benches = readdirSync(join(root, 'tools/bench')).filter((file) => file.endsWith('.bench.ts'));
  for (const file of benches.filter((bench) => names.length === 0 || names.some((name) => bench.startsWith(name)))) {
    say(`bench ${file}`);
    await run(node, ['--conditions=@ziggy/source', '--expose-gc', join(root, 'tools/bench', file), ...flags], {
      env: environment(node),
    });
  }
});

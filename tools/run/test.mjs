// `npm test`: format, lint, types, convention checks, every unit and end-to-end test; ends with `N passed, N failed`.
// Arguments after `--` go to Nx, e.g. `npm test -- --projects=streaming` or `npm test -- --skip-nx-cache`.
import { spawn } from 'node:child_process';
import { entry, environment, install, nxProgram, pinnedNode, root, say } from './workspace.mjs';

/** One after the other: a browser wants the whole machine, and what runs beside it would only make both late. */
const ROUNDS = [['format', 'lint', 'types', 'check', 'bundle-check', 'test'], ['e2e']];

let stopped = false;
/** Ends the round that runs. */
let stop = () => undefined;

await entry(async () => {
  await install();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      stopped = true;
      stop(signal);
    });
  const began = Date.now();
  const node = pinnedNode();
  let code = 0;
  let output = '';
  for (const targets of ROUNDS) {
    const options = ['--outputStyle=static', '--nxBail=false', ...process.argv.slice(2)];
    const round = await nx(node, ['run-many', '-t', ...targets, ...options]);
    // What failed in the first round is no reason not to know about the second.
    code ||= round.code ?? 1;
    output += round.output;
    if (stopped) break;
  }
  const counts = count(output);
  // A task that fails without a failing test (lint, types, a suite that does not load) is a failure all the same.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  const skipsFail = process.env['CI'] === 'true' && counts.skipped > 0;
  if (skipsFail)
    process.stdout.write(
      `\n${counts.skipped} tests were skipped; in CI each system package is installed, so a skip is a failure.\n`,
    );
  say(`tests took ${Math.round((Date.now() - began) / 1000)} s`);
  process.stdout.write(`${counts.passed} passed, ${counts.failed + (skipsFail ? counts.skipped : 0)} failed\n`);
  process.exitCode = code !== 0 || skipsFail ? 1 : 0;
});

async function nx(node, args) {
  const child = spawn(node, [nxProgram, ...args], {
    cwd: root,
    env: { ...environment(node), FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output.push(chunk);
      process.stdout.write(chunk);
    });
  }
  stop = (signal) => child.kill(signal);
  const code = await new Promise((done) => child.once('close', done));
  return { code, output: Buffer.concat(output).toString() };
}

/** Adds up Jest's closing lines, e.g. `Tests:       1 failed, 2 skipped, 30 passed, 33 total`; Nx replays them from its cache. */
function count(output) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [, line] of output.matchAll(/^Tests:\s+(.*)$/gm)) {
    for (const [, number, word] of line.matchAll(/(\d+) (passed|failed|skipped|todo)/g)) {
      total[word === 'todo' ? 'skipped' : word] += Number(number);
    }
  }
  return total;
}

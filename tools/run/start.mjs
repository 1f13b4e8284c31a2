// `npm start`: installs and builds what is missing, then runs the API, which starts its database and serves the portal.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build, entry, environment, install, pinnedNode, root, say } from './workspace.mjs';

await entry(async () => {
  await install();
  const node = pinnedNode();
  await build(node);
  say('starting ...');
  await serve(node);
});

/**
 * The API runs in a process group of its own: Ctrl-C reaches this launcher (once from the terminal, perhaps again from npm),
 * which passes it on once. Should this launcher be killed, the closed IPC channel tells the API to stop.
 */
async function serve(node) {
  const child = spawn(node, ['--enable-source-maps', join(root, 'apps/api/dist/main.js')], {
    cwd: root,
    // Compiled code is kept between starts: about a third of the start-up time.
    env: { NODE_COMPILE_CACHE: join(root, '.ziggy', 'compile-cache'), ...environment(node) },
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let asked = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const now = Date.now();
      // The same key press arrives twice under npm; a second press a second later means: at once. SIGINT stays SIGINT: a
      // person at a terminal does not wait for every client to be told at leisure.
      if (asked === 0) child.kill(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
      else if (now - asked > 1_000) child.kill('SIGKILL');
      asked ||= now;
    });
  }
  const { code, signal } = await new Promise((done) => {
    child.once('error', (error) => {
      process.stderr.write(`ziggy the API could not start: ${error.message}\n`);
      done({ code: 1, signal: null });
    });
    child.once('exit', (code, signal) => done({ code, signal }));
  });
  process.exitCode = code ?? (signal === 'SIGKILL' ? 137 : 1);
}

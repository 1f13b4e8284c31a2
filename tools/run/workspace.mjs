// What `npm start` and `npm test` share. Node's own modules only: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the workspace. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const windows = process.platform === 'win32';

/** Nx's own entry file, so that it runs on the Node we choose. */
export const nxProgram = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');

/** A failure that needs no stack: its message says what to do. */
export class Stop extends Error {}

/** Prints one line of progress. */
export function say(text) {
  process.stdout.write(`${process.stdout.isTTY ? '\u001b[2mziggy\u001b[0m' : 'ziggy'} ${text}\n`);
}

/** Runs a command to its end with our own input and output. @throws Stop when it fails. */
export async function run(command, args, { env = process.env, quiet = false, cwd = root, input = 'ignore' } = {}) {
  const output = [];
  const child = spawn(command, args, {
    cwd,
    env,
    shell: windows && command.endsWith('.cmd'),
    stdio: [input, quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  });
  child.stdout?.on('data', (chunk) => output.push(chunk));
  child.stderr?.on('data', (chunk) => output.push(chunk));
  const { code, error } = await new Promise((done) => {
    child.once('error', (error) => done({ code: 1, error }));
    child.once('close', (code) => done({ code, error: null }));
  });
  if (code !== 0) {
    if (quiet) process.stderr.write(Buffer.concat(output));
    throw new Stop(`${[command, ...args].join(' ')} failed${error ? `: ${error.message}` : ` (exit ${code})`}.`);
  }
}

/** Installs the packages of the lock file with `npm ci`, unless exactly these are installed already. */
export async function install() {
  const lock = join(root, 'package-lock.json');
  const stamp = join(root, 'node_modules', '.ziggy-installed');
  const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const npmsOwnRecord = join(root, 'node_modules', '.package-lock.json');
  const installedByHand = existsSync(npmsOwnRecord) && statSync(npmsOwnRecord).mtimeMs >= statSync(lock).mtimeMs;
  if (!installedByHand) {
    say('installing packages (first start; one to three minutes) ...');
    const began = Date.now();
    const ticking = setInterval(
      () => say(`installing packages, ${Math.round((Date.now() - began) / 1000)} s ...`),
      15_000,
    );
    try {
      // npm may be told by its caller that this is production; building needs the development packages as well.
      const env = { ...process.env, NODE_ENV: 'development' };
      const ci = () =>
        run(windows ? 'npm.cmd' : 'npm', ['ci', '--include=dev', '--no-progress', '--loglevel=error'], {
          env,
          quiet: true,
        });
      await ci().catch((error) => {
        say(`${error.message} Trying once more ...`);
        return ci();
      });
    } finally {
      clearInterval(ticking);
    }
    say(`packages installed in ${Math.round((Date.now() - began) / 1000)} s`);
  }
  writeFileSync(stamp, wanted);
}

/**
 * The Node that the product runs on: this one when it satisfies `engines` of `apps/api`, else the one that the npm
 * package `node` carries.
 */
export function pinnedNode() {
  const wanted = /(\d+)/.exec(JSON.parse(readFileSync(join(root, 'apps/api/package.json'), 'utf8')).engines.node)[1];
  if (process.versions.node.split('.')[0] === wanted) return process.execPath;
  const carried = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  if (existsSync(carried)) return carried;
  throw new Stop(
    `ZiggyAI runs on Node ${wanted}; this is ${process.version} and the npm package "node" has not brought one. ` +
      'Remove node_modules and try again with install scripts allowed, or install Node ' +
      wanted +
      '.',
  );
}

/** Environment in which `node` and the workspace's own tools are found first. */
export function environment(node) {
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  return { ...process.env, PATH: path, Path: path, NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' };
}

/** Builds the API and the portal, unless no source changed since the last build. Nx rebuilds what is affected. */
export async function build(node) {
  const stamp = join(root, '.ziggy', 'built');
  const now = fingerprint();
  const outputs = ['apps/api/dist/main.js', 'apps/web/dist/browser/index.html'];
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now && outputs.every((file) => existsSync(join(root, file))))
    return;
  say('building the API and the portal (about a minute) ...');
  const began = Date.now();
  await run(node, [nxProgram, 'run-many', '-t', 'build', '--outputStyle=stream'], {
    env: environment(node),
    quiet: true,
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
  say(`built in ${Math.round((Date.now() - began) / 1000)} s`);
}

/** Changes whenever a source, an asset or a setting of the build may have changed: names, sizes and times, not contents. */
function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (['node_modules', 'dist', 'e2e', 'test'].includes(entry.name) || entry.name.endsWith('.spec.ts')) continue;
      const full = join(path, entry.name);
      if (entry.isDirectory()) visit(full);
      else if (entry.isFile()) {
        const { size, mtimeMs } = statSync(full);
        hash.update(`${full}|${size}|${mtimeMs}\n`);
      }
    }
  };
  visit(join(root, 'apps'));
  visit(join(root, 'libs'));
  for (const file of ['package-lock.json', 'tsconfig.base.json', 'nx.json'])
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Runs `main`; a {@link Stop} ends the process with its message alone. */
export async function entry(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    process.stderr.write(`ziggy ${error.message}\n`);
    process.exitCode = 1;
  }
}

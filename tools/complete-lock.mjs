// Completes package-lock.json with the optional platform packages (darwin, win32, ...) of packages that ship binaries.
//
// npm leaves them out of the lock file when the registry at hand does not serve them, and `npm ci` then refuses the file on
// every machine. Their versions are exact in the parent's `optionalDependencies`; system and processor are in their names.
// Run after every change of dependencies: `node tools/complete-lock.mjs` (`--check` only says whether the file is complete).
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;

const systems = [
  'darwin',
  'win32',
  'windows',
  'linux',
  'freebsd',
  'android',
  'openharmony',
  'netbsd',
  'openbsd',
  'sunos',
  'aix',
  'wasi',
];
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

/** Path prefix of the `node_modules` folder in which a package at `path` lies. */
const shelf = (path) => path.slice(0, path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** What npm would have recorded, as far as the name tells. */
function entryOf(name, version, parent) {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) =>
    words.some((word) => word === processor || (processor !== 'arm' && word.startsWith(processor))),
  );
  return {
    version,
    ...(cpu ? { cpu: [cpu === 'arm' ? 'arm' : cpu] } : {}),
    ...(parent.dev ? { dev: true } : {}),
    optional: true,
    ...(os && os !== 'wasi' ? { os: [os === 'windows' ? 'win32' : os] } : {}),
  };
}

const added = [];
for (const [path, parent] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (!path.includes('node_modules/')) continue;
    const places = [`${path}/node_modules/${name}`];
    for (let at = shelf(path); at !== ''; at = shelf(at.slice(0, -'node_modules/'.length).replace(/\/$/, '')))
      places.push(at + name);
    // A version range names no platform package: such an optional part is simply not installed here.
    if (!/^\d/.test(version) && !version.startsWith('npm:')) continue;
    if (places.some((place) => packages[place]?.version === version)) continue;
    const home = shelf(path) + name;
    const target = packages[home] ? `${path}/node_modules/${name}` : home;
    added.push([target, entryOf(name, version, parent)]);
    packages[target] = added.at(-1)[1];
  }
}

if (process.argv.includes('--check')) {
  for (const [path] of added) process.stdout.write(`package-lock.json lacks ${path}\n`);
  process.exitCode = added.length === 0 ? 0 : 1;
} else if (added.length > 0) {
  const sorted = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${added.length} platform packages added\n`);
}

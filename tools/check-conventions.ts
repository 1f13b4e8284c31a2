/**
 * Conventions that lint cannot see, each a rule over the repository's files. Prints every breach and exits 1 when there is one.
 * Run: `node tools/check-conventions.ts`
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

interface SourceFile {
  readonly path: string;
  readonly lines: readonly string[];
}

interface Rule {
  readonly name: string;
  readonly applies: (path: string) => boolean;
  readonly breach: (line: string, file: SourceFile) => boolean;
}

const spec = (path: string): boolean => /\.spec\.ts$|\/(test|testing|e2e)\//.test(path);
const code = (path: string): boolean => /\.(ts|mjs|html|css|scss)$/.test(path);
const production = (path: string): boolean => /^(apps|libs)\/.*\.ts$/.test(path) && !spec(path);
const self = 'tools/check-conventions.ts';

const line = (name: string, applies: Rule['applies'], pattern: RegExp): Rule => ({
  name,
  applies,
  breach: (text) => pattern.test(text),
});

const rules: readonly Rule[] = [
  line(
    'no address of a package registry',
    (path) => path !== self,
    /registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github/,
  ),
  line(
    'no path of one machine',
    (path) => path !== self && !path.endsWith('.json'),
    /(^|[\s"'`(=])\/(work|home|Users)\/[a-z]/,
  ),
  line('no test switched off or alone', spec, /\b(it|test|describe)\.(skip|only)\b|\b(xit|xdescribe|fit|fdescribe)\(/),
  line(
    'no sleep in a test: wait for a condition',
    (path) => spec(path) && !path.endsWith('/eventually.ts'),
    /await (sleep|delay)\(|setTimeout\((r|resolve|done),/,
  ),
  line(
    'the environment is read in src/config alone',
    (path) =>
      production(path) &&
      path.startsWith('apps/api/src/') &&
      !/^apps\/api\/src\/(config|cli|persistence\/embedded-postgres|main)/.test(path),
    /process\.env\b/,
  ),
  line(
    'process.exit is called in main.ts and command lines alone',
    (path) => production(path) && !/^apps\/api\/src\/(main\.ts|cli\/)/.test(path),
    /process\.exit\(/,
  ),
  line(
    'no HTTP exception outside the platform',
    (path) => production(path) && !path.startsWith('apps/api/src/platform/'),
    /new \w*HttpException\(|new (BadRequest|NotFound|Conflict|Forbidden|Unauthorized)Exception\(/,
  ),
  line('nothing is left for later in the code', (path) => code(path) && path !== self, /\b(TODO|FIXME|XXX|HACK)\b/),
  line(
    'no transition of everything',
    (path) => /\.(css|scss|html|ts)$/.test(path) && path !== self && path !== 'eslint.config.mjs',
    /transition:\s*(all|\*)\b/,
  ),
  line(
    'colours come from the tokens',
    (path) =>
      /^(apps\/web|libs\/ui)\/src\/.*\.(css|scss|html|ts)$/.test(path) &&
      !/\/tokens\/|\/tokens\.|\.spec\.ts$/.test(path),
    /#[0-9a-fA-F]{6}\b|\brgba?\(\s*\d/,
  ),
  line('no drawer folder', (path) => /^(apps|libs)\/.*\/(common|shared|core|utils)\//.test(path), /^/),
  line('the schema is never synchronised', (path) => production(path), /synchronize:\s*true/),
];

/** Every `path/like.this` in a document that starts in one of our folders must exist. */
const documented: Rule = {
  name: 'a document names a file that is gone',
  applies: (path) => path === 'README.md' || (path.startsWith('docs/') && path.endsWith('.md')),
  breach: (text) =>
    [...text.matchAll(/`((?:apps|libs|tools|docker|docs|\.ci)\/[A-Za-z0-9_./-]+)`/g)].some(
      ([, path]) => !existsSync(join(root, path ?? '')),
    ),
};

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 26,
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)) && !/\.(png|woff2|ico|gz)$/.test(path));

let breaches = 0;
for (const path of tracked) {
  const relevant = [...rules, documented].filter((rule) => rule.applies(path));
  if (relevant.length === 0) continue;
  const file: SourceFile = { path, lines: readFileSync(join(root, path), 'utf8').split('\n') };
  for (const rule of relevant) {
    const found = file.lines.findIndex((text) => rule.breach(text, file));
    if (found === -1) continue;
    breaches++;
    process.stdout.write(`${path}:${found + 1}  ${rule.name}\n`);
  }
}
process.stdout.write(breaches === 0 ? `conventions hold in ${tracked.length} files\n` : `${breaches} breaches\n`);
process.exitCode = breaches === 0 ? 0 : 1;

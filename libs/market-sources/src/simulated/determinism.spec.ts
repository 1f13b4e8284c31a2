import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import ts from 'typescript';
import { fingerprint } from '../testing/fingerprint.ts';
import { SimulatedMarket } from './sim-market.ts';

// Compiles the generators and starts other Nodes; a busy machine may take its time.
jest.setTimeout(120_000);

const LIB = resolve(import.meta.dirname, '..');
const DOMAIN = resolve(import.meta.dirname, '../../../domain/src');

interface Engine {
  readonly version: string;
  readonly path: string;
  readonly flags: readonly string[];
}

/**
 * The same arithmetic on other engines: each Node that is found on PATH, by npm and here, and the one that runs these
 * tests without its optimising compilers, which order floating-point work anew. So there are always two to compare.
 */
function engines(): Engine[] {
  const names = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const found = new Map<string, Engine>();
  for (const path of [process.execPath, process.env['npm_node_execpath'] ?? '', ...names]) {
    const version = versionOf(path);
    if (version !== null && !found.has(version)) found.set(version, { version, path: realpathSync(path), flags: [] });
  }
  return [...found.values(), { version: process.version, path: process.execPath, flags: ['--no-opt'] }];
}

function versionOf(path: string): string | null {
  try {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return Number(version.slice(1).split('.')[0]) >= 20 ? version : null;
  } catch {
    return null;
  }
}

/** The generators as plain JavaScript, which every Node runs. */
function compile(into: string): string {
  for (const [name, source] of [
    ['lib', LIB],
    ['domain', DOMAIN],
  ] as const) {
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
      if (name === 'lib' && !/^(simulated|port|timers|call|events|testing.fingerprint)/.test(file)) continue;
      const { outputText } = ts.transpileModule(readFileSync(join(source, file), 'utf8'), {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          rewriteRelativeImportExtensions: true,
        },
      });
      const target = join(into, name, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      const depth = '../'.repeat(file.split(/[\\/]/).length);
      writeFileSync(target, outputText.replaceAll("'@ziggy/domain'", `'${depth}domain/index.js'`));
    }
  }
  writeFileSync(join(into, 'package.json'), '{"type":"module"}');
  const main = join(into, 'main.js');
  writeFileSync(
    main,
    `import { fingerprint } from './lib/testing/fingerprint.js';
     import { SimulatedMarket } from './lib/simulated/sim-market.js';
     const market = new SimulatedMarket('1', 50);
     process.stdout.write(fingerprint(market, market.profiles));`,
  );
  return main;
}

describe('bit-exact arithmetic', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ziggy-engines-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const market = new SimulatedMarket('1', 50);
  const own = fingerprint(market, market.profiles);
  const main = compile(folder);
  const found = engines();

  it.each(found.map((engine) => [`${engine.version} ${engine.flags.join(' ')}`.trim(), engine] as const))(
    'gives the same SHA-256 over 50 symbols x 10 sessions on Node %s',
    (_name, { path, flags }) => {
      expect(execFileSync(path, [...flags, main], { encoding: 'utf8' })).toBe(own);
    },
  );

  it('was compared on at least two engines', () => {
    const versions = new Set(found.map(({ version }) => version));
    if (versions.size < 2) {
      process.stderr.write(`Only Node ${[...versions].join()} is here; another version would be compared too.\n`);
    }
    expect(found.length).toBeGreaterThanOrEqual(2);
  });
});

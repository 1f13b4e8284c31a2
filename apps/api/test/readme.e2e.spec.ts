import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../src/config/environment.ts';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { PASSWORD, setUp } from './identity-testing.ts';
import { requireBuild } from './process-testing.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code as string);
const shellLines = blocks('sh').flatMap((code) => code.split('\n'));

describe('the examples of the README', () => {
  let app: TestApp;
  let key: string;
  beforeAll(async () => {
    requireBuild();
    app = await startApp({ env: { SIM_SEED: '1' }, as: null });
    await setUp(app);
    key = await keyFromTheCommand(app);
  }, 30_000);
  afterAll(() => app.close());

  const requests = shellLines.filter((line) => line.startsWith('curl '));
  const [connect = '', ...streams] = blocks('js');

  it('has some of each kind', () => {
    expect(requests.length).toBeGreaterThanOrEqual(3);
    expect(streams.length).toBeGreaterThanOrEqual(2);
  });

  it.each(requests)('answers %s', async (line) => {
    const [, url = ''] = /'http:\/\/localhost:8000([^']+)'$/.exec(line) ?? [];
    const headers = [...line.matchAll(/-H ["']([^"':]+): ([^"']+)["']/g)].map(
      ([, name = '', value = '']) => [name, value.replace('$ZIGGY_API_KEY', key)] as [string, string],
    );
    const answer = await app.get(url, Object.fromEntries(headers));
    expect(answer.status).toBe(200);
    expect(answer.text.length).toBeGreaterThan(2);
  });

  it.each(streams.map((code, index) => [index + 1, code] as const))('runs stream example %i', async (_, code) => {
    const program = `${connect}\n${code}`.replaceAll('localhost:8000', app.url.replace('http://', ''));
    const output = await firstLines(program, 2, { ZIGGY_API_KEY: key });
    // A price of a simulated symbol, the number of bars of the snapshot, or a headline with its position.
    expect(output).toMatch(/^(AAPL|BTC-USD) \d+(\.\d+)? simulated |^\d+ bars|^\S+ \d+ \[Simulated\] /m);
  });
});

/** The key that the README's first command prints, for the admin of this installation. */
async function keyFromTheCommand(app: TestApp): Promise<string> {
  const line = shellLines.find((text) => text.includes('ziggy -- key') && text.includes('--scopes read)')) ?? '';
  const args = /-- (key [^)]+)\)/.exec(line)?.[1]?.replace('you@example.com', 'ada@example.com').split(' ') ?? [];
  const program = join(workspaceRoot(), 'apps/api/dist/cli/ziggy.js');
  const child = spawn(process.execPath, [program, ...args, '--url', app.url], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test' },
  });
  child.stdin.end(`${PASSWORD}\n`);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(String(chunk)));
  await new Promise((resolve) => child.once('close', resolve));
  const text = output.join('');
  // Nothing else is printed, since a shell takes the whole for the key.
  expect(text).toMatch(/^zk_[\w-]+\n$/);
  return text.trim();
}

/** Runs a program in a Node of its own until it has printed some lines, at most 10 s. */
function firstLines(code: string, count: number, env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    let output = '';
    let errors = '';
    const deadline = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > count) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('close', () => {
      clearTimeout(deadline);
      if (errors === '') resolve(output);
      else reject(new Error(errors));
    });
  });
}

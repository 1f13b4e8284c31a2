import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TestApp } from './harness.ts';
import { ask, startApp } from './harness.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code as string);

describe('the examples of the README', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ env: { SIM_SEED: '1' } });
  });
  afterAll(() => app.close());

  const requests = blocks('sh')
    .flatMap((code) => code.split('\n'))
    .flatMap((line) => /^curl '(http:\/\/localhost:8000[^']+)'$/.exec(line)?.[1] ?? []);

  it('has some of each kind', () => {
    expect(requests.length).toBeGreaterThanOrEqual(3);
    expect(blocks('js').length).toBeGreaterThanOrEqual(2);
  });

  it.each(requests)('answers %s', async (url) => {
    const answer = await ask(url.replace('http://localhost:8000', app.url));
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json()).length).toBeGreaterThan(0);
  });

  it.each(blocks('js').map((code, index) => [index + 1, code] as const))('runs stream example %i', async (_, code) => {
    const output = await firstLines(code.replaceAll('localhost:8000', app.url.replace('http://', '')), 2);
    // A price of a simulated symbol, the number of bars of the snapshot, or a headline with its position.
    expect(output).toMatch(/^(AAPL|BTC-USD) \d+(\.\d+)? simulated |^\d+ bars|^\S+ \d+ \[Simulated\] /m);
  });
});

/** Runs a program in a Node of its own until it has printed some lines, at most 10 s. */
function firstLines(code: string, count: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'pipe'],
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

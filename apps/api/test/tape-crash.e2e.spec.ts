import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jobStarted, job as jobSchema, tapesAnswer } from '@ziggy/contracts';
import { openTape } from '@ziggy/market-sources';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceRoot } from '../src/config/environment.ts';
import { ask, createDatabase, eventually } from './harness.ts';
import { aKeyAt, endServers, requireBuild, signInAt, startServer } from './process-testing.ts';

let dir: string;
beforeAll(async () => {
  requireBuild();
  dir = await mkdtemp(join(tmpdir(), 'ziggy-crash-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
afterEach(endServers);

const env = () => ({ SIM_SPEED: '1000', SIM_SEED: 'crash', SIM_START: '2026-03-04T15:00:00Z', TAPES_DIR: dir });
const partSize = async (): Promise<number> => {
  const part = (await readdir(dir)).find((name) => name.endsWith('.part'));
  return part === undefined ? 0 : (await stat(join(dir, part))).size;
};

describe('a recording whose server is killed', () => {
  it('is saved up to its last whole part by the next start, and its job says how it ended', async () => {
    const database = await createDatabase();
    const first = await startServer(env(), database);
    const origin = await signInAt(first);
    const answer = await ask(`${origin}/ops/tapes`, {
      method: 'POST',
      body: JSON.stringify({ mode: 'record', title: 'Cut short' }),
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    });
    const { id } = jobStarted.parse(answer.json()).job;
    await eventually(partSize, (bytes) => bytes > 30_000, 15_000);
    first.child.kill('SIGKILL');
    await first.ended;

    const second = await startServer(env(), database);
    const next = await signInAt(second);
    const job = await eventually(
      async () => jobSchema.parse((await ask(`${next}/ops/jobs/${id}`)).json()),
      ({ state }) => state === 'failed',
      25_000,
    );
    expect(job).toMatchObject({ problem: { code: 'interrupted' }, result: { end: 'recovered' } });
    const { items } = tapesAnswer.parse((await ask(`${next}/ops/tapes`)).json());
    const saved = items.find(({ title }) => title === 'Cut short');
    expect(saved).toMatchObject({ end: 'recovered', recording: false, records: job.result?.['records'] });
    const tape = await openTape(join(dir, saved?.file as string));
    expect(tape.recordCount).toBeGreaterThan(100);
    await endServers();
    await database.drop();
  }, 90_000);
});

describe('npm run ziggy -- tape', () => {
  const run = (args: readonly string[], more: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [join(workspaceRoot(), 'apps/api/dist/cli/ziggy.js'), 'tape', ...args], {
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', TAPES_DIR: dir, ...more },
    });
    const output: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, code, text: () => output.join('') };
  };

  it('records a running server until Ctrl-C, lists and verifies', async () => {
    const origin = await signInAt(await startServer({ ...env(), SIM_SEED: 'cli' }));
    const bare = run(['record', '--title', 'By nobody', '--url', origin]);
    expect([await bare.code, bare.text()]).toEqual([1, expect.stringContaining('ZIGGY_API_KEY')]);
    const recording = run(['record', '--title', 'By hand', '--symbols', 'AAPL,BTC-USD', '--url', origin], {
      ZIGGY_API_KEY: await aKeyAt(origin),
    });
    await eventually(() => /recording, [1-9]\d* records/.test(recording.text()), Boolean, 15_000);
    recording.child.kill('SIGINT');
    expect([await recording.code, recording.text()]).toEqual([0, expect.stringContaining('.ztape')]);
    const list = run(['list']);
    expect(await list.code).toBe(0);
    const [, name = ''] = /^(By-hand-\w+)/m.exec(list.text()) ?? [];
    const verify = run(['verify', name]);
    expect([await verify.code, verify.text()]).toEqual([0, expect.stringContaining('is whole')]);
    const nonsense = run(['verify', 'nosuch']);
    expect([await nonsense.code, nonsense.text()]).toEqual([1, expect.stringContaining('no such tape')]);
  }, 60_000);
});

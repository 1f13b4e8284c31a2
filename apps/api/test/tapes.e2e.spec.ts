import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer, job, jobStarted, jobsAnswer, problem, replayAnswer, tapesAnswer } from '@ziggy/contracts';
import type { BarsAnswer, ReplayAnswer, WireJob } from '@ziggy/contracts';
import { openTape } from '@ziggy/market-sources';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, eventually, startApp } from './harness.ts';
import type { TestAnswer, TestApp } from './harness.ts';
import { audited } from './identity-testing.ts';
import { Demand } from '../src/market/source/demand.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ziggy-tapes-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const post = (app: TestApp, path: string, body: unknown = {}, key: string = randomUUID()): Promise<TestAnswer> =>
  ask(`${app.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(key === '' ? {} : { 'idempotency-key': key }) },
  });
async function begin(app: TestApp, body: unknown): Promise<WireJob> {
  const answer = await post(app, '/ops/tapes', body);
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
  const started = jobStarted.parse(answer.json());
  expect(answer.headers.get('location')).toBe(`/ops/jobs/${started.job.id}`);
  return started.job;
}
const jobOf = async (app: TestApp, id: string): Promise<WireJob> =>
  job.parse((await app.get(`/ops/jobs/${id}`)).json());
const ended = (app: TestApp, id: string): Promise<WireJob> =>
  eventually(
    () => jobOf(app, id),
    ({ state }) => !['queued', 'running'].includes(state),
    30_000,
  );

describe('a recording of the simulated market', () => {
  const SYMBOLS = ['BTC-USD', 'AAPL'];
  let tape: string;
  let recorded: BarsAnswer['items'][];
  const barsOf = async (app: TestApp, symbol: string, from: number, to: number) => {
    const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    const { items } = barsAnswer.parse((await app.get(`/market/bars/${symbol}?interval=1m&limit=500&${range}`)).json());
    return items.filter(({ closed }) => closed);
  };

  it('is made while the market goes on, and ends when its job is canceled', async () => {
    const app = await startApp({
      env: { SIM_SPEED: '300', SIM_START: '2026-03-04T15:00:00Z', TAPES_DIR: dir, SIM_SEED: 'tape' },
    });
    expect((await post(app, '/ops/tapes', { mode: 'record', title: 'No key' }, '')).status).toBe(400);
    const { id } = await begin(app, { mode: 'record', title: 'Half an hour', symbols: SYMBOLS.join(',') });
    await eventually(
      async () => {
        const { items } = tapesAnswer.parse((await app.get('/ops/tapes')).json());
        const { startTs, endTs } = items.find(({ recording }) => recording) ?? {};
        return Date.parse(endTs ?? '') - Date.parse(startTs ?? '');
      },
      (ms) => ms > 12 * 60_000,
      60_000,
    );
    expect(await jobOf(app, id)).toMatchObject({ state: 'running', kind: 'tape_record', cancelable: true });
    expect((await post(app, `/ops/jobs/${id}/cancel`)).status).toBe(200);
    const over = await ended(app, id);
    expect(over).toMatchObject({ state: 'canceled', problem: null, result: { end: 'complete' } });
    const again = await post(app, `/ops/jobs/${id}/cancel`);
    expect([again.status, problem.parse(again.json()).code]).toEqual([409, 'invalid_state']);
    expect((await audited(app, 'tape.')).map(({ action, target, after }) => [action, target, after])).toEqual([
      ['tape.record_started', id, { title: 'Half an hour', symbols: SYMBOLS.join(','), until: null }],
    ]);
    expect((await audited(app, 'job.')).map(({ target, after }) => [target, after])).toEqual([
      [id, { kind: 'tape_record' }],
    ]);
    const { items } = tapesAnswer.parse((await app.get('/ops/tapes')).json());
    const mine = items.find(({ file }) => file === over.result?.['file']);
    expect(mine).toMatchObject({ recording: false, end: 'complete', originKind: 'simulated', symbols: 2 });
    tape = mine?.id as string;

    const file = await openTape(join(dir, mine?.file as string));
    const { startTs, endTs } = file.header;
    const closed = new Set(file.bars.filter(({ bar }) => bar.interval === '1m').map(({ bar }) => bar.symbol));
    expect([...closed].sort()).toEqual([...SYMBOLS].sort());
    recorded = await Promise.all(SYMBOLS.map((symbol) => barsOf(app, symbol, startTs, endTs - 120_000)));
    for (const bars of recorded) expect(bars.length).toBeGreaterThan(5);
    await app.close();
  }, 120_000);

  it('fails by name for a symbol that nobody knows, and keeps nothing wanted', async () => {
    const app = await startApp({ env: { TAPES_DIR: dir, SIM_START: '2026-03-04T15:00:00Z' } });
    const { id } = await begin(app, { mode: 'record', title: 'Half known', symbols: 'MSFT,NOSUCH,NOTHING' });
    expect(await ended(app, id)).toMatchObject({
      state: 'failed',
      result: null,
      problem: { code: 'symbol_unknown', detail: expect.stringContaining('NOSUCH, NOTHING') },
    });
    expect(app.app.get(Demand, { strict: false }).byReason().recorded).toBe(0);
    await app.close();
  });

  it('plays in another application to the same closed bars, and to the same hash twice', async () => {
    const [file] = (await readdir(dir)).filter((name) => name.endsWith('.ztape'));
    const { header } = await openTape(join(dir, file as string));
    const hashes: (string | null)[] = [];
    for (const speed of ['max', '1000']) {
      const app = await startApp({
        env: { MARKET_SOURCE: `tape:${tape.slice(0, 12)}`, TAPES_DIR: dir, TAPE_SPEED: speed },
      });
      const state = async (): Promise<ReplayAnswer> => replayAnswer.parse((await app.get('/ops/replay')).json());
      if (speed !== 'max') {
        await eventually(state, ({ at }) => Date.parse(at) > header.startTs + 120_000, 15_000);
        await post(app, '/ops/replay/speed', { speed: 'max' });
      }
      const over = await eventually(state, (now) => now.state === 'ended', 15_000);
      expect(over).toMatchObject({ played: over.records, tapeId: tape, market: `tape:${tape.slice(0, 12)}/1` });
      hashes.push(over.hash);
      for (const [i, symbol] of SYMBOLS.entries()) {
        const played = await eventually(
          () => barsOf(app, symbol, header.startTs, header.endTs - 120_000),
          (bars) => bars.length >= (recorded[i]?.length ?? 0),
        );
        expect(played).toEqual(recorded[i]);
      }
      await app.close();
    }
    expect(hashes[1]).toBe(hashes[0]);
  }, 120_000);
});

describe('an import', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ env: { TAPES_DIR: dir } });
  });
  afterAll(() => app.close());
  const body = {
    mode: 'import',
    title: 'Three days',
    format: 'bars',
    zone: 'UTC',
    licence: 'Own data',
    csv: 'date,symbol,open,high,low,close,volume\n2026-03-04,OWN,10,12,9,11,100\n2026-03-05,OWN,11,12,9,12,100\n2026-03-06,OWN,12,12,9,9,100\n',
  };

  it('says what it would do, then does it, and the tape plays', async () => {
    const dry = await ended(app, (await begin(app, body)).id);
    expect(dry).toMatchObject({ state: 'succeeded', result: { rows: 3, good: 3, bad: 0, written: null } });
    const { sha256 } = dry.result as { sha256: string };
    const real = await ended(app, (await begin(app, { ...body, dryRun: false, sha256 })).id);
    expect(real).toMatchObject({ state: 'succeeded', problem: null });
    const { written } = real.result as { written: string };
    const player = await startApp({ env: { MARKET_SOURCE: `tape:${written}`, TAPES_DIR: dir, TAPE_SPEED: 'max' } });
    await eventually(
      async () => replayAnswer.parse((await player.get('/ops/replay')).json()),
      ({ state }) => state === 'ended',
    );
    const bars = barsAnswer.parse((await player.get('/market/bars/OWN?interval=1d')).json());
    expect(bars.items.map(({ close, closed }) => [close, closed])).toEqual([
      [11, true],
      [12, true],
      [9, true],
    ]);
    expect(bars.kind).toBe('recorded');
    await player.close();
  });

  it('reads a file of the folder, names bad rows, and leaves nothing behind', async () => {
    await mkdir(join(dir, 'import'), { recursive: true });
    await writeFile(join(dir, 'import', 'bad.csv'), body.csv.replace('12,9,11', '8,9,11'));
    const { csv: _csv, ...named } = { ...body, file: 'bad.csv' };
    const dry = await ended(app, (await begin(app, named)).id);
    expect(dry.result).toMatchObject({ bad: 1, faults: [{ line: 2, column: 'high', code: 'inconsistent' }] });
    const before = await readdir(dir);
    const { sha256 } = dry.result as { sha256: string };
    const real = await ended(app, (await begin(app, { ...named, dryRun: false, sha256 })).id);
    expect([real.state, real.problem?.code]).toEqual(['failed', 'file_invalid']);
    expect(await readdir(dir)).toEqual(before);
    const gone = await ended(app, (await begin(app, { ...named, file: 'gone.csv' })).id);
    expect([gone.state, gone.problem?.code]).toEqual(['failed', 'not_found']);
  });

  it('refuses what it cannot begin', async () => {
    const { csv: _csv, ...without } = body;
    for (const wrong of [
      without,
      { ...body, file: 'a.csv' },
      { ...without, file: '../a.csv' },
      { ...body, zone: 'Mars/Olympus' },
      { ...body, dryRun: false },
      { ...body, format: 'trades' },
      { mode: 'record', title: '' },
      { mode: 'record', title: 'Past', until: '2001-01-01T00:00:00Z' },
    ]) {
      const answer = await post(app, '/ops/tapes', wrong);
      expect([wrong, answer.status]).toEqual([wrong, 422]);
    }
  });

  it('shows a broken file for what it is', async () => {
    const [file] = (await readdir(dir)).filter((name) => name.endsWith('.ztape'));
    const bytes = await readFile(join(dir, file as string));
    await writeFile(join(dir, 'cut.ztape'), bytes.subarray(0, bytes.length / 2));
    const { unreadable } = tapesAnswer.parse((await app.get('/ops/tapes')).json());
    expect(unreadable).toEqual([expect.objectContaining({ file: 'cut.ztape', code: 'tape_corrupt' })]);
    await expect(startApp({ env: { MARKET_SOURCE: 'tape:cut', TAPES_DIR: dir } })).rejects.toMatchObject({
      code: 'tape_corrupt',
    });
  });
});

describe('jobs', () => {
  it('are listed newest first, page by page, and at most ten of a user wait', async () => {
    const app = await startApp({ env: { TAPES_DIR: dir } });
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) ids.push((await begin(app, { mode: 'record', title: `Number ${i}` })).id);
    await eventually(
      async () => jobsAnswer.parse((await app.get('/ops/jobs?state=running')).json()).items.length,
      (count) => count === 2,
    );
    const refused = await post(app, '/ops/tapes', { mode: 'record', title: 'One too many' });
    expect([refused.status, problem.parse(refused.json()).code]).toEqual([429, 'too_many_jobs']);
    const first = jobsAnswer.parse((await app.get('/ops/jobs?limit=7')).json());
    const rest = jobsAnswer.parse((await app.get(`/ops/jobs?limit=7&cursor=${first.nextCursor}`)).json());
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([...ids].reverse());
    expect((await app.get(`/ops/jobs?limit=7&kind=tape_import&cursor=${first.nextCursor}`)).status).toBe(400);
    expect((await app.get('/ops/jobs/job_00000000000000000000')).status).toBe(404);
    const waiting = first.items.find(({ state }) => state === 'queued') as WireJob;
    const canceled = job.parse((await post(app, `/ops/jobs/${waiting.id}/cancel`)).json());
    expect(canceled).toMatchObject({ state: 'canceled', cancelable: false });
    await app.close();
  });
});

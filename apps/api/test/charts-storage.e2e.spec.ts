import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bar, Symbol } from '@ziggy/domain';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { BarRepository, COPY_FROM_ROWS } from '../src/charts/store/bar.repository.ts';
import type { IngestBatch } from '../src/charts/store/bar.repository.ts';
import type { BarRow } from '../src/charts/store/bar-rows.ts';
import { LineageRepository } from '../src/market/lineage/lineage.repository.ts';
import { MarketRepository } from '../src/market/run/market.repository.ts';
import { createDatabase } from './harness.ts';
import { aBar, anInstrument } from './market-testing.ts';

const TEN = Date.UTC(2026, 2, 4, 15);
const MINUTE = 60_000;

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: DataSource;
let bars: BarRepository;
let market: MarketRepository;
let marketId: number;
let instrumentId: number;
beforeAll(async () => {
  database = await createDatabase();
  db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  bars = new BarRepository(db);
  market = new MarketRepository(db);
  marketId = (await market.open({ key: 'hand:1', kind: 'simulated', source: 'hand', detail: {} })).id;
  [instrumentId = 0] = await market.saveInstruments(marketId, [anInstrument('AAA')]);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const row = (n: number, close: number, more: Partial<Bar> = {}, batchId: number | null = null): BarRow => ({
  instrumentId,
  batchId,
  bar: aBar('AAA', '1m', TEN + n * MINUTE, TEN + (n + 1) * MINUTE, close, more),
});
const read = (from = 0, to = 100, limit: number | null = null) =>
  bars.range(
    { marketId, market: 'hand:1', source: 'hand' },
    'AAA' as Symbol,
    instrumentId,
    '1m',
    TEN + from * MINUTE,
    TEN + to * MINUTE,
    limit,
  );
const revisions = (): Promise<{ revision: number; c: string }[]> =>
  db.query('SELECT revision, c FROM bar_revision ORDER BY open_time, revision');

describe('stored bars', () => {
  it('come back as they went in, the newest of a range when there is a limit, and none from outside it', async () => {
    const rows = [0, 1, 2, 3].map((n) =>
      row(n, 100 + n, { flags: n === 2 ? ['partial', 'volume_reset'] : [], volume: n === 3 ? null : n }),
    );
    expect(await bars.save(marketId, rows)).toBe(4);
    expect(await read()).toEqual(rows.map(({ bar }) => bar));
    expect(await read(1, 4, 2)).toEqual(rows.slice(2).map(({ bar }) => bar));
    expect(await read(4)).toEqual([]);
  });

  it('are not written again when they say the same', async () => {
    expect(await bars.save(marketId, [row(0, 100, { volume: 0 })])).toBe(0);
    expect(await revisions()).toEqual([]);
  });

  it('keep what a correction replaces', async () => {
    expect(await bars.save(marketId, [row(0, 99)])).toBe(1);
    expect((await read(0, 1))[0]?.c).toBe(99_000_000);
    expect(await revisions()).toEqual([{ revision: 0, c: '100000000' }]);
  });

  it('form over and over without a revision, and are complete for good', async () => {
    const forming = { complete: false, availableAt: TEN };
    for (const close of [100, 101, 102]) expect(await bars.save(marketId, [row(10, close, forming)])).toBe(1);
    expect((await read(10, 11))[0]).toMatchObject({ complete: false, c: 102_000_000 });
    expect(await bars.save(marketId, [row(10, 103)])).toBe(1);
    expect(await bars.save(marketId, [row(10, 50, forming)])).toBe(0);
    expect((await read(10, 11))[0]).toMatchObject({ complete: true, c: 103_000_000 });
    expect(await revisions()).toHaveLength(1);
  });

  it('of the source are not replaced by built ones, and built ones are by the source’s', async () => {
    await bars.save(marketId, [row(20, 100)]);
    expect(await bars.save(marketId, [row(20, 101, {}, 0)])).toBe(1);
    expect(await bars.save(marketId, [row(20, 102)])).toBe(0);
    expect(await bars.save(marketId, [row(20, 103, {}, 0)])).toBe(1);
    expect((await read(20, 21))[0]?.c).toBe(103_000_000);
  });

  it('have a partition each month, made when it is needed, also by two at once', async () => {
    const other = new BarRepository(db);
    const months = [5, 6, 7, 8].map((month) => ({
      ...row(0, 100),
      bar: aBar('AAA', '1m', Date.UTC(2027, month, 1), Date.UTC(2027, month, 1, 0, 1), 100),
    }));
    await Promise.all([
      bars.save(marketId, months),
      other.save(
        marketId,
        months.map((each) => ({ ...each, bar: { ...each.bar, openTime: each.bar.openTime + MINUTE } })),
      ),
    ]);
    const names: { relname: string }[] = await db.query(
      `SELECT relname FROM pg_class WHERE relname LIKE 'bar_1m_2027%' AND relkind = 'r' ORDER BY 1`,
    );
    expect(names.map(({ relname }) => relname)).toEqual([
      'bar_1m_202706',
      'bar_1m_202707',
      'bar_1m_202708',
      'bar_1m_202709',
    ]);
  });

  it('that cannot be are refused by the database', async () => {
    await expect(bars.save(marketId, [row(30, 100, { h: 1 })])).rejects.toMatchObject({ code: '23514' });
    await expect(bars.save(marketId, [row(30, 100, { volume: -1 })])).rejects.toMatchObject({ code: '23514' });
  });

  it('of another market are never seen', async () => {
    const other = await market.open({ key: 'hand:2', kind: 'simulated', source: 'hand', detail: {} });
    expect(
      await bars.range(
        { marketId: other.id, market: 'hand:2', source: 'hand' },
        'AAA' as Symbol,
        instrumentId,
        '1m',
        0,
        4e12,
      ),
    ).toEqual([]);
  });
});

describe('many bars at once', () => {
  const START = Date.UTC(2026, 5, 1);
  const many = (count: number, close: (n: number) => number): BarRow[] =>
    Array.from({ length: count }, (_, n) => ({
      instrumentId,
      batchId: 7,
      bar: aBar('AAA', '1m', START + n * MINUTE, START + (n + 1) * MINUTE, close(n)),
    }));
  const count = async (): Promise<number> => {
    const rows: { n: number }[] = await db.query(
      'SELECT count(*)::int AS n FROM bar WHERE interval_s = 60 AND open_time >= $1 AND batch_id = 7',
      [new Date(START)],
    );
    return rows[0]?.n ?? -1;
  };

  it('go by COPY, write nothing when they come again, and count what they correct', async () => {
    const rows = many(COPY_FROM_ROWS, (n) => 100 + (n % 50));
    expect(await bars.store(marketId, rows)).toEqual({ written: COPY_FROM_ROWS, refused: false, revised: [] });
    expect(await bars.store(marketId, rows)).toEqual({ written: 0, refused: false, revised: [] });
    const corrected = [
      ...rows.slice(0, -1),
      { ...(rows.at(-1) as BarRow), bar: many(COPY_FROM_ROWS, () => 7).at(-1)?.bar as Bar },
    ];
    const last = START + (COPY_FROM_ROWS - 1) * MINUTE;
    expect(await bars.store(marketId, corrected)).toEqual({
      written: 1,
      refused: false,
      revised: [{ instrumentId, interval: '1m', openTime: last, revision: 1 }],
    });
    expect(await count()).toBe(COPY_FROM_ROWS);
  });

  it('are all refused when one of them can be no bar', async () => {
    const before = await count();
    const rows = many(COPY_FROM_ROWS + 1, (n) => 200 + (n % 50));
    const bad = { ...(rows[30_000] as BarRow), bar: { ...(rows[30_000] as BarRow).bar, h: 1 } };
    await expect(bars.store(marketId, rows.with(30_000, bad))).rejects.toMatchObject({ code: '23514' });
    expect(await count()).toBe(before);
    const revised: { n: number }[] = await db.query('SELECT count(*)::int AS n FROM bar_revision WHERE batch_id = 7');
    expect(revised[0]?.n).toBe(1);
  });
});

describe('retention', () => {
  it('drops the tables that are too old, and what is remembered of them; daily bars stay', async () => {
    const old = Date.UTC(2019, 0, 7, 15);
    const rows = (['1m', '5m', '15m', '1h', '1d'] as const).map((interval) => ({
      instrumentId,
      batchId: null,
      bar: aBar('AAA', interval, old, old + MINUTE, 100),
    }));
    await bars.save(marketId, rows);
    await bars.save(
      marketId,
      rows.map((each) => ({ ...each, bar: { ...each.bar, c: 99_000_000, l: 99_000_000 } })),
    );
    await bars.saveCoverage(marketId, instrumentId, '1m', { from: old, to: Date.UTC(2026, 0, 1), exhausted: true });
    await bars.saveCoverage(marketId, instrumentId, '5m', { from: old, to: old + MINUTE, exhausted: false });
    const tables = async (): Promise<string[]> => {
      const found: { name: string }[] = await db.query(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^bar_.*2019' ORDER BY 1`,
      );
      return found.map(({ name }) => name);
    };
    const all = ['bar_15m_2019', 'bar_1h_2019', 'bar_1m_201901', 'bar_5m_2019'];
    expect(await tables()).toEqual(all);
    // 1m: 90 days, 5m a year, 15m two, 1h five; each table goes when its last bar is older.
    expect(await bars.dropExpired(Date.UTC(2019, 3, 30))).toEqual([]);
    expect(await bars.dropExpired(Date.UTC(2019, 4, 3))).toEqual(['bar_1m_201901']);
    expect(await bars.dropExpired(Date.UTC(2021, 0, 3))).toEqual(['bar_5m_2019']);
    expect(await bars.dropExpired(Date.UTC(2022, 0, 4))).toEqual(['bar_15m_2019']);
    expect(await bars.dropExpired(Date.UTC(2025, 0, 5))).toEqual(['bar_1h_2019']);
    expect(await tables()).toEqual([]);
    const daily: unknown[] = await db.query('SELECT 1 FROM bar_1d WHERE open_time = $1', [new Date(old)]);
    expect(daily).toHaveLength(1);
    const kept: { interval_s: number }[] = await db.query('SELECT interval_s FROM bar_revision WHERE open_time = $1', [
      new Date(old),
    ]);
    expect(kept).toEqual([{ interval_s: 86_400 }]);
    expect(await bars.coverage(marketId, instrumentId, '1m')).toEqual({
      from: Date.UTC(2019, 1, 1),
      to: Date.UTC(2026, 0, 1),
      exhausted: false,
    });
    expect(await bars.coverage(marketId, instrumentId, '5m')).toBeNull();
  });

  it('makes the tables of the coming week, and a bar without a place is refused', async () => {
    await bars.preparePartitions(Date.UTC(2031, 11, 28));
    const made: { name: string }[] = await db.query(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^bar_.*203[12]' ORDER BY 1`,
    );
    expect(made.map(({ name }) => name)).toEqual([
      'bar_15m_2031',
      'bar_15m_2032',
      'bar_1h_2031',
      'bar_1h_2032',
      'bar_1m_203112',
      'bar_1m_203201',
      'bar_5m_2031',
      'bar_5m_2032',
    ]);
    await expect(
      db.query(
        `INSERT INTO bar SELECT market_id, instrument_id, 60, '2049-01-01', '2049-01-01T00:01', o, h, l, c, v, flags, kind FROM bar LIMIT 1`,
      ),
    ).rejects.toMatchObject({ code: '23514' });
  });
});

describe('a leader of an older fence', () => {
  it('writes nothing', async () => {
    const other = await market.open({ key: 'hand:fence', kind: 'simulated', source: 'hand', detail: {} });
    const rows = [row(40, 100)];
    await db.query('INSERT INTO leader (market_id, node, fence) VALUES ($1, $2, 5)', [other.id, 'n']);
    expect(await bars.store(other.id, rows, 4)).toEqual({ written: 0, refused: true, revised: [] });
    expect(await bars.store(other.id, rows, 5)).toEqual({ written: 1, refused: false, revised: [] });
  });
});

describe('what a source answered', () => {
  const noted = async (answers: IngestBatch['answers'], status: IngestBatch['status'] = 'ok') => {
    const batch = { requestKey: 'bars:AAA', status, tookMs: 1_500, rows: 3, answers };
    return new LineageRepository(db).batch(marketId, await bars.openBatch(marketId, 'hand', batch));
  };
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const [one, two] = [
    { status: 500, bytes: 12, sha256: sha256('one') },
    { status: 200, bytes: 30, sha256: sha256('two') },
  ] as const;

  it('is noted with its bytes, its hash, its status and how long it took', async () => {
    expect(await noted([two])).toMatchObject({
      ...{ request_key: 'bars:AAA', status: 'ok', took_ms: 1_500, row_count: 3 },
      ...{ bytes: 30, sha256: two.sha256, upstream_status: 200 },
    });
    const times = await db.query<{ ms: number }[]>(
      `SELECT (extract(epoch FROM at - requested_at) * 1000)::float8 AS ms FROM ingest_batch WHERE request_key = 'bars:AAA'`,
    );
    expect(times).toEqual([{ ms: 1_500 }]);
  });

  it('to a poll of quotes is noted later under its number, once, and let go after a week unless a quote stands on it', async () => {
    const [kept, old, young] = (await bars.reserveBatches(3)) as [number, number, number];
    const poll = { requestKey: 'quotes:AAA,BBB', tookMs: 120, rows: 2, answers: [two] };
    const week = Date.now() - 8 * 86_400_000;
    const told = [
      { id: kept, poll, at: week },
      { id: old, poll, at: week },
      { id: young, poll, at: Date.now() },
    ];
    await bars.saveBatches(marketId, 'hand', told);
    await bars.saveBatches(marketId, 'hand', told.slice(0, 1));
    const lineage = new LineageRepository(db);
    expect(await lineage.batch(marketId, kept)).toMatchObject({
      ...{ request_key: 'quotes:AAA,BBB', took_ms: 120, row_count: 2, at_ms: week },
      ...{ bytes: 30, sha256: two.sha256, upstream_status: 200 },
    });
    const [{ id: instrument }] = (await db.query(`SELECT id FROM instrument WHERE market_id = $1 LIMIT 1`, [
      marketId,
    ])) as [{ id: number }];
    await db.query(
      `INSERT INTO quote_last (market_id, instrument_id, price, market_state, kind, exchange_at, received_at, batch_id, position)
       VALUES ($1, $2, 1, 'open', 'live', now(), now(), $3, 1)
       ON CONFLICT (market_id, instrument_id) DO UPDATE SET batch_id = EXCLUDED.batch_id`,
      [marketId, instrument, kept],
    );
    await bars.dropOldPolls();
    const left = await Promise.all([kept, old, young].map((id) => lineage.batch(marketId, id)));
    expect(left.map((batch) => batch?.id ?? null)).toEqual([kept, null, young]);
  });

  it('in several pieces has the bytes of all, the hash of their hashes and the status of the last', async () => {
    expect(await noted([one, two])).toMatchObject({
      ...{ bytes: 42, sha256: sha256(one.sha256 + two.sha256), upstream_status: 200 },
    });
  });

  it('without a wire is told as unknown, and a useless answer with its reason', async () => {
    expect(await noted([])).toMatchObject({ bytes: null, sha256: null, upstream_status: null });
    expect(await noted([one], 'UpstreamDown')).toMatchObject({ status: 'UpstreamDown', upstream_status: 500 });
  });
});

describe('the market row', () => {
  it('is found again, and lets neither clock nor fence fall', async () => {
    const first = await market.open({ key: 'hand:3', kind: 'simulated', source: 'hand', detail: {} });
    await market.advance(first.id, TEN, 9);
    await market.advance(first.id, TEN - 1, 3);
    expect(await market.clockOf('hand:3')).toBe(TEN);
    expect(await market.open({ key: 'hand:3', kind: 'simulated', source: 'hand', detail: {} })).toEqual({
      id: first.id,
      fence: 9,
      clockAt: TEN,
    });
    expect(await market.clockOf('hand:none')).toBeNull();
  });

  it('brings instruments up to date and keeps their numbers', async () => {
    const again = await market.saveInstruments(marketId, [
      anInstrument('BBB'),
      anInstrument('AAA', { name: 'Renamed', aliases: ['A1'] }),
    ]);
    expect(again[1]).toBe(instrumentId);
    expect((await market.instruments(marketId)).find(({ id }) => id === instrumentId)?.instrument).toMatchObject({
      name: 'Renamed',
      aliases: ['A1'],
      tick: 10_000,
    });
    const aliases = (): Promise<unknown[]> =>
      db.query(
        `SELECT alias, valid_to = 'infinity' AS valid FROM instrument_alias WHERE instrument_id = $1 ORDER BY alias`,
        [instrumentId],
      );
    expect(await aliases()).toEqual([{ alias: 'A1', valid: true }]);
    await market.saveInstruments(marketId, [anInstrument('AAA', { aliases: ['A2'] })]);
    await market.saveInstruments(marketId, [anInstrument('AAA', { aliases: ['A2'] })]);
    expect(await aliases()).toEqual([
      { alias: 'A1', valid: false },
      { alias: 'A2', valid: true },
    ]);
  });
});

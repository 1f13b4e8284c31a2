import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer } from '@ziggy/contracts';
import type { BarsAnswer } from '@ziggy/contracts';
import { calendarOf } from '@ziggy/domain';
import type { Bar, Symbol } from '@ziggy/domain';
import type { CorporateAction } from '@ziggy/market-sources';
import pg from 'pg';
import { createDatabase, eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { aBar, HandSource, handDriven } from './market-testing.ts';
import { probeAt } from './stream-testing.ts';

const SESSIONS = calendarOf('XNYS').between('2026-02-17', '2026-03-06');
const at = (n: number) => SESSIONS[n]!;
const MINUTE = 60_000;

const action = (type: CorporateAction['type'], ex: number, known: number, more: Partial<CorporateAction>) => ({
  ...{ symbol: 'AAA' as Symbol, type, ratio: null, amount: null, ...more },
  ...{ exAt: at(ex).open, knownAt: at(known).close },
});
/** 400 until a split 4:1 on day 4, 100 until a dividend of 2 on day 7, then 98; a split 2:1 on day 11 is announced. */
const ACTIONS = [
  action('split', 4, 1, { ratio: 4 }),
  action('dividend', 7, 3, { amount: 2_000_000 }),
  action('split', 11, 8, { ratio: 2 }),
];
const raw = (n: number): number => (n < 4 ? 400 : n < 7 ? 100 : 98);
const BARS: Bar[] = Array.from({ length: 10 }, (_, n) => aBar('AAA', '1d', at(n).open, at(n).close, raw(n)));

describe('bars over a split and a dividend', () => {
  // Day 10, an hour after its open.
  const source = new HandSource(at(10).open + 60 * MINUTE);
  source.actions_ = ACTIONS;
  source.bars_ = BARS;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let app: TestApp;
  beforeAll(async () => {
    database = await createDatabase();
    app = await startApp({ features: handDriven(source), database });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const ask = async (query: string, from = app): Promise<BarsAnswer> =>
    barsAnswer.parse((await from.get(`/market/bars/AAA?interval=1d&from=2026-02-17${query}`)).json());
  const closes = async (query: string) => (await ask(query)).items.map(({ close }) => close);
  const instant = (ms: number) => new Date(ms).toISOString();

  it('none: what was traded', async () => {
    expect(await closes('&adjust=none')).toEqual(BARS.map((_, n) => raw(n)));
  });

  it('splits: prices divided and volumes multiplied before the ex-date, no jump; an announced split divides nothing', async () => {
    const { items } = await ask('&adjust=splits');
    expect(items.map(({ close }) => close)).toEqual([100, 100, 100, 100, 100, 100, 100, 98, 98, 98]);
    expect(items.map(({ volume }) => volume)).toEqual([400, 400, 400, 400, 100, 100, 100, 100, 100, 100]);
  });

  it('total: the dividend is out as well', async () => {
    for (const close of await closes('&adjust=total')) expect(close).toBeCloseTo(98, 6);
  });

  it('total on an older page knows the close before an ex-date that lies after it', async () => {
    const page = await closes(`&adjust=total&to=${instant(at(2).close)}`);
    expect(page).toHaveLength(3);
    for (const close of page) expect(close).toBeCloseTo(98, 6);
  });

  it('tells the actions of the page with their dates and when they were known', async () => {
    expect((await ask('')).actions).toEqual([
      { exDate: at(4).date, type: 'split', ratio: 4, amount: null, knownAt: instant(at(1).close) },
      { exDate: at(7).date, type: 'dividend', ratio: null, amount: 2, knownAt: instant(at(3).close) },
      // Announced for tomorrow; the range ends one bar after now.
      { exDate: at(11).date, type: 'split', ratio: 2, amount: null, knownAt: instant(at(8).close) },
    ]);
  });

  it('as of an instant shows no bar and no action that was not known then', async () => {
    // Announced, not in effect: what traded is what is shown.
    const early = await ask(`&asOf=${instant(at(3).open + 60 * MINUTE)}`);
    expect(early.items.map(({ close }) => close)).toEqual([400, 400, 400]);
    expect(early.actions).toEqual([]);
    // The split is in effect, the dividend is not yet.
    const later = await ask(`&adjust=total&asOf=${instant(at(6).close)}`);
    expect(later.items.map(({ close }) => close)).toEqual([100, 100, 100, 100, 100, 100, 100]);
    expect(later.actions.map(({ type }) => type)).toEqual(['split']);
    // The future is now.
    expect((await ask('&asOf=2030-01-01')).items).toEqual((await ask('')).items);
    // A page belongs to its instant.
    const paged = await ask(`&limit=2&asOf=${instant(at(6).close)}`);
    expect(paged.nextCursor).not.toBeNull();
    const other = await app.get(
      `/market/bars/AAA?interval=1d&from=2026-02-17&limit=2&cursor=${paged.nextCursor ?? ''}`,
    );
    expect(other.json()).toMatchObject({ code: 'invalid_cursor' });
  });

  it('stores what the source told, once', async () => {
    const client = new pg.Client({ connectionString: app.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ type: string; ex_date: string; ratio: number | null; known: Date }>(
        `SELECT type, ex_date::text, ratio, amount, known_at AS known FROM corporate_action ORDER BY ex_date`,
      );
      expect(rows.map(({ type, ex_date }) => [type, ex_date])).toEqual([
        ['split', at(4).date],
        ['dividend', at(7).date],
        ['split', at(11).date],
      ]);
      expect(rows[0]?.known.getTime()).toBe(at(1).close);
    } finally {
      await client.end();
    }
  });

  it('at the open of the ex-date the past is divided, in REST and charts, and the first quote is no outlier', async () => {
    const probe = await probeAt(`${app.wsUrl}/ws/charts`);
    await probe.opened;
    source.bars_ = [...BARS, aBar('AAA', '1d', at(10).open, at(10).close, 98)];
    source.at = at(10).close - MINUTE;
    source.quote('AAA', 98, { volume: 100 });
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['AAA'], timeframe: '1d' });
    source.at = at(11).open + MINUTE;
    source.quote('AAA', 49, { volume: 10 });
    const quote = await app.get('/market/quotes?symbols=AAA');
    expect(quote.json()).toMatchObject({ items: [{ quote: { price: 49 } }] });
    const divided = await eventually(
      () => closes('&adjust=splits'),
      (all) => all[0] === 50,
    );
    expect(divided.slice(0, 11)).toEqual([50, 50, 50, 50, 50, 50, 50, 49, 49, 49, 49]);
    // Who was watching gets the whole series anew.
    const renewed = await eventually(
      () => probe.of('chart_update').filter((frame) => 'bars' in frame.data),
      (frames) => frames.length > 1,
    );
    const last = renewed.at(-1)!;
    const bars = 'bars' in last.data ? last.data.bars : [];
    expect(bars.slice(0, 8).map(({ close }) => close)).toEqual([50, 50, 50, 50, 50, 50, 50, 49]);
    probe.terminate();
  });

  it('are adjusted from the store when the source is away after a restart', async () => {
    await app.close();
    const silent = new HandSource(source.at);
    silent.actions_ = [];
    silent.failing = true;
    app = await startApp({ features: handDriven(silent), database });
    const { items, actions } = await ask('&adjust=splits');
    expect(items.slice(0, 5).map(({ close }) => close)).toEqual([50, 50, 50, 50, 50]);
    expect(actions.map(({ type }) => type)).toEqual(['split', 'dividend', 'split']);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { breadthAnswer, instrumentAnswer, marketCalendarAnswer, moversAnswer, problem } from '@ziggy/contracts';
import type { BreadthAnswer, MoversAnswer } from '@ziggy/contracts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';

const SIM = {
  MARKET_SOURCE: 'simulated',
  SIM_SEED: '7',
  SIM_START: '2026-03-04T15:30:00Z',
  SIM_SPEED: '20',
  SIM_TICK_HZ: '5',
};

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ env: SIM });
}, 30_000);
afterAll(() => app.close());

const movers = async (query: string): Promise<MoversAnswer> =>
  moversAnswer.parse((await app.get(`/market/movers?${query}`)).json());
const breadth = async (query = ''): Promise<BreadthAnswer> =>
  breadthAnswer.parse((await app.get(`/market/breadth?${query}`)).json());
/** A member may be halted, or its volume curve not read yet on a busy machine; most are there. */
const whole = ({ coverage, universe }: MoversAnswer): boolean => coverage.used >= 0.8 * universe.count;

describe('movers', () => {
  it.each([
    ['gainers', 'percent', (value: number) => value > 0],
    ['losers', 'percent', (value: number) => value < 0],
    ['active', 'units', (value: number) => value > 0],
    ['unusual', 'ratio', (value: number) => value > 1],
    ['gaps', 'percent', (value: number) => value !== 0],
  ] as const)(
    'ranks %s in %s, the universe covered',
    async (list, unit, belongs) => {
      const answer = await eventually(() => movers(`list=${list}&limit=100`), whole, 40_000);
      expect(answer).toMatchObject({
        list,
        kind: 'simulated',
        source: 'simulated',
      });
      const { used, stale, missing } = answer.coverage;
      expect(used + stale + missing).toBe(answer.universe.count);
      expect(answer.universe.count).toBeGreaterThan(20);
      expect(answer.items.length).toBeGreaterThan(0);
      expect(answer.items.map(({ rank }) => rank)).toEqual(answer.items.map((_, i) => i + 1));
      for (const { value, quote, unit: shown } of answer.items) {
        expect(belongs(value)).toBe(true);
        expect(shown).toBe(unit);
        expect(quote.assetClass).toBe('equity');
      }
      const weights = answer.items.map(({ value }) => (list === 'losers' ? -value : Math.abs(value)));
      expect(weights).toEqual(weights.toSorted((a, b) => b - a));
      // Histories and volume curves of all members are read behind the start.
    },
    60_000,
  );

  it('takes each value from the quote beside it', async () => {
    const { items } = await eventually(() => movers('list=gainers'), whole, 15_000);
    for (const { value, quote } of items) expect(value).toBe(quote.changePct);
    const active = await movers('list=active');
    for (const { value, quote } of active.items) expect(value).toBe(quote.volume);
    const gaps = await movers('list=gaps');
    for (const { value, quote } of gaps.items)
      expect(value).toBeCloseTo(((quote.open ?? 0) / (quote.prevClose ?? 1) - 1) * 100, 3);
  });

  it('leaves out what the filters exclude, and counts it still', async () => {
    const answer = await eventually(() => movers('list=active&limit=100&minPrice=100&minDollarVolume=1000000'), whole);
    expect(answer.items.length).toBeGreaterThan(0);
    for (const { quote } of answer.items) {
      expect(quote.price).toBeGreaterThanOrEqual(100);
      expect((quote.price ?? 0) * (quote.volume ?? 0)).toBeGreaterThanOrEqual(1_000_000);
    }
    expect((await movers('list=active&minPrice=1000000000')).items).toEqual([]);
  });

  it('shows no more than asked', async () => {
    expect((await movers('list=active&limit=3')).items).toHaveLength(3);
  });
});

describe('breadth', () => {
  it('covers the present session and, once histories are known, means and extremes', async () => {
    const answer = await eventually(
      () => breadth(),
      ({ items }) => items[0]?.above200Ratio != null && items[0].newHighs252 !== null && items[0].trin !== null,
      15_000,
    );
    const [row] = answer.items;
    expect(answer.items).toHaveLength(1);
    expect(row).toMatchObject({ key: 'all', date: '2026-03-04', reason: null });
    expect((row?.advancers ?? 0) + (row?.decliners ?? 0) + (row?.unchanged ?? 0)).toBe(row?.coverage.used);
    expect(row?.coverage.used).toBe(answer.universe.count);
    expect(answer.kind).toBe('simulated');
  });

  it('by sector adds up to the whole', async () => {
    await eventually(
      () => breadth(),
      ({ items, universe }) => items[0]?.coverage.used === universe.count,
      15_000,
    );
    const { items, universe } = await breadth('by=sector&days=2');
    const keys = [...new Set(items.map(({ key }) => key))];
    expect(keys).toContain('Technology');
    expect(keys.length).toBeGreaterThan(5);
    for (const date of ['2026-03-04', '2026-03-03']) {
      const rows = items.filter((row) => row.date === date);
      expect(rows.map(({ key }) => key)).toEqual(keys);
      const members = rows.map(({ coverage }) => coverage.used + coverage.stale + coverage.missing);
      expect(members.reduce((sum, count) => sum + count, 0)).toBe(universe.count);
    }
  });

  it('of past sessions comes from stored closes, the newest first', async () => {
    const { items } = await eventually(
      () => breadth('days=30'),
      (answer) => answer.items.at(-1)?.above200Ratio != null,
      15_000,
    );
    expect(items).toHaveLength(30);
    const dates = items.map(({ date }) => date);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(dates).not.toContain('2026-02-16');
    const bars = (await app.get('/market/bars/AAPL?interval=1d&limit=3&to=2026-03-04')).json<{
      items: { openTime: string }[];
    }>();
    expect(dates[1]).toBe(bars.items.at(-1)?.openTime.slice(0, 10));
  });
});

describe('instruments', () => {
  it('tell what is known, and why the rest is not', async () => {
    const read = async () =>
      instrumentAnswer.parse((await app.get('/market/instruments/aapl?include=actions,fundamentals')).json());
    const answer = await eventually(read, ({ firstBarDate }) => firstBarDate !== null, 15_000);
    expect(answer).toMatchObject({
      symbol: 'AAPL',
      assetClass: 'equity',
      currency: 'USD',
      calendar: 'XNYS',
      tick: 0.01,
      sector: 'Technology',
      tracked: true,
      lot: null,
      fundamentals: null,
      reasons: { lot: 'no_source', shortable: 'no_source', fundamentals: 'no_source' },
    });
    expect(Date.parse(answer.lastBarAt ?? '')).toBeLessThan(Date.parse('2026-03-04T21:00:00Z'));
    expect(Array.isArray(answer.actions)).toBe(true);
  });

  it('are 404 with the nearest when unknown, 422 when malformed', async () => {
    const unknown = await app.get('/market/instruments/AAPLX');
    expect([unknown.status, problem.parse(unknown.json())]).toMatchObject([404, { code: 'unknown_symbol' }]);
    expect(unknown.json<{ nearest: string[] }>().nearest).toContain('AAPL');
    for (const path of ['A%2FB', '..', '%24X'])
      expect((await app.get(`/market/instruments/${path}`)).status).not.toBe(200);
    const part = await app.get('/market/instruments/AAPL?include=news');
    expect(problem.parse(part.json()).errors[0]).toMatchObject({
      path: 'include',
      allowed: ['actions', 'fundamentals'],
    });
  });
});

describe('the calendar', () => {
  const read = async (query: string) => marketCalendarAnswer.parse((await app.get(`/market/calendar?${query}`)).json());

  it('lists closures and half days of the venues', async () => {
    const { items, coverage } = await read('kinds=holiday&from=2026-11-23&to=2026-12-01');
    expect(items.map(({ date, title }) => [date, title])).toEqual([
      ['2026-11-26', expect.stringMatching(/^XNYS closed: Thanksgiving/)],
      ['2026-11-27', 'XNYS closes early'],
    ]);
    expect(items[1]).toMatchObject({ at: '2026-11-27T18:00:00.000Z', timeKnown: true, country: 'US' });
    expect(coverage).toEqual([{ kind: 'holiday', source: 'calendars', reason: null }]);
  });

  it('says of each kind where it comes from, or why there is nothing', async () => {
    const { coverage } = await read('from=2026-01-01&to=2026-03-05');
    expect(coverage.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['holiday', null],
      ['earnings', 'no_source'],
      ['economic', 'no_source'],
      ['dividend', null],
      ['split', null],
    ]);
  });

  it('lists the dividends that the source pays, of the asked symbols only', async () => {
    const { items } = await read('kinds=dividend&from=2025-03-05&to=2026-03-05&symbols=AAPL,JPM,KO,NOSUCH&limit=200');
    expect(items.length).toBeGreaterThan(0);
    for (const { symbol, kind, provenance } of items) {
      expect(['AAPL', 'JPM', 'KO']).toContain(symbol);
      expect([kind, provenance.source]).toEqual(['dividend', 'simulated']);
    }
  });

  it('pages without a hole or a repeat, and refuses a cursor of other filters', async () => {
    const span = 'kinds=holiday&from=2026-01-01&to=2026-12-31';
    const whole = (await read(`${span}&limit=200`)).items.map(({ id }) => id);
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof read>> = await read(
        `${span}&limit=7${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(whole);
    const { nextCursor } = await read(`${span}&limit=7`);
    const other = await app.get(`/market/calendar?kinds=holiday&from=2026-02-01&to=2026-12-31&cursor=${nextCursor}`);
    expect([other.status, problem.parse(other.json()).code]).toEqual([400, 'invalid_cursor']);
  });

  it.each([
    'from=2026-03-02&to=2026-03-02',
    'from=2026-01-01&to=2027-01-03',
    'from=1999-12-31',
    'to=2051-01-01',
    'kinds=party',
  ])('refuses %s', async (query) => {
    expect((await app.get(`/market/calendar?${query}`)).status).toBe(422);
  });
});

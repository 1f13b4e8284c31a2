import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  barsAnswer,
  overviewAnswer,
  problem,
  quotesAnswer,
  searchAnswer,
  sessionAnswer,
  sourcesAnswer,
} from '@ziggy/contracts';
import type { Problem } from '@ziggy/contracts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';

/** Twenty minutes into a full session, so that every interval has closed and forming bars. */
const SIM = {
  MARKET_SOURCE: 'simulated',
  SIM_SEED: '7',
  SIM_START: '2026-03-04T14:50:00Z',
  SIM_SPEED: '20',
  SIM_TICK_HZ: '5',
};

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ env: SIM });
}, 30_000);
afterAll(() => app.close());

const quotes = async (query: string) => quotesAnswer.parse((await app.get(`/market/quotes?${query}`)).json());
const bars = async (path: string) => barsAnswer.parse((await app.get(`/market/bars/${path}`)).json());

async function refused(path: string, status: number): Promise<Problem> {
  const answer = await app.get(path);
  expect([path, answer.status]).toEqual([path, status]);
  return problem.parse(answer.json());
}

describe('quotes', () => {
  it('answers each asked symbol in order, with provenance and the brain, unknown ones with a reason', async () => {
    const answer = await eventually(
      () => quotes('symbols=MSFT,NOSUCH,aapl&include=brain'),
      ({ items }) => items[2]?.quote?.brain?.relativeVolume != null && items[2].quote.brain.regime != null,
      15_000,
    );
    expect(answer.items.map(({ symbol }) => symbol)).toEqual(['MSFT', 'NOSUCH', 'AAPL']);
    expect(answer.items[1]).toEqual({ symbol: 'NOSUCH', quote: null, reason: 'unknown_symbol' });
    const quote = answer.items[2]?.quote;
    expect(quote).toMatchObject({
      kind: 'simulated',
      source: 'simulated',
      currency: 'USD',
      marketState: 'open',
      stale: false,
    });
    expect(quote?.brain).toMatchObject({
      volatility: expect.any(Number),
      z20: expect.any(Number),
      moveSigma: expect.any(Number),
    });
    expect(quote?.name).toMatch(/\(simulated\)$/);
    expect(quote?.change).toBeCloseTo((quote?.price ?? 0) - (quote?.prevClose ?? 0), 6);
  });

  it('moves', async () => {
    const before = await quotes('symbols=AAPL');
    await eventually(
      () => quotes('symbols=AAPL'),
      ({ items }) => (items[0]?.quote?.v ?? 0) > (before.items[0]?.quote?.v ?? Infinity),
    );
  });

  it.each([
    ['/market/quotes', 'required'],
    ['/market/quotes?symbols=,', 'required'],
    ['/market/quotes?symbols=AAPL,../etc', 'symbol_invalid'],
    [`/market/quotes?symbols=${Array.from({ length: 201 }, (_, i) => `S${i}`).join(',')}`, 'limit_exceeded'],
    ['/market/quotes?symbols=AAPL&simbols=MSFT', 'parameter_unknown'],
    ['/market/overview?periodDays=1', 'out_of_range'],
    ['/market/search?q=', 'out_of_range'],
    ['/market/search?q=A&assetClass=bond', 'invalid_value'],
    ['/market/session?exchange=XXXX', 'invalid_value'],
    ['/market/session?date=1999-12-31', 'range_invalid'],
    ['/market/bars/AAPL?from=2026-02-01&to=2026-01-01', 'range_invalid'],
    ['/market/bars/AAPL?from=yesterday', 'invalid_value'],
    ['/market/bars/AAPL?interval=2m', 'invalid_value'],
    ['/market/bars/AAPL?adjust=some', 'invalid_value'],
    ['/market/bars/AAPL?limit=5001', 'limit_exceeded'],
    ['/market/bars/AAPL?indicators=nonsense(3)', 'invalid_value'],
    [
      `/market/bars/AAPL?indicators=${Array.from({ length: 11 }, (_, i) => `sma(${i + 2})`).join(',')}`,
      'limit_exceeded',
    ],
    ['/market/bars/A%2FB', 'symbol_invalid'],
  ])('refuses %s with %s', async (path, code) => {
    const answer = await refused(path, 422);
    expect(answer.code).toBe('validation_failed');
    expect(answer.errors.map((fault) => fault.code)).toContain(code);
  });

  it('names every malformed symbol and the limit', async () => {
    const answer = await refused('/market/quotes?symbols=AAPL,a b,..,$', 422);
    expect(answer.errors.map(({ value }) => value)).toEqual(['a b', '..', '$']);
    const many = await refused(
      `/market/quotes?symbols=${Array.from({ length: 201 }, (_, i) => `S${i}`).join(',')}`,
      422,
    );
    expect(many).toMatchObject({ limit: 200, actual: 201 });
  });
});

describe('bars', () => {
  it('pages backwards without a hole or a repeat, at any page size', async () => {
    const whole = await bars('AAPL?interval=1h&limit=60&to=2026-03-04');
    const paged: string[] = [];
    let cursor = '';
    while (paged.length < 60) {
      const page = await bars(`AAPL?interval=1h&limit=17&to=2026-03-04${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.unshift(...page.items.map(({ openTime }) => openTime));
      cursor = page.nextCursor ?? '';
      expect(cursor).not.toBe('');
    }
    expect(whole.items).toHaveLength(60);
    expect(paged.slice(-60)).toEqual(whole.items.map(({ openTime }) => openTime));
    expect(new Set(paged).size).toBe(paged.length);
  });

  it('computes indicators with the bars before the page', async () => {
    const text = 'sma(20),ema(20),bollinger(20,2),rsi(14),macd(12,26,9)';
    const page = await bars(`MSFT?interval=1d&limit=30&indicators=${encodeURIComponent(text)}`);
    expect(page.items).toHaveLength(30);
    expect(Object.keys(page.indicators)).toHaveLength(5);
    for (const outputs of Object.values(page.indicators)) {
      for (const values of Object.values(outputs)) expect(values.filter((value) => value === null)).toEqual([]);
    }
    const mean = page.items.slice(-20).reduce((sum, bar) => sum + bar.close, 0) / 20;
    expect(page.indicators['sma(20)']?.['value'] ?? Object.values(page.indicators['sma(20)'] ?? {})[0]).toHaveLength(
      30,
    );
    expect((Object.values(page.indicators['sma(20)'] ?? {})[0] ?? []).at(-1)).toBeCloseTo(mean, 4);
  });

  it('makes weeks of the days, in pages of any size, with what indicators need before them', async () => {
    const daily = (await bars('AAPL?interval=1d&from=2025-11-03&to=2026-03-01')).items;
    const whole = await bars('AAPL?interval=1w&to=2026-03-01&limit=16&indicators=sma(5)');
    expect(whole.items).toHaveLength(16);
    for (const week of whole.items) {
      const days = daily.filter(({ openTime }) => openTime >= week.openTime && openTime < week.closeTime);
      expect(week).toEqual({
        ...{ openTime: days[0]?.openTime, closeTime: days.at(-1)?.closeTime, open: days[0]?.open },
        ...{ high: Math.max(...days.map(({ high }) => high)), low: Math.min(...days.map(({ low }) => low)) },
        ...{ close: days.at(-1)?.close, volume: days.reduce((sum, { volume }) => sum + Number(volume), 0) },
        ...{ closed: true, flags: [] },
      });
    }
    expect(whole).toMatchObject({ gaps: [], coverage: { expected: 16, present: 16 }, lineageId: null });
    const [means] = Object.values(whole.indicators['sma(5)'] ?? {});
    expect(means?.filter((value) => value === null)).toEqual([]);
    expect(means?.at(-1)).toBeCloseTo(whole.items.slice(-5).reduce((sum, { close }) => sum + close, 0) / 5, 4);
    const last = await bars('AAPL?interval=1w&to=2026-03-01&limit=6');
    const before = await bars(`AAPL?interval=1w&to=2026-03-01&limit=10&cursor=${last.nextCursor}`);
    expect([...before.items, ...last.items]).toEqual(whole.items);
    const forming = (await bars('AAPL?interval=1w&limit=2')).items;
    expect(forming.map(({ closed }) => closed)).toEqual([true, false]);
    const asOf = (await bars('AAPL?interval=1w&limit=1&asOf=2026-02-25T23:00:00.000Z')).items;
    expect(asOf).toMatchObject([{ closed: false, openTime: '2026-02-23T14:30:00.000Z' }]);
    expect(asOf[0]?.close).toBe(daily.find(({ openTime }) => openTime.startsWith('2026-02-25'))?.close);
  });

  it('does not call a page stale that ends in the past', async () => {
    const past = await bars('AAPL?interval=1d&to=2026-01-10&limit=20');
    expect(past.items).toHaveLength(20);
    expect(past.stale).toBe(false);
    expect((await bars('AAPL?interval=1h&to=2026-01-08T16:00:00.000Z&limit=5')).stale).toBe(false);
  });

  it('says where history begins', async () => {
    const page = await bars('AAPL?interval=1m&from=2025-06-01&to=2025-06-03');
    expect(page).toMatchObject({ items: [], coverage: { present: 0, reason: 'out_of_history' } });
  });

  it('lists what the calendar expects and has no bar for as gaps, and nothing for closed days', async () => {
    const page = await bars('AAPL?interval=1d&from=2025-12-22&to=2026-01-03');
    expect(page.items.map(({ openTime }) => openTime.slice(0, 10))).toEqual([
      '2025-12-22',
      '2025-12-23',
      '2025-12-24',
      '2025-12-26',
      '2025-12-29',
      '2025-12-30',
      '2025-12-31',
      '2026-01-02',
    ]);
    expect(page).toMatchObject({ gaps: [], coverage: { expected: 8, present: 8, reason: null } });
    expect(page.items[2]?.closeTime).toBe('2025-12-24T18:00:00.000Z');
  });

  it('knows no unknown symbol, and says what is near', async () => {
    const answer = await refused('/market/bars/AAPPL', 404);
    expect(answer).toMatchObject({ code: 'unknown_symbol', nearest: expect.arrayContaining(['AAPL']) });
  });

  it('refuses a cursor of another query', async () => {
    const page = await bars('AAPL?interval=1d&limit=5');
    expect((await refused(`/market/bars/MSFT?interval=1d&limit=5&cursor=${page.nextCursor}`, 400)).code).toBe(
      'invalid_cursor',
    );
    expect((await refused('/market/bars/MSFT?interval=1d&cursor=abc', 400)).code).toBe('invalid_cursor');
  });
});

describe('the other routes', () => {
  it('overview: the tracked universe with sparks, changes, breadth, movers and the regime', async () => {
    const answer = await eventually(
      async () => overviewAnswer.parse((await app.get('/market/overview?sinceOpen=true')).json()),
      ({ regime, breadth }) => regime.label !== null && breadth !== null,
      15_000,
    );
    expect(answer.items).toHaveLength(50);
    expect(answer.kind).toBe('simulated');
    const apple = answer.items.find(({ symbol }) => symbol === 'AAPL');
    expect(apple).toMatchObject({
      change5dPct: expect.any(Number),
      change20dPct: expect.any(Number),
      changePeriodPct: expect.any(Number),
      sinceOpenPct: expect.any(Number),
    });
    expect(apple?.spark.length).toBeGreaterThan(15);
    expect(answer.movers.gainers.length).toBeLessThanOrEqual(3);
    const { advancers, decliners, unchanged, coverage } = answer.breadth ?? {
      advancers: 0,
      decliners: 0,
      unchanged: 0,
      coverage: { used: -1, missing: 0 },
    };
    expect(advancers + decliners + unchanged).toBe(coverage.used);
  });

  it('search: exact before prefix before name', async () => {
    const answer = searchAnswer.parse((await app.get('/market/search?q=a&limit=50')).json());
    expect(answer.items[0]?.symbol.startsWith('A')).toBe(true);
    expect(answer.sources).toEqual({ local: 'ok', remote: 'off' });
    const exact = searchAnswer.parse((await app.get('/market/search?q=msft')).json());
    expect(exact.items[0]).toMatchObject({ symbol: 'MSFT', matched: 'symbol', score: 1 });
    const byName = searchAnswer.parse((await app.get('/market/search?q=apple')).json());
    expect(byName.items[0]).toMatchObject({ symbol: 'AAPL', matched: 'name' });
    const none = searchAnswer.parse((await app.get('/market/search?q=zzzzzz')).json());
    expect(none.items).toEqual([]);
  });

  it('session: a half day, a holiday, and now', async () => {
    const half = sessionAnswer.parse((await app.get('/market/session?date=2026-11-27')).json());
    expect(half).toMatchObject({
      isSession: true,
      halfDay: true,
      open: '2026-11-27T14:30:00.000Z',
      close: '2026-11-27T18:00:00.000Z',
    });
    const holiday = sessionAnswer.parse((await app.get('/market/session?date=2026-12-25')).json());
    expect(holiday).toMatchObject({ isSession: false, open: null, reason: expect.any(String) });
    const now = sessionAnswer.parse((await app.get('/market/session')).json());
    expect(now).toMatchObject({ exchange: 'XNYS', phase: 'open', date: '2026-03-04', timezone: 'America/New_York' });
  });

  it('sources: what runs, why, and its clock', async () => {
    const answer = sourcesAnswer.parse((await app.get('/market/sources')).json());
    expect(answer).toMatchObject({
      active: { source: 'simulated', kind: 'simulated', chosenBy: 'configuration' },
      clock: { speed: 20, state: 'running' },
    });
    expect(answer.market).toMatch(/^sim:7:[0-9a-f]{8}$/);
    expect(answer.demand.byReason['universe']).toBe(50);
    const health = (await app.get('/health')).json<{ market: { id: string } }>();
    expect(health.market.id).toBe(answer.market);
  });

  it('counts ticks, refusals and bars', async () => {
    const text = await eventually(
      async () => (await app.get('/metrics')).text,
      (metrics) => /^bars_written_total [1-9]/m.test(metrics),
    );
    expect(text).toMatch(/^market_ticks_total [1-9]/m);
    expect(text).toMatch(/^market_gate_rejected_total\{reason="outlier"\} \d/m);
    expect(text).toMatch(/^market_quote_age_seconds\{stat="max"\} \d/m);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bar, Symbol } from '@ziggy/domain';
import { calendarOf, INTERVAL_MS } from '@ziggy/domain';
import type { WireAnswer } from '../port.ts';
import { json } from '../testing/fake-yahoo.ts';
import { blockNetwork } from '../testing/no-network.ts';
import { WEDNESDAY, YahooWorld } from '../testing/yahoo-world.ts';

const CHART = '/v8/finance/chart/';
const DAY_MS = 86_400_000;

let unblock: () => void;
let world: YahooWorld;
beforeAll(() => {
  unblock = blockNetwork();
});
afterAll(() => unblock());
beforeEach(() => {
  world = new YahooWorld();
});
afterEach(() => world.end());

const instant = (text: string): number => Date.parse(text);

/** Answers a chart with one changed by hand. */
function changed(
  change: (chart: {
    timestamp: number[];
    meta: Record<string, unknown>;
    indicators: { quote: Record<string, (number | null)[]>[] };
  }) => void,
): void {
  world.yahoo.answer(CHART, ({ url }) => {
    if (url.searchParams.get('interval') === '3mo') return null;
    const made = new YahooWorld(world.time.now());
    return made.yahoo.fetch(url).then(async (answer) => {
      const body = (await answer.json()) as { chart: { result: [Parameters<typeof change>[0]] } };
      change(body.chart.result[0]);
      await made.source.close();
      return json(body);
    });
  });
}

describe('raw bars', () => {
  const split = calendarOf('XNYS').session('2025-11-12')!;

  it('undo the split adjustment before the ex-date: prices times the ratio, volume divided by it', async () => {
    const from = instant('2025-11-01');
    const bars = await world.value(world.bars('ZSPLIT', '1d', from, instant('2025-11-22')));
    const flags = (bar: Bar): boolean => bar.flags.includes('derived_raw');
    expect(bars.map(flags)).toEqual(bars.map((bar) => bar.openTime < split.open));

    const url = `https://query2.finance.yahoo.com/v8/finance/chart/ZSPLIT?interval=1d&period1=${from / 1_000}&period2=${instant('2025-11-22') / 1_000}`;
    const body = (await (await world.yahoo.fetch(url)).json()) as {
      chart: {
        result: [
          { timestamp: number[]; indicators: { quote: [{ open: number[]; close: number[]; volume: number[] }] } },
        ];
      };
    };
    const [{ timestamp, indicators }] = body.chart.result;
    const [adjusted] = indicators.quote;
    for (const [i, bar] of bars.entries()) {
      const factor = bar.openTime < split.open ? 4 : 1;
      expect(bar.openTime).toBe(timestamp[i]! * 1_000);
      expect(bar.c).toBe(Math.round(adjusted.close[i]! * factor * 1e6));
      expect(bar.volume).toBe(adjusted.volume[i]! / factor);
    }
    // The jump over the split is the ratio, apart from the market's own move that night.
    const after = bars.findIndex((bar) => bar.openTime === split.open);
    expect(bars[after - 1]!.c / bars[after]!.o).toBeCloseTo(
      (4 * adjusted.close[after - 1]!) / adjusted.open[after]!,
      9,
    );
  });

  it('undo it for minutes too, where the split lies outside the range asked for', async () => {
    const near = new YahooWorld(instant('2025-11-13T16:00:00Z'));
    const bars = await near.value(near.bars('ZSPLIT', '5m', instant('2025-11-11'), instant('2025-11-12')));
    expect(bars.length).toBe(78);
    expect(bars.every((bar) => bar.flags.includes('derived_raw'))).toBe(true);
    await near.end();
  });

  it('give dividends in cash per share of their day', async () => {
    const query = { symbol: 'ZSPLIT' as Symbol, from: instant('2025-09-01'), to: instant('2026-02-01') };
    const actions = await world.value(world.source.actions(query, world.context()));
    expect(actions.map(({ type, ratio, amount }) => [type, ratio, amount])).toEqual([
      ['dividend', null, 500_000],
      ['split', 4, null],
      ['dividend', null, 150_000],
    ]);
  });

  it('need one request more for the actions of a stock, once a day, and none for an index or a coin', async () => {
    await world.value(world.days('ZZA'));
    await world.value(world.days('ZZA'));
    await world.value(world.days('^ZIDX'));
    await world.value(world.days('ZED-USD'));
    expect(world.yahoo.count('interval=3mo')).toBe(1);
    expect(world.yahoo.asked.length).toBe(5);
  });
});

describe('bars in sessions', () => {
  it('a day is its session, and today is incomplete', async () => {
    const bars = await world.value(world.bars('ZZA', '1d', instant('2026-03-09'), instant('2026-03-12')));
    const sessions = calendarOf('XNYS').between('2026-03-09', '2026-03-11');
    expect(bars.map((bar) => [bar.openTime, bar.closeTime, bar.complete, bar.kind])).toEqual(
      sessions.map((session, i) => [session.open, session.close, i < 2, i < 2 ? 'end_of_day' : 'delayed']),
    );
  });

  it('minutes end at the close of a half day', async () => {
    const half = new YahooWorld(instant('2025-11-29T15:00:00Z'));
    for (const [interval, count] of [
      ['1m', 210],
      ['5m', 42],
      ['15m', 14],
      ['1h', 4],
    ] as const) {
      const bars = await half.value(half.bars('ZZA', interval, instant('2025-11-28'), instant('2025-11-29')));
      expect(bars.length).toBe(count);
      expect(bars.at(-1)!.closeTime).toBe(calendarOf('XNYS').session('2025-11-28')!.close);
    }
    await half.end();
  });

  it('coins have days of UTC, currencies days of New York afternoons', async () => {
    const coin = await world.value(world.bars('ZED-USD', '1d', instant('2026-03-01'), instant('2026-03-08')));
    expect(coin.map((bar) => bar.openTime)).toEqual(
      Array.from({ length: 7 }, (_, i) => instant('2026-03-01') + i * DAY_MS),
    );
    const currency = await world.value(world.bars('ZAUZBU=X', '1d', instant('2026-03-01'), instant('2026-03-08')));
    expect(currency.map((bar) => bar.openTime)).toEqual(
      calendarOf('FX24x5')
        .between('2026-03-02', '2026-03-06')
        .map((session) => session.open),
    );
  });

  it('pre and post trading are extended bars, and only on request', async () => {
    const [from, to] = [instant('2026-03-10'), instant('2026-03-11')];
    const regular = await world.value(world.bars('ZZA', '15m', from, to));
    const all = await world.value(world.bars('ZZA', '15m', from, to, { extended: true }));
    expect(regular.length).toBe(26);
    expect(all.filter((bar) => !bar.extended)).toEqual(regular);
    const { preOpen, open, close } = calendarOf('XNYS').session('2026-03-10')!;
    expect(all[0]!.openTime).toBe(preOpen);
    expect(all.filter((bar) => bar.extended && bar.openTime >= open && bar.openTime < close)).toEqual([]);
  });

  it("the running row of the vendor falls into its bar, and the closing print into the day's last one", async () => {
    const { open, close } = calendarOf('XNYS').session('2026-03-10')!;
    changed((chart) => {
      const [quote] = chart.indicators.quote as [Record<string, number[]>];
      const row = (at: number, price: number): void => {
        chart.timestamp.push(at / 1_000);
        for (const column of ['open', 'high', 'low', 'close']) quote[column]!.push(price);
        quote['volume']!.push(0);
      };
      row(close, 777.5);
    });
    const bars = await world.value(world.bars('ZZA', '5m', open, close));
    expect(bars.length).toBe(78);
    expect(bars.at(-1)).toMatchObject({
      openTime: close - INTERVAL_MS['5m'],
      closeTime: close,
      c: 777_500_000,
      h: 777_500_000,
      complete: true,
    });
  });

  it('rows without a close, or that do not fit together, are gaps', async () => {
    const whole = await world.value(world.days());
    changed((chart) => {
      const [quote] = chart.indicators.quote as [Record<string, (number | null)[]>];
      quote['close']![3] = null;
      quote['high']![5] = 0.5;
      quote['open']![7] = -1;
      quote['volume']![9] = null;
    });
    const bars = await world.value(world.days());
    expect(bars.length).toBe(whole.length - 3);
    expect(bars.filter((bar) => bar.volume === null).length).toBe(1);
    const kept = new Set(bars.map((bar) => bar.openTime));
    expect(whole.flatMap((bar, i) => (kept.has(bar.openTime) ? [] : [i]))).toHaveLength(3);
  });

  it('a venue without a calendar is refused, not guessed', async () => {
    expect(await world.failure(world.days('ZOSAKA'))).toMatchObject({ code: 'Unsupported' });
    expect(await world.value(world.source.instrument('ZOSAKA' as Symbol, world.context()))).toBeNull();
  });
});

describe('history', () => {
  it('halves a range that begins too early, and gives what there is', async () => {
    const limit = WEDNESDAY - 10 * DAY_MS;
    world.yahoo.answer('interval=5m', ({ url }) =>
      Number(url.searchParams.get('period1')) * 1_000 < limit
        ? json(
            { chart: { result: null, error: { code: 'Unprocessable Entity', description: '5m data not available' } } },
            422,
          )
        : null,
    );
    const bars = await world.value(world.bars('ZZA', '5m', WEDNESDAY - 24 * DAY_MS, WEDNESDAY));
    expect(bars.length).toBeGreaterThan(100);
    expect(bars[0]!.openTime).toBeGreaterThanOrEqual(limit);
    expect(world.source.health().state).toBe('ok');
  });

  it('asks long ranges of minutes in pieces, and each piece within the budget', async () => {
    const bars = await world.value(world.bars('ZZA', '1m', WEDNESDAY - 20 * DAY_MS, WEDNESDAY));
    expect(world.yahoo.count('interval=1m')).toBe(4);
    expect(new Set(bars.map((bar) => bar.openTime)).size).toBe(bars.length);
    expect(bars.filter((bar) => bar.openTime < WEDNESDAY - 20 * DAY_MS)).toEqual([]);
  });

  it('asks nothing that lies before everything', async () => {
    expect(await world.value(world.bars('ZZA', '1m', WEDNESDAY - 60 * DAY_MS, WEDNESDAY - 50 * DAY_MS))).toEqual([]);
    expect(world.yahoo.count('interval=1m')).toBe(0);
  });
});

describe('instruments and search', () => {
  it('reads an instrument once a day', async () => {
    const ask = () => world.value(world.source.instrument('ZLATE' as Symbol, world.context()));
    expect(await ask()).toMatchObject({
      symbol: 'ZLATE',
      mic: 'XNYS',
      currency: 'USD',
      tick: 10_000,
      calendar: 'XNYS',
      sector: 'Industrials',
      assetClass: 'equity',
    });
    await ask();
    expect(world.yahoo.count('quoteSummary')).toBe(1);
  });

  it('knows the watched universe without asking', async () => {
    expect(await world.value(world.source.instrument('AAPL' as Symbol, world.context()))).toMatchObject({
      name: 'Apple',
    });
    expect(world.yahoo.asked).toEqual([]);
    const symbols = world.source.universe().map((instrument) => instrument.symbol);
    expect(new Set(symbols).size).toBe(symbols.length);
    expect(symbols.length).toBeGreaterThanOrEqual(45);
  });

  it('finds listings, without other vendors, unknown venues and unheld classes', async () => {
    const found = await world.value(world.source.search({ text: 'zz', limit: 5 }, world.context()));
    expect(found.map((instrument) => instrument.symbol)).toEqual(['ZZA', 'ZZB', 'ZZC', 'ZZD', 'ZZE']);
    expect(await world.value(world.source.search({ text: 'zosaka', limit: 5 }, world.context()))).toEqual([]);
    const coins = await world.value(
      world.source.search({ text: 'z', limit: 50, assetClass: ['crypto'] }, world.context()),
    );
    expect(coins).toMatchObject([{ symbol: 'ZED-USD', calendar: '24x7', currency: 'USD' }]);
    expect(await world.value(world.source.search({ text: '  ', limit: 5 }, world.context()))).toEqual([]);
  });
});

describe('probe', () => {
  it('accepts a Yahoo that answers, with one request', async () => {
    expect(await world.value(world.source.probe())).toEqual({ ok: true });
    expect(world.yahoo.asked).toHaveLength(1);
    expect(world.yahoo.asked[0]).toContain('/v8/finance/chart/SPY');
  });

  it('gives up after 4 s', async () => {
    world.yahoo.hang();
    const end = await world.run(world.source.probe());
    expect(end).toMatchObject({ ok: true, value: { ok: false, error: { code: 'Timeout' } } });
    expect(Math.abs(end.tookMs - 4_000)).toBeLessThanOrEqual(50);
  });

  it('refuses a page, a missing symbol, an old price and an answer that does not validate', async () => {
    const fail = async (): Promise<string> => {
      const result = await world.value(world.source.probe());
      return result.ok ? 'ok' : result.error.code;
    };
    world.yahoo.answer(CHART, () => new Response('<html></html>'), 1);
    expect(await fail()).toBe('UpstreamShape');
    world.yahoo.answer(
      CHART,
      () => json({ chart: { result: null, error: { code: 'Not Found', description: 'No data found' } } }, 404),
      1,
    );
    expect(await fail()).toBe('NotFound');
    changed((chart) => (chart.meta['regularMarketTime'] = 1_500_000_000));
    expect(await fail()).toBe('Drift');
    world.yahoo.heal();
    changed((chart) => (chart.meta['currency'] = 7));
    expect(await fail()).toBe('Drift');
  });
});

describe('what came over the wire for bars', () => {
  const ask = async (onAnswer: (answer: WireAnswer) => void): Promise<unknown> => {
    const query = {
      ...{ symbol: 'ZZA' as Symbol, interval: '1d' as const, extended: false },
      ...{ from: instant('2026-02-02'), to: instant('2026-03-03') },
    };
    return world.run(world.source.bars(query, { ...world.context(), onAnswer }));
  };
  const data = () => world.records.filter(({ path }) => path.startsWith(CHART));

  it('is told to the caller: status, bytes and hash of each answer, and nothing of the way to the crumb', async () => {
    const answers: WireAnswer[] = [];
    await ask((answer) => answers.push(answer));
    expect(answers.length).toBeGreaterThan(0);
    expect(answers).toEqual(data().map(({ status, bytes, sha256 }) => ({ status, bytes, sha256 })));
  });

  it('is told when it is of no use, too', async () => {
    world.yahoo.answer(CHART, () => json({ chart: { result: null, error: null } }, 500));
    const answers: WireAnswer[] = [];
    await ask((answer) => answers.push(answer));
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
  });
});

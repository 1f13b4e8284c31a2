import { describe, expect, it } from '@jest/globals';
import type { Bar, Interval } from '@ziggy/domain';
import { INTERVALS } from '@ziggy/domain';
import type { BarRange, ContractSubject, ContractTraits } from './contract-subject.ts';
import { context, query, settled } from './contract-subject.ts';

const DAY_MS = 86_400_000;

type Use = (run: (subject: ContractSubject) => Promise<void>) => () => Promise<void>;

/** Points 1 to 5 and 14: what bars and corporate actions promise. */
export function barPoints(use: Use, traits: ContractTraits): void {
  describe('bars', () => {
    it(
      '1 · bars ascend, are unique, lie inside the range, and their prices fit together',
      use(async (subject) => {
        for (const [interval, range] of offered(subject)) {
          const bars = await read(subject, range, interval);
          expect(bars.length).toBeGreaterThanOrEqual(5);
          expect(bars.flatMap((bar, i) => unsound(bar, bars[i - 1], range, interval))).toEqual([]);
        }
      }),
    );

    it(
      '2 · a missing session gives no bar',
      use(async (subject) => {
        for (const interval of subject.source.capabilities().intervals) {
          expect(await read(subject, subject.closedRange, interval)).toEqual([]);
        }
        // The symbol itself has days around: the range is empty because nothing was open.
        const { symbol, from, to } = subject.closedRange;
        const around = { symbol, from: from - 6 * DAY_MS, to: to + 6 * DAY_MS };
        expect((await read(subject, around, '1d')).length).toBeGreaterThan(2);
      }),
    );

    it(
      '3 · only the newest bar may be incomplete, and a complete one was not known before its close',
      use(async (subject) => {
        let forming = 0;
        for (const [interval, range] of offered(subject)) {
          const bars = await read(subject, { ...range, to: subject.source.clock.now() + 1 }, interval);
          forming += bars.at(-1)?.complete === false ? 1 : 0;
          expect(bars.slice(0, -1).filter((bar) => !bar.complete)).toEqual([]);
          expect(bars.filter((bar) => bar.complete && bar.availableAt < bar.closeTime)).toEqual([]);
        }
        // The harness stands inside a session where there are minutes: then at least the day is forming.
        if (traits.intraday) expect(forming).toBeGreaterThan(0);
      }),
    );

    it(
      '4 · sub-ranges joined equal the whole',
      use(async (subject) => {
        for (const [interval, range] of offered(subject)) {
          const whole = await read(subject, range, interval);
          const cuts = [0.21, 0.5, 0.83].map((part) => Math.floor(range.from + (range.to - range.from) * part));
          const edge = whole[Math.floor(whole.length / 3)]?.openTime ?? range.from;
          const points = [range.from, ...cuts, edge, range.to].sort((a, b) => a - b);
          const joined: Bar[] = [];
          for (const [i, from] of points.slice(0, -1).entries()) {
            const to = points[i + 1]!;
            if (from < to) joined.push(...(await read(subject, { ...range, from, to }, interval)));
          }
          expect(joined).toEqual(whole);
        }
      }),
    );

    if (traits.intraday) {
      it(
        '5 · longer intraday bars equal the resample of 1m where both exist',
        use(async (subject) => {
          const fine = subject.ranges['1m']!;
          const minutes = await read(subject, fine, '1m');
          let compared = 0;
          for (const interval of ['5m', '15m', '1h'] as const) {
            if (!subject.ranges[interval]) continue;
            for (const bar of await read(subject, fine, interval)) {
              if (bar.openTime < fine.from || bar.closeTime > fine.to) continue;
              expect(core(bar)).toEqual(
                resample(minutes.filter((m) => m.openTime >= bar.openTime && m.openTime < bar.closeTime)),
              );
              compared += 1;
            }
          }
          expect(compared).toBeGreaterThan(10);
        }),
        60_000,
      );
    } else {
      it(
        '5 · does not apply: the source offers no minutes to resample',
        use(async (subject) => {
          expect(subject.source.capabilities().intervals).not.toContain('1m');
        }),
      );
    }

    if (traits.actions) {
      it(
        '14 · splits and dividends agree with the jumps of raw bars',
        use(async (subject) => {
          const range = subject.actionsRange!;
          const bars = await read(subject, range, '1d');
          const actions = await settled(subject, subject.source.actions(range, context(subject)));
          const splits = actions.filter((action) => action.type === 'split');
          expect(splits.length).toBeGreaterThan(0);
          expect(
            actions.some((action) => action.type === 'dividend' && action.amount !== null && action.amount > 0),
          ).toBe(true);
          for (const [i, bar] of bars.entries()) {
            const before = bars[i - 1];
            if (before === undefined) continue;
            const due = splits.filter(({ exAt }) => exAt > before.openTime && exAt <= bar.openTime);
            const ratio = due.reduce((product, split) => product * split.ratio!, 1);
            // The market moves over a night as well: the ratio must explain all but an ordinary move, and where no
            // split is told there must be no jump like one.
            expect(Math.abs(Math.log(before.c / bar.o / ratio))).toBeLessThan(0.2);
          }
          const now = subject.source.clock.now();
          for (const action of actions) {
            expect(action.exAt >= range.from && action.exAt < range.to).toBe(true);
            expect(action.knownAt <= action.exAt && action.knownAt <= now).toBe(true);
          }
          const kinds = ['ex_dividend', 'split', 'earnings'] as const;
          const asked = { symbols: [range.symbol, subject.unknown], from: range.from, to: range.to, kinds };
          const events = await settled(subject, subject.source.events(asked, context(subject)));
          expect(events.map(({ at }) => at)).toEqual(actions.map(({ exAt }) => exAt).sort((a, b) => a - b));
          const offers = subject.source.capabilities().events;
          expect(events.every(({ kind, symbol }) => offers.includes(kind) && symbol === range.symbol)).toBe(true);
        }),
      );
    } else {
      it(
        '14 · does not apply: the source knows no corporate actions',
        use(async (subject) => {
          expect(subject.source.capabilities().actions).toBe(false);
          const none = subject.source.actions(
            { symbol: subject.known[0], from: 0, to: subject.source.clock.now() },
            context(subject),
          );
          expect(await settled(subject, none)).toEqual([]);
        }),
      );
    }
  });
}

function offered(subject: ContractSubject): [Interval, BarRange][] {
  const intervals = subject.source.capabilities().intervals;
  const pairs = INTERVALS.filter((interval) => intervals.includes(interval)).map(
    (interval): [Interval, BarRange | undefined] => [interval, subject.ranges[interval]],
  );
  for (const [interval, range] of pairs) if (!range) throw new Error(`The harness gives no range for ${interval}.`);
  return pairs as [Interval, BarRange][];
}

function read(subject: ContractSubject, range: BarRange, interval: Interval): Promise<Bar[]> {
  return settled(subject, subject.source.bars(query(range, interval), context(subject)));
}

/** What is wrong with a bar; collected, since thousands of single expectations are slow. */
function unsound(bar: Bar, previous: Bar | undefined, range: BarRange, interval: Interval): string[] {
  const prices = [bar.o, bar.h, bar.l, bar.c];
  const rules: [string, boolean][] = [
    ['symbol', bar.symbol === range.symbol],
    ['interval', bar.interval === interval],
    ['inside the range', bar.openTime >= range.from && bar.openTime < range.to],
    ['closes after it opens', bar.closeTime > bar.openTime],
    ['ascending', previous === undefined || bar.openTime >= previous.closeTime],
    ['prices', prices.every((price) => Number.isSafeInteger(price) && price > 0)],
    ['high', bar.h >= Math.max(bar.o, bar.c)],
    ['low', bar.l <= Math.min(bar.o, bar.c)],
    ['volume', bar.volume === null || bar.volume >= 0],
  ];
  return rules.filter(([, holds]) => !holds).map(([rule]) => `${interval} ${bar.openTime}: ${rule}`);
}

interface Core {
  readonly o: number | undefined;
  readonly h: number;
  readonly l: number;
  readonly c: number | undefined;
  readonly volume: number | null;
}

function core(bar: Bar): Core {
  return { o: bar.o, h: bar.h, l: bar.l, c: bar.c, volume: bar.volume };
}

/** The slow and obvious resample: first open, highest high, lowest low, last close, sum of volumes. */
function resample(minutes: readonly Bar[]): Core {
  const volumes = minutes.map((bar) => bar.volume);
  return {
    o: minutes[0]?.o,
    h: Math.max(...minutes.map((bar) => bar.h)),
    l: Math.min(...minutes.map((bar) => bar.l)),
    c: minutes.at(-1)?.c,
    volume: volumes.includes(null) ? null : volumes.reduce<number>((sum, volume) => sum + (volume ?? 0), 0),
  };
}

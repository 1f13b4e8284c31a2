import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { Interval, Symbol } from '@ziggy/domain';
import { CALENDAR_EVENT_KINDS, SourceError } from '../port.ts';
import type { ContractSubject, ContractTraits } from './contract-subject.ts';
import { codeOf, context, outcome, query, QuoteLog, settled } from './contract-subject.ts';

type Use = (run: (subject: ContractSubject) => Promise<void>) => () => Promise<void>;

/** Texts that no upstream may ever see as a symbol. */
export const HOSTILE_SYMBOLS = [
  '../../etc/passwd',
  'A..B',
  'AAPL/../../v1/test',
  'AAPL?crumb=x',
  'AAPL&symbols=EVIL',
  'AAPL%2F..',
  'AAPL#x',
  'A A',
  'AAPL\r\nHost: evil',
  "A'; DROP TABLE bar;--",
  '<SCRIPT>',
  '',
  'Ａ',
  'A'.repeat(33),
  '=CMD',
] as const;

/** Points 9, 10, 13, 16 and 17: what happens when things go wrong. */
export function faultPoints(use: Use, traits: ContractTraits, randomCalls: number): void {
  describe('faults', () => {
    it(
      '9 · abort settles within 100 ms and leaves no timer, request or listener',
      use(async (subject) => {
        const { source, time, upstream } = subject;
        const interval = source.capabilities().intervals[0]!;
        const ask = query(subject.ranges[interval]!, interval);

        upstream?.hang();
        const control = new AbortController();
        if (!upstream) control.abort();
        const call = source.bars(ask, context(subject, { signal: control.signal }));
        call.catch(() => undefined);
        if (upstream) await time.until(() => upstream.open() > 0, 5_000);
        control.abort();
        const end = await outcome(subject, call);
        expect(end.tookMs).toBeLessThanOrEqual(100);
        expect(end).toMatchObject({ ok: false, error: { code: 'Cancelled' } });
        expect(getEventListeners(control.signal, 'abort')).toEqual([]);
        expect(upstream?.open() ?? 0).toBe(0);

        const log = new QuoteLog(source, subject.known);
        const news = source.news$().subscribe();
        await time.advance(1_000);
        log.stop();
        news.unsubscribe();
        await source.close();
        await time.advance(0);
        expect(time.pending()).toBe(0);
        expect(upstream?.open() ?? 0).toBe(0);
      }),
    );

    if (traits.upstream) {
      it(
        '10 · the deadline is kept within 50 ms while upstream hangs',
        use(async (subject) => {
          const { source, upstream } = subject;
          upstream?.hang();
          const interval = source.capabilities().intervals.at(-1)!;
          const calls: [() => Promise<unknown>, number][] = [
            [
              () => source.bars(query(subject.ranges[interval]!, interval), context(subject, { withinMs: 1_500 })),
              1_500,
            ],
            [() => source.instrument(subject.known[0], context(subject, { withinMs: 700 })), 700],
            [() => source.search({ text: 'ab', limit: 5 }, context(subject, { withinMs: 2_200 })), 2_200],
          ];
          for (const [call, withinMs] of calls) {
            const end = await outcome(subject, call());
            expect(end).toMatchObject({ ok: false, error: { code: 'Timeout' } });
            expect(Math.abs(end.tookMs - withinMs)).toBeLessThanOrEqual(50);
          }
        }),
      );
    } else {
      it(
        '10 · a deadline that has passed is Timeout (no upstream to hang)',
        use(async (subject) => {
          const interval = subject.source.capabilities().intervals[0]!;
          const late = context(subject, { withinMs: -1 });
          const call = subject.source.bars(query(subject.ranges[interval]!, interval), late);
          expect(subject.upstream).toBeUndefined();
          expect(await codeOf(subject, call)).toBe('Timeout');
        }),
      );
    }

    it(
      '13 · traversal and injection symbols never arrive',
      use(async (subject) => {
        const { source } = subject;
        const interval = source.capabilities().intervals.at(-1)!;
        const log = new QuoteLog(source, HOSTILE_SYMBOLS as unknown as Symbol[]);
        for (const text of HOSTILE_SYMBOLS) {
          const symbol = text as Symbol;
          const range = { ...subject.ranges[interval]!, symbol };
          expect(['BadRequest', 'NotFound']).toContain(
            await codeOf(subject, source.bars(query(range, interval), context(subject))),
          );
          const found = await outcome(subject, source.instrument(symbol, context(subject)));
          if (found.ok) expect(found.value).toBeNull();
          else expect(found.error).toBeInstanceOf(SourceError);
        }
        await subject.time.advance(1_000);
        log.stop();
        expect(log.quotes).toEqual([]);
        expect(subject.upstream?.arrivals() ?? []).toEqual([]);
      }),
    );

    it(
      '16 · health answers in under 5 ms in an outage and calls nobody',
      use(async (subject) => {
        const { source, upstream } = subject;
        upstream?.fail();
        const interval = source.capabilities().intervals.at(-1)!;
        await outcome(subject, source.bars(query(subject.ranges[interval]!, interval), context(subject)));
        const asked = upstream?.arrivals().length;
        const times = Array.from({ length: 50 }, () => {
          const began = performance.now();
          source.health();
          return performance.now() - began;
        }).sort((a, b) => a - b);
        // The 95th percentile: a garbage collection may fall into one of fifty.
        expect(times[47]).toBeLessThan(5);
        expect(upstream?.arrivals().length).toBe(asked);
        if (upstream) expect(source.health().state).not.toBe('ok');
        if (upstream) expect(source.health().lastError).not.toBeNull();
      }),
    );

    it(
      `17 · ${randomCalls} random calls throw nothing but SourceError`,
      use(async (subject) => {
        const random = seeded(20_260_301);
        const ended = { fulfilled: 0, rejected: 0 };
        for (let done = 0; done < randomCalls; done += 250) {
          const calls = Array.from({ length: Math.min(250, randomCalls - done) }, () => randomCall(subject, random));
          const ends = await settled(subject, Promise.allSettled(calls), 100);
          for (const end of ends) {
            ended[end.status]++;
            if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(SourceError);
          }
        }
        // A source that answers nothing, or everything, was not asked enough.
        expect(Math.min(ended.fulfilled, ended.rejected)).toBeGreaterThan(randomCalls / 100);
      }),
      120_000,
    );
  });
}

type Random = () => number;

/** A small generator (mulberry32), so that a failing run can be repeated. */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function randomCall(subject: ContractSubject, random: Random): Promise<unknown> {
  const { source } = subject;
  const control = new AbortController();
  if (random() < 0.1) control.abort();
  const ctx = context(subject, {
    signal: control.signal,
    withinMs: Math.floor(random() * 3_000) - 100,
    priority: pick(random, ['interactive', 'poll', 'backfill']),
  });
  const symbol = randomSymbol(subject, random);
  const from = randomInstant(subject, random);
  const to = random() < 0.7 ? from + Math.floor(random() * 4 * 86_400_000) : randomInstant(subject, random);
  switch (Math.floor(random() * 5)) {
    case 3:
      return source.events({ symbols: [symbol, subject.known[0]], from, to, kinds: CALENDAR_EVENT_KINDS }, ctx);
    case 0:
      return source.search({ text: randomText(random), limit: pick(random, [0, 1, 5, 50, -1, 1e9, Number.NaN]) }, ctx);
    case 1:
      return source.instrument(symbol, ctx);
    case 2:
      return source.actions({ symbol, from, to }, ctx);
    default:
      return source.bars(
        {
          symbol,
          interval: pick(random, ['1m', '5m', '15m', '1h', '1d', '7m' as Interval, '' as Interval]),
          from,
          to,
          extended: random() < 0.5,
        },
        ctx,
      );
  }
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

function randomSymbol(subject: ContractSubject, random: Random): Symbol {
  return pick(random, [
    ...subject.known,
    subject.unknown,
    pick(random, HOSTILE_SYMBOLS),
    randomText(random),
  ] as Symbol[]);
}

function randomInstant(subject: ContractSubject, random: Random): number {
  const now = subject.source.clock.now();
  return pick(random, [
    0,
    now,
    now - random() * 86_400_000 * 10_000,
    now + random() * 1e12,
    -1e15,
    8.64e15 * 2,
    Number.NaN,
    Infinity,
    -Infinity,
    0.5,
  ]);
}

function randomText(random: Random): string {
  return Array.from({ length: Math.floor(random() * 12) }, () =>
    String.fromCharCode(Math.floor(random() * 0x3000)),
  ).join('');
}

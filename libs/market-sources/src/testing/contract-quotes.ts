import { describe, expect, it } from '@jest/globals';
import type { Bar, QuoteUpdate } from '@ziggy/domain';
import { KINDS, PHASES } from '@ziggy/domain';
import type { ContractSubject } from './contract-subject.ts';
import type { RawNews } from '../port.ts';
import { codeOf, context, query, QuoteLog, settled } from './contract-subject.ts';

type Use = (run: (subject: ContractSubject) => Promise<void>) => () => Promise<void>;

/** Points 6 to 8, 11 and 12: what quotes promise. */
export function quotePoints(use: Use): void {
  describe('quotes', () => {
    it(
      '6 · an unknown symbol has no figure in quotes and is NotFound in bars; the others are unharmed',
      use(async (subject) => {
        const { source, unknown, known } = subject;
        const log = new QuoteLog(source, [unknown, ...known]);
        await subject.time.until(
          () => known.every((symbol) => log.of(symbol).length > 0),
          2 * subject.quoteEveryMs + 1_000,
        );
        expect(log.of(unknown).filter((quote) => quote.price !== null)).toEqual([]);
        expect(known.every((symbol) => log.of(symbol).some((quote) => quote.price !== null))).toBe(true);
        expect(log.errors).toEqual([]);
        log.stop();
        const interval = source.capabilities().intervals.at(-1)!;
        const range = { ...subject.ranges[interval]!, symbol: unknown };
        expect(await codeOf(subject, source.bars(query(range, interval), context(subject)))).toBe('NotFound');
        expect(await settled(subject, source.instrument(unknown, context(subject)))).toBeNull();
        expect(await settled(subject, source.instrument(known[0], context(subject)))).toMatchObject({
          symbol: known[0],
        });
      }),
    );

    it(
      '7 · the wanted set acts within a second, and taking a symbol away and back in one go keeps it',
      use(async (subject) => {
        const { source, known, time } = subject;
        const [first] = known;
        const log = new QuoteLog(source, []);
        await time.advance(1_000);
        expect(log.quotes).toEqual([]);

        log.want([first]);
        await time.until(() => log.of(first).length > 0, 1_000);

        log.want([]);
        log.want([first]);
        const before = log.of(first).length;
        await time.until(() => log.of(first).length > before, 2 * subject.quoteEveryMs + 1_000);

        log.want([]);
        await time.advance(1_000);
        const after = log.quotes.length;
        await time.advance(2 * subject.quoteEveryMs);
        expect(log.quotes.length).toBe(after);
        log.stop();
      }),
    );

    it(
      '8 · per symbol seq rises and exchangeAt never falls',
      use(async (subject) => {
        const log = await watch(subject);
        for (const symbol of subject.known) {
          const quotes = log.of(symbol);
          expect(quotes.length).toBeGreaterThan(2);
          for (const [i, quote] of quotes.entries()) {
            const last = quotes[i - 1];
            if (!last) continue;
            expect(quote.seq).toBeGreaterThan(last.seq);
            expect(quote.exchangeAt).toBeGreaterThanOrEqual(last.exchangeAt);
          }
        }
      }),
    );

    it(
      '11 · every value has its source, kind and time, and unknown is null',
      use(async (subject) => {
        const { source } = subject;
        const log = await watch(subject);
        for (const quote of log.quotes) expectWhole(quote);
        for (const interval of source.capabilities().intervals) {
          const bars = await settled(
            subject,
            source.bars(query(subject.ranges[interval]!, interval), context(subject)),
          );
          const whole = (bar: Bar): boolean =>
            bar.market === source.market && bar.source === source.id && KINDS.includes(bar.kind);
          expect(bars.filter((bar) => !whole(bar))).toEqual([]);
        }
        expect(source.market.length).toBeGreaterThan(0);
      }),
    );

    it(
      '11 · every headline has an id, a title, a publisher, a time and its kind, once; without news the stream ends',
      use(async (subject) => {
        const { source, time } = subject;
        const told: RawNews[] = [];
        let ended = false;
        const news = source.news$().subscribe({ next: (batch) => told.push(...batch), complete: () => (ended = true) });
        if (!source.capabilities().news) {
          await time.advance(0);
          expect([ended, told]).toEqual([true, []]);
          return;
        }
        await time.until(() => told.length > 5, 60_000);
        news.unsubscribe();
        expect(new Set(told.map(({ guid }) => guid)).size).toBe(told.length);
        const now = source.clock.now();
        for (const item of told) {
          expect(item.guid.length * item.title.length * item.publisher.length).toBeGreaterThan(0);
          expect(KINDS).toContain(item.kind);
          expect(item.receivedAt <= now && (item.publishedAt ?? 0) <= item.receivedAt).toBe(true);
        }
      }),
    );

    it(
      '12 · the kind is never better than the source can be',
      use(async (subject) => {
        const best = KINDS.indexOf(subject.source.capabilities().bestKind);
        const log = await watch(subject);
        for (const quote of log.quotes) expect(KINDS.indexOf(quote.kind)).toBeGreaterThanOrEqual(best);
        for (const interval of subject.source.capabilities().intervals) {
          const range = subject.ranges[interval]!;
          const bars = await settled(subject, subject.source.bars(query(range, interval), context(subject)));
          expect(bars.filter((bar) => KINDS.indexOf(bar.kind) < best)).toEqual([]);
        }
      }),
    );
  });
}

/** Watches all known symbols long enough for several quotes of each. */
async function watch(subject: ContractSubject): Promise<QuoteLog> {
  const log = new QuoteLog(subject.source, subject.known);
  await subject.time.until(
    () => subject.known.every((symbol) => log.of(symbol).length > 2),
    6 * subject.quoteEveryMs + 2_000,
    Math.max(50, Math.floor(subject.quoteEveryMs / 20)),
  );
  log.stop();
  return log;
}

function expectWhole(quote: QuoteUpdate): void {
  expect(KINDS).toContain(quote.kind);
  expect(PHASES).toContain(quote.marketState);
  for (const time of [quote.exchangeAt, quote.receivedAt]) expect(Number.isFinite(time) && time > 0).toBe(true);
  const prices = [quote.price, quote.bid, quote.ask, quote.open, quote.high, quote.low, quote.prevClose];
  for (const price of prices) expect(price === null || (Number.isSafeInteger(price) && price > 0)).toBe(true);
  for (const size of [quote.bidSize, quote.askSize, quote.volume]) {
    expect(size === null || (Number.isFinite(size) && size >= 0)).toBe(true);
  }
  expect(quote.delayMinutes === null || quote.delayMinutes >= 0).toBe(true);
}

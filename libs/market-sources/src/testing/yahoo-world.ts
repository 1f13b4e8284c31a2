import type { Bar, Interval, Symbol } from '@ziggy/domain';
import type { CallContext } from '../port.ts';
import { SourceError } from '../port.ts';
import type { DriftNote } from '../yahoo/calls.ts';
import type { WireRecord, WireTapeLine } from '../yahoo/wire.ts';
import { YahooSource } from '../yahoo/yahoo-source.ts';
import { outcome, QuoteLog } from './contract-subject.ts';
import type { Outcome } from './contract-subject.ts';
import { FakeYahoo } from './fake-yahoo.ts';
import { VirtualTime } from './virtual-time.ts';

/** A Wednesday, an hour and a half into New York's session. */
export const WEDNESDAY = Date.UTC(2026, 2, 11, 15);

/** The Yahoo source over the real library, a Yahoo of our own, and a clock that is moved by hand. */
export class YahooWorld {
  readonly time: VirtualTime;
  readonly yahoo: FakeYahoo;
  readonly source: YahooSource;
  readonly records: WireRecord[] = [];
  readonly tape: WireTapeLine[] = [];
  readonly drifts: DriftNote[] = [];

  /** @param fetch answers in place of the Yahoo of our own, e.g. from a wire tape. */
  constructor(now = WEDNESDAY, random: () => number = () => 0.5, fetch: typeof globalThis.fetch | null = null) {
    this.time = new VirtualTime(now);
    this.yahoo = new FakeYahoo(this.time);
    this.source = new YahooSource({
      fetch: fetch ?? this.yahoo.fetch,
      wallClock: this.time,
      timers: this.time,
      random,
      queueIntervalMs: 0,
      onRecord: (record) => this.records.push(record),
      onTape: (line) => this.tape.push(line),
      onDrift: (note) => this.drifts.push(note),
    });
  }

  context(withinMs = 60_000): CallContext {
    return { deadlineAt: this.time.now() + withinMs, signal: new AbortController().signal, priority: 'interactive' };
  }

  run<T>(call: Promise<T>, stepMs = 20): Promise<Outcome<T>> {
    return outcome(this, call, { stepMs });
  }

  /** The value; throws what the call threw. */
  async value<T>(call: Promise<T>): Promise<T> {
    const end = await this.run(call);
    if (!end.ok) throw end.error;
    return end.value;
  }

  /** The error of a call that must fail. */
  async failure(call: Promise<unknown>): Promise<SourceError> {
    const end = await this.run(call);
    if (!end.ok && end.error instanceof SourceError) return end.error;
    throw new Error(`Not a SourceError: ${end.ok ? JSON.stringify(end.value)?.slice(0, 200) : String(end.error)}`);
  }

  bars(
    symbol: string,
    interval: Interval,
    from: number,
    to: number,
    more: { withinMs?: number; extended?: boolean } = {},
  ): Promise<Bar[]> {
    const query = { symbol: symbol as Symbol, interval, from, to, extended: more.extended ?? false };
    return this.source.bars(query, this.context(more.withinMs));
  }

  /** A short daily range of an ordinary symbol. */
  days(symbol = 'ZZA'): Promise<Bar[]> {
    return this.bars(symbol, '1d', Date.UTC(2026, 1, 2), Date.UTC(2026, 2, 3));
  }

  watch(symbols: readonly string[]): QuoteLog {
    return new QuoteLog(this.source, symbols as readonly Symbol[]);
  }

  /** Closes the source and checks that nothing is left of it. */
  async end(): Promise<void> {
    await this.source.close();
    await this.time.advance(0);
    if (this.time.pending() > 0 || this.yahoo.open > 0) {
      throw new Error(`Left behind: ${this.time.pending()} timers, ${this.yahoo.open} requests.`);
    }
  }
}

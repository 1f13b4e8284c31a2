import type { Interval, QuoteUpdate, Symbol } from '@ziggy/domain';
import type { Observable, Subscription } from 'rxjs';
import { BehaviorSubject } from 'rxjs';
import type { BarsQuery, CallContext, MarketSource } from '../port.ts';
import { SourceError } from '../port.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A symbol and a range in which it has bars (epoch ms of market time, `[from, to)`). */
export interface BarRange {
  readonly symbol: Symbol;
  readonly from: number;
  readonly to: number;
}

/** Test control over what a source calls. Absent for a source that calls nobody. */
export interface ContractUpstream {
  /** From now on no request is answered. */
  hang(): void;
  /** From now on every request is refused. */
  fail(): void;
  /** Addresses asked so far. */
  arrivals(): readonly string[];
  /** Requests that are not settled. */
  open(): number;
}

/** One source under test with what the suite must know of its world. */
export interface ContractSubject {
  readonly source: MarketSource;
  /** Wall clock and timers that the source was built with. */
  readonly time: VirtualTime;
  /** Symbols that have quotes; with two or more, the suite also takes one away. */
  readonly known: readonly [Symbol, ...Symbol[]];
  /** A symbol of good grammar that does not exist. */
  readonly unknown: Symbol;
  /** Per offered interval a range with at least 5 bars; the intraday ranges overlap. */
  readonly ranges: Readonly<Partial<Record<Interval, BarRange>>>;
  /** A range that holds no session at all, such as a weekend or a holiday. */
  readonly closedRange: BarRange;
  /** A range of daily bars with a split and a dividend inside. */
  readonly actionsRange?: BarRange;
  /** Within this much wall time every wanted symbol gets a fresh quote (ms). */
  readonly quoteEveryMs: number;
  readonly upstream?: ContractUpstream;
}

/** What kind of source it is; the suite checks each trait against the source's capabilities before it relies on it. */
export interface ContractTraits {
  /** Offers 1m bars and at least one interval above. */
  readonly intraday: boolean;
  readonly actions: boolean;
  readonly search: boolean;
  /** Calls somebody outside the process. */
  readonly upstream: boolean;
  /** Same inputs give equal bytes: simulated and recorded markets. */
  readonly repeatable: boolean;
}

export function context(
  subject: ContractSubject,
  more: Partial<CallContext> & { withinMs?: number } = {},
): CallContext {
  return {
    deadlineAt: more.deadlineAt ?? subject.time.now() + (more.withinMs ?? 60_000),
    signal: more.signal ?? new AbortController().signal,
    priority: more.priority ?? 'interactive',
  };
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly tookMs: number }
  | { readonly ok: false; readonly error: unknown; readonly tookMs: number };

/** Runs virtual time until the call settles. `tookMs` is virtual, exact to `stepMs`. */
export async function outcome<T>(
  subject: Pick<ContractSubject, 'time'>,
  call: Promise<T>,
  { withinMs = 120_000, stepMs = 10 } = {},
): Promise<Outcome<T>> {
  const began = subject.time.now();
  let settled: Outcome<T> | null = null;
  void call.then(
    (value) => (settled = { ok: true, value, tookMs: subject.time.now() - began }),
    (error: unknown) => (settled = { ok: false, error, tookMs: subject.time.now() - began }),
  );
  await subject.time.until(() => settled !== null, withinMs, stepMs);
  return settled as unknown as Outcome<T>;
}

/** The value of a call; its error is thrown. */
export async function settled<T>(subject: ContractSubject, call: Promise<T>, stepMs = 10): Promise<T> {
  const end = await outcome(subject, call, { stepMs });
  if (!end.ok) throw end.error;
  return end.value;
}

/** The code of the {@link SourceError} that a call ends with; any other end is returned as text. */
export async function codeOf(subject: ContractSubject, call: Promise<unknown>): Promise<string> {
  const end = await outcome(subject, call);
  if (end.ok) return 'no error';
  return end.error instanceof SourceError ? end.error.code : `not a SourceError: ${String(end.error)}`;
}

/** Asks for bars of a range of the subject. */
export function query(range: BarRange, interval: Interval, more: Partial<BarsQuery> = {}): BarsQuery {
  return { symbol: range.symbol, interval, from: range.from, to: range.to, extended: false, ...more };
}

/** Subscribes to quotes and keeps all of them. */
export class QuoteLog {
  readonly quotes: QuoteUpdate[] = [];
  readonly errors: unknown[] = [];
  readonly wanted$: BehaviorSubject<ReadonlySet<Symbol>>;
  readonly #subscription: Subscription;

  constructor(source: MarketSource, symbols: Iterable<Symbol>) {
    this.wanted$ = new BehaviorSubject<ReadonlySet<Symbol>>(new Set(symbols));
    const quotes$: Observable<readonly QuoteUpdate[]> = source.quotes$(this.wanted$);
    this.#subscription = quotes$.subscribe({
      next: (batch) => this.quotes.push(...batch),
      error: (error: unknown) => this.errors.push(error),
    });
  }

  want(symbols: Iterable<Symbol>): void {
    this.wanted$.next(new Set(symbols));
  }

  of(symbol: Symbol): QuoteUpdate[] {
    return this.quotes.filter((quote) => quote.symbol === symbol);
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }
}

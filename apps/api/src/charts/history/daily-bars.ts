import { calendarOf } from '@ziggy/domain';
import type { Bar, Instrument, Symbol } from '@ziggy/domain';
import { SingleFlight } from '../../market/source/single-flight.ts';
import { adjustBars } from './adjust.ts';
import type { BarHistory } from './bar-history.ts';
import type { RevisedBar } from '../store/bar-store.ts';
import type { BarListener } from '../live/live-bars.ts';

/** Symbols whose daily bars are held, besides those that are kept: what callers look at. */
const SERIES_MAX = 400;
const DAY_MS = 86_400_000;

interface Held {
  /** Complete, split-adjusted, ascending. */
  bars: readonly Bar[];
  readonly from: number;
  /** The next session's close: then a new bar is due, and the series is read again unless it came by itself. */
  dueAt: number;
}

/** Complete daily bars, adjusted for splits, held in memory for what is computed from them at every request. */
export class DailyBars implements BarListener {
  readonly #history: Pick<BarHistory, 'bars' | 'actions'>;
  readonly #marketNow: () => number;
  readonly #held = new Map<Symbol, Held>();
  #kept: ReadonlySet<Symbol> = new Set();
  readonly #reading = new SingleFlight<readonly Bar[]>();

  constructor(history: Pick<BarHistory, 'bars' | 'actions'>, marketNow: () => number) {
    this.#history = history;
    this.#marketNow = marketNow;
  }

  /** These symbols are held for good, once they are known: the regime is judged from all of its members at once. */
  keep(symbols: Iterable<Symbol>): void {
    this.#kept = new Set(symbols);
  }

  /** What is held now, without asking anybody. */
  peek(symbol: Symbol): readonly Bar[] | null {
    return this.#held.get(symbol)?.bars ?? null;
  }

  /** Complete daily bars of the last so many days, or what there is. Never throws; empty when nothing is known. */
  async get(
    instrument: Instrument,
    days: number,
    priority: 'interactive' | 'backfill',
    withinMs: number,
  ): Promise<readonly Bar[]> {
    const now = this.#marketNow();
    const from = now - days * DAY_MS;
    const { symbol } = instrument;
    const held = this.#held.get(symbol);
    if (held !== undefined && held.from <= from && now < held.dueAt) {
      this.#held.delete(symbol);
      this.#held.set(symbol, held);
      return held.bars;
    }
    return this.#reading.run(`${symbol}|${days}`, () => this.#read(instrument, from, now, priority, withinMs));
  }

  onClosed(bar: Bar): void {
    if (bar.interval !== '1d') return;
    const held = this.#held.get(bar.symbol);
    const last = held?.bars.at(-1);
    if (held === undefined || (last !== undefined && bar.openTime < last.openTime)) return;
    const before = last !== undefined && last.openTime === bar.openTime ? held.bars.slice(0, -1) : held.bars;
    held.bars = [...before, bar];
    held.dueAt = Math.max(held.dueAt, bar.closeTime + DAY_MS);
  }

  /** A day of the past was corrected: it is read again when somebody asks. */
  onRevised({ symbol, interval, openTime }: RevisedBar): void {
    const newest = this.#held.get(symbol)?.bars.at(-1)?.openTime;
    // The newest day comes by itself.
    if (interval === '1d' && newest !== undefined && openTime < newest) this.forget(symbol);
  }

  /** Forgets a symbol, e.g. because a split changed its past. */
  forget(symbol: Symbol): void {
    this.#held.delete(symbol);
  }

  async #read(
    instrument: Instrument,
    from: number,
    now: number,
    priority: 'interactive' | 'backfill',
    withinMs: number,
  ): Promise<readonly Bar[]> {
    const asked = { instrument, interval: '1d', from, to: now, limit: null, priority, withinMs } as const;
    const [series, actions] = await Promise.all([
      this.#history.bars(asked),
      this.#history.actions(instrument, withinMs),
    ]);
    const bars = adjustBars(
      series.bars.filter((bar) => bar.complete),
      actions,
      'splits',
      now,
    );
    if (series.failure === null) {
      this.#held.set(instrument.symbol, { bars, from, dueAt: nextDue(instrument, now) });
      this.#evict();
    }
    return bars;
  }

  /** Lets the least used go. The kept ones are few enough to be looked past. */
  #evict(): void {
    if (this.#held.size <= SERIES_MAX + this.#kept.size) return;
    for (const symbol of this.#held.keys()) {
      if (this.#kept.has(symbol)) continue;
      this.#held.delete(symbol);
      return;
    }
  }
}

/** When the bar after the newest complete one must be there: a while after the present or next session's close. */
function nextDue(instrument: Instrument, now: number): number {
  const calendar = calendarOf(instrument.calendar);
  const last = calendar.lastOpened(now);
  return (last.close > now ? last.close : calendar.nextOpening(now).close) + 60_000;
}

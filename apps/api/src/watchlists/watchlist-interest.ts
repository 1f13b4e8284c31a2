import type { Symbol } from '@ziggy/domain';
import type { Demand } from '../market/source/demand.ts';
import type { InstrumentDirectory } from '../market/instruments/instrument-directory.ts';

/** A list that nobody saw for so long is not kept fresh any more. */
export const SEEN_FOR_MS = 24 * 3_600_000;
/** Lists that are kept fresh at once; beyond, the one that was not seen for the longest time goes. */
const LISTS_MAX = 2_000;

interface Seen {
  at: number;
  symbols: ReadonlySet<Symbol>;
}

export interface InterestOptions {
  readonly demand: Pick<Demand, 'acquire' | 'release'>;
  readonly directory: Pick<InstrumentDirectory, 'get' | 'resolve'>;
  readonly now: () => number;
}

/**
 * Keeps the symbols of the watchlists fresh that were seen in the last 24 hours. Seeing costs nothing: unknown symbols
 * are looked up one after another, behind the answer. What was seen is held in memory, so that reading writes nothing.
 */
export class WatchlistInterest {
  readonly #options: InterestOptions;
  readonly #seen = new Map<string, Seen>();
  /** Lists that hold a symbol. */
  readonly #holders = new Map<Symbol, number>();
  readonly #wanted = new Set<Symbol>();
  readonly #unresolved = new Set<Symbol>();
  #resolving: Promise<void> | null = null;
  #stopped = false;

  constructor(options: InterestOptions) {
    this.#options = options;
  }

  /** A list was read or written. */
  see(id: string, symbols: readonly string[]): void {
    if (this.#stopped) return;
    const next = new Set(symbols as readonly Symbol[]);
    const before = this.#seen.get(id)?.symbols ?? new Set<Symbol>();
    this.#seen.delete(id);
    this.#seen.set(id, { at: this.#options.now(), symbols: next });
    for (const symbol of next) if (!before.has(symbol)) this.#hold(symbol);
    for (const symbol of before) if (!next.has(symbol)) this.#letGo(symbol);
    // Again for what found no room, or was not known, the last time.
    for (const symbol of next) if (!this.#wanted.has(symbol)) this.#unresolved.add(symbol);
    while (this.#seen.size > LISTS_MAX) this.forget(this.#seen.keys().next().value as string);
    this.#resolve();
  }

  forget(id: string): void {
    const seen = this.#seen.get(id);
    if (seen === undefined) return;
    this.#seen.delete(id);
    for (const symbol of seen.symbols) this.#letGo(symbol);
  }

  /** Forgets what nobody saw for a day. Lists stand in the order in which they were seen. */
  sweep(): void {
    const oldest = this.#options.now() - SEEN_FOR_MS;
    for (const [id, { at }] of this.#seen) {
      if (at > oldest) return;
      this.forget(id);
    }
  }

  /** Resolves once no symbol waits to be looked up. */
  async settled(): Promise<void> {
    await this.#resolving;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unresolved.clear();
    await this.#resolving;
  }

  #hold(symbol: Symbol): void {
    this.#holders.set(symbol, (this.#holders.get(symbol) ?? 0) + 1);
  }

  #letGo(symbol: Symbol): void {
    const count = (this.#holders.get(symbol) ?? 0) - 1;
    if (count > 0) {
      this.#holders.set(symbol, count);
      return;
    }
    this.#holders.delete(symbol);
    this.#unresolved.delete(symbol);
    if (this.#wanted.delete(symbol)) this.#options.demand.release(symbol, 'watchlist');
  }

  #resolve(): void {
    if (this.#unresolved.size === 0) return;
    this.#resolving ??= this.#resolveAll().finally(() => (this.#resolving = null));
  }

  async #resolveAll(): Promise<void> {
    for (;;) {
      const [symbol] = this.#unresolved;
      if (symbol === undefined) return;
      this.#unresolved.delete(symbol);
      const { directory, demand } = this.#options;
      if (directory.get(symbol) === undefined && !('instrument' in (await directory.resolve(symbol)))) continue;
      if (this.#stopped || !this.#holders.has(symbol) || this.#wanted.has(symbol)) continue;
      if (demand.acquire(symbol, 'watchlist')) this.#wanted.add(symbol);
    }
  }
}

import type { Clock, Symbol } from '@ziggy/domain';
import { SourceError } from '../port.ts';

/** How long a symbol that Yahoo did not know is not asked for again. It proves nothing about a delisting. */
const KEPT_MS = 3_600_000;
const KEPT = 2_000;

/** Remembers symbols that were not found, so that a mistyped one costs one request an hour. */
export class NotFoundMemory {
  readonly #clock: Clock;
  readonly #until = new Map<Symbol, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `ask` unless the symbol is remembered. @throws SourceError `NotFound` then, and whatever `ask` throws. */
  async guard<T>(symbol: Symbol, ask: () => Promise<T>): Promise<T> {
    const until = this.#until.get(symbol);
    if (until !== undefined && this.#clock.now() < until) {
      throw new SourceError('NotFound', 'Yahoo did not know the symbol within the last hour.', { upstreamStatus: 404 });
    }
    try {
      return await ask();
    } catch (error) {
      if (error instanceof SourceError && error.code === 'NotFound') this.#remember(symbol);
      throw error;
    }
  }

  #remember(symbol: Symbol): void {
    this.#until.delete(symbol);
    this.#until.set(symbol, this.#clock.now() + KEPT_MS);
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= KEPT) break;
      this.#until.delete(oldest);
    }
  }
}

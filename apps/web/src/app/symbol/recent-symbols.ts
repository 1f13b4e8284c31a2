import { Injectable, signal } from '@angular/core';

const MOST = 8;
/** Shown before anything was looked at. */
const FIRST = 'AAPL';

/** The symbols looked at in this visit, newest first. */
@Injectable({ providedIn: 'root' })
export class RecentSymbols {
  readonly #symbols = signal<readonly string[]>([]);
  readonly symbols = this.#symbols.asReadonly();

  latest(): string {
    return this.#symbols()[0] ?? FIRST;
  }

  add(symbol: string): void {
    this.#symbols.update((symbols) => [symbol, ...symbols.filter((other) => other !== symbol)].slice(0, MOST));
  }
}

import { Injectable, effect, inject, signal, untracked } from '@angular/core';
import type { MoverList, MoversAnswer } from '@ziggy/contracts';
import { QuotesStore } from './quotes.store.ts';
import { refreshWhileVisible } from './refresh.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';

export const MOVERS_EVERY_MS = 10_000;
const RETRY_MS = 5_000;
const LIMIT = 50;

/** One ranked list of the universe, read again every ten seconds. Provide it where it is shown. */
@Injectable()
export class MoversStore {
  readonly #rest = inject(Rest);
  readonly #list = signal<MoverList | null>(null);
  readonly #answer = new LatestRequest<MoversAnswer>();

  readonly answer = this.#answer.value;
  readonly problem = this.#answer.problem;

  constructor() {
    const quotes = inject(QuotesStore);
    const refresh = refreshWhileVisible({
      everyMs: MOVERS_EVERY_MS,
      retryMs: RETRY_MS,
      problem: this.problem,
      run: () => this.refresh(),
    });
    effect(() => {
      quotes.resets(); // another market: another universe
      this.#list();
      untracked(() => {
        this.#answer.clear();
        refresh.restart();
      });
    });
  }

  show(list: MoverList): void {
    this.#list.set(list);
  }

  refresh(): void {
    const list = this.#list();
    if (list !== null) void this.#answer.run((signal) => this.#rest.movers(list, LIMIT, signal));
  }
}

import { Injectable, effect, inject, untracked } from '@angular/core';
import type { BreadthAnswer } from '@ziggy/contracts';
import { QuotesStore } from './quotes.store.ts';
import { refreshWhileVisible } from './refresh.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';

export const BREADTH_EVERY_MS = 15_000;
const RETRY_MS = 5_000;

/** How the universe rises and falls, as a whole and by sector. Provide it where it is shown. */
@Injectable()
export class BreadthStore {
  readonly #rest = inject(Rest);
  readonly #all = new LatestRequest<BreadthAnswer>();
  readonly #sectors = new LatestRequest<BreadthAnswer>();

  readonly all = this.#all.value;
  readonly sectors = this.#sectors.value;
  readonly problem = this.#all.problem;
  readonly sectorProblem = this.#sectors.problem;

  constructor() {
    const quotes = inject(QuotesStore);
    const refresh = refreshWhileVisible({
      everyMs: BREADTH_EVERY_MS,
      retryMs: RETRY_MS,
      problem: this.problem,
      run: () => this.refresh(),
    });
    effect(() => {
      quotes.resets();
      untracked(() => {
        this.#all.clear();
        this.#sectors.clear();
        refresh.restart();
      });
    });
  }

  refresh(): void {
    void this.#all.run((signal) => this.#rest.breadth('all', signal));
    void this.#sectors.run((signal) => this.#rest.breadth('sector', signal));
  }
}

import { Injectable, effect, inject, untracked } from '@angular/core';
import type { SourcesAnswer } from '@ziggy/contracts';
import { refreshWhileVisible } from './refresh.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';
import { StreamStore } from './stream.store.ts';

export const SOURCES_EVERY_MS = 15_000;
const RETRY_MS = 5_000;

/** The market's source and its adapters, read again every 15 seconds while somebody looks. Provide it where it is shown. */
@Injectable()
export class SourcesStore {
  readonly #rest = inject(Rest);
  readonly #answer = new LatestRequest<SourcesAnswer>();

  readonly answer = this.#answer.value;
  readonly problem = this.#answer.problem;

  constructor() {
    const { source } = inject(StreamStore);
    const refresh = refreshWhileVisible({
      everyMs: SOURCES_EVERY_MS,
      retryMs: RETRY_MS,
      problem: this.problem,
      run: () => this.refresh(),
    });
    effect(() => {
      source(); // its state changed by the stream: not only then is it read
      untracked(() => refresh.restart());
    });
  }

  refresh(): void {
    void this.#answer.run((signal) => this.#rest.sources(signal));
  }
}

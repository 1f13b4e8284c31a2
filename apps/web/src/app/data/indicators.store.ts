import { Injectable, computed, inject } from '@angular/core';
import type { IndicatorEntry } from '@ziggy/contracts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';

/** The server's catalogue of indicators, read once a visit. */
@Injectable({ providedIn: 'root' })
export class IndicatorsStore {
  readonly #rest = inject(Rest);
  readonly #answer = new LatestRequest<readonly IndicatorEntry[]>();

  /** Null until the server has answered. */
  readonly catalogue = this.#answer.value;
  readonly problem = this.#answer.problem;
  readonly loading = this.#answer.loading;
  readonly byName = computed(
    () => new Map((this.catalogue() ?? []).map((entry) => [entry.name.toLowerCase(), entry] as const)),
  );

  /** Reads the catalogue unless it is there or on its way. */
  load(): void {
    if (this.catalogue() === null && !this.loading())
      void this.#answer.run(async (signal) => (await this.#rest.indicators(signal)).items);
  }
}

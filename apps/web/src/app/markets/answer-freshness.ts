import { computed, inject } from '@angular/core';
import type { Signal } from '@angular/core';
import type { WireProvenance } from '@ziggy/contracts';
import { freshnessOf } from '@ziggy/ui';
import type { Freshness } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { MarketStore } from '../data/market.store.ts';
import type { RequestProblem } from '../data/problem.ts';
import { StreamStore } from '../data/stream.store.ts';

type Origin = Pick<WireProvenance, 'kind' | 'asOf' | 'stale' | 'delayMinutes'>;

/** How fresh what stands on a REST answer is; one that cannot be read again is stale. Call in an injection context. */
export function answerFreshness(
  answer: Signal<Origin | null>,
  problem: Signal<RequestProblem | null>,
): Signal<Freshness> {
  const clock = inject(ClockStore);
  const streams = inject(StreamStore);
  return computed(() => {
    const origin = answer();
    const failed = problem();
    if (origin === null && failed !== null) return { state: 'error', ageMs: null, detail: failed.code };
    const now = clock.marketNow();
    const asOf = origin?.asOf ? Date.parse(origin.asOf) : null;
    return freshnessOf({
      kind: origin?.kind ?? null,
      stale: (origin?.stale ?? false) || failed !== null || streams.cutOff(),
      ageMs: asOf === null || now === null ? null : Math.max(0, now - asOf),
      delayMinutes: origin?.delayMinutes ?? null,
    });
  });
}

/** Freshness of the overview. Call in an injection context. */
export function overviewFreshness(): Signal<Freshness> {
  const market = inject(MarketStore);
  return answerFreshness(market.overview, market.problem);
}

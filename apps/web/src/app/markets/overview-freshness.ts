import { computed, inject } from '@angular/core';
import type { Signal } from '@angular/core';
import { freshnessOf } from '@ziggy/ui';
import type { Freshness } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { MarketStore } from '../data/market.store.ts';
import { StreamStore } from '../data/stream.store.ts';

const READ_EVERY_MS = 30_000;
/** With the streams down for these reasons the overview cannot be read either. */
const CUT_OFF: ReadonlySet<string> = new Set(['backoff', 'offline']);

/** How fresh what stands on the overview is; it is read every half minute. Call in an injection context. */
export function overviewFreshness(): Signal<Freshness> {
  const market = inject(MarketStore);
  const clock = inject(ClockStore);
  const streams = inject(StreamStore);
  return computed(() => {
    const overview = market.overview();
    const now = clock.marketNow();
    const asOf = overview?.asOf ? Date.parse(overview.asOf) : null;
    return freshnessOf({
      kind: overview?.kind ?? null,
      stale: (overview?.stale ?? false) || market.problem() !== null || CUT_OFF.has(streams.worst()?.phase ?? ''),
      ageMs: asOf === null || now === null ? null : Math.max(0, now - asOf),
      delayMinutes: overview?.delayMinutes ?? null,
      pollMs: READ_EVERY_MS,
    });
  });
}

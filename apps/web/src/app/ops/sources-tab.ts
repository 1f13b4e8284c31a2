import { Component, computed, inject } from '@angular/core';
import type { SourcesAnswer } from '@ziggy/contracts';
import { AgeCell, ErrorBlock, Icon, LatencyCell, NumberCell, QuantityCell, Skeleton, Tile, TimeCell } from '@ziggy/ui';
import type { Freshness } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { SourcesStore } from '../data/sources.store.ts';
import { StreamStore } from '../data/stream.store.ts';

const STATES: Readonly<Record<SourcesAnswer['adapters'][number]['state'], string>> = {
  ok: 'Works',
  degraded: 'Degraded',
  down: 'Down',
  off: 'Off',
};
const CLOCKS: Readonly<Record<SourcesAnswer['clock']['state'], string>> = {
  live: 'Live: market time is wall time',
  running: 'Running',
  paused: 'Paused',
  ended: 'Ended',
};
const BREAKERS: Readonly<Record<string, string>> = {
  closed: 'Closed: calls pass',
  open: 'Open: no calls',
  half_open: 'Half open: one call is tried',
};

/** Which market this is and why, its clock, and each adapter with breaker, budget, errors and drift. */
@Component({
  selector: 'z-sources-tab',
  imports: [AgeCell, ErrorBlock, Icon, LatencyCell, NumberCell, QuantityCell, Skeleton, Tile, TimeCell],
  providers: [SourcesStore],
  templateUrl: './sources-tab.html',
  styleUrls: ['../tile-rows.scss', './sources-tab.scss'],
})
export class SourcesTab {
  protected readonly store = inject(SourcesStore);
  protected readonly streams = inject(StreamStore);
  readonly #clock = inject(ClockStore);
  protected readonly zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  protected readonly states = STATES;
  protected readonly breakers = BREAKERS;
  protected readonly clocks = CLOCKS;
  protected readonly parse = (instant: string | null): number | null => (instant === null ? null : Date.parse(instant));
  protected readonly ageOf = (instant: string | null): number | null =>
    instant === null ? null : Math.max(0, this.#clock.now() - Date.parse(instant));

  /** The answer is the server's state, not a market value: its badge says whether it could be read. */
  protected readonly freshness = computed<Freshness>(() => {
    const answer = this.store.answer();
    if (!answer) return { state: 'loading', ageMs: null };
    const ageMs = this.ageOf(answer.clock.wall);
    return this.store.problem() ? { state: 'stale', ageMs } : { state: answer.active.kind, ageMs: null };
  });
  protected readonly demand = computed(() =>
    Object.entries(this.store.answer()?.demand.byReason ?? {}).toSorted(([, a], [, b]) => b - a),
  );
  /** What the stream said about the source, when that is no good news. */
  protected readonly complaint = computed(() => {
    const status = this.streams.source();
    return status && status.state !== 'ok' ? `${status.state}${status.reason ? `: ${status.reason}` : ''}` : null;
  });
}

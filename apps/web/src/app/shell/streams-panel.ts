import { Component, computed, inject } from '@angular/core';
import { AgeCell, Button, LatencyCell, NumberCell } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { StreamStore } from '../data/stream.store.ts';

const PHASE_WORDS: Readonly<Record<string, string>> = {
  idle: 'Idle',
  connecting: 'Connecting',
  restoring: 'Restoring',
  live: 'Live',
  backoff: 'Reconnecting',
  polling: 'Polling',
  offline: 'Offline',
  stopped: 'Stopped',
};

/** The streams, one row a channel: state, rate, latency, age, what was lost and found. */
@Component({
  selector: 'z-streams-panel',
  imports: [AgeCell, Button, LatencyCell, NumberCell],
  template: `
    <table>
      <caption class="z-sr">
        Channels
      </caption>
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col">State</th>
          <th scope="col" class="n">Frames/s</th>
          <th scope="col" class="n">p50</th>
          <th scope="col" class="n">p95</th>
          <th scope="col" class="n">p99</th>
          <th scope="col" class="n">Last frame</th>
          <th scope="col" class="n">Keys</th>
          <th scope="col" class="n">Reconnects</th>
        </tr>
      </thead>
      <tbody>
        @for (row of rows(); track row.channel) {
          <tr>
            <th scope="row">{{ row.channel }}</th>
            <td>{{ row.state }}</td>
            <td class="n">
              <z-number [field]="row.field + 'framesPerSecond'" [value]="row.framesPerSecond" [decimals]="0" />
            </td>
            <td class="n">
              <z-latency [field]="row.field + 'p50'" [value]="row.latency.p50" reason="no frame in the last minute" />
            </td>
            <td class="n">
              <z-latency [field]="row.field + 'p95'" [value]="row.latency.p95" reason="no frame in the last minute" />
            </td>
            <td class="n">
              <z-latency [field]="row.field + 'p99'" [value]="row.latency.p99" reason="no frame in the last minute" />
            </td>
            <td class="n"><z-age [field]="row.field + 'lastFrame'" [value]="row.ageMs" reason="no frame yet" /></td>
            <td class="n">
              <z-number [field]="row.field + 'subscriptions'" [value]="row.subscriptions" [decimals]="0" />
            </td>
            <td class="n"><z-number [field]="row.field + 'reconnects'" [value]="row.reconnects" [decimals]="0" /></td>
          </tr>
          @if (row.why) {
            <tr>
              <td colspan="9" class="why">{{ row.why }}</td>
            </tr>
          }
        }
      </tbody>
    </table>
    <div class="foot">
      <span
        >Round trip
        <z-latency field="streams.rtt" [value]="stats()?.offset?.rttMs ?? null" reason="not measured yet" /> ·
        {{ polled() }}</span
      >
      <button z-button [blocked]="cannotReconnect()" (click)="streams.reconnectNow()">Reconnect now</button>
    </div>
  `,
  styles: `
    :host {
      display: block;
      padding: var(--z-space-12);
      max-inline-size: min(92vw, 640px);
      overflow: auto;
    }
    table {
      inline-size: var(--streams-table, auto);
      font-size: var(--z-font-12);
    }
    tbody tr + tr > * {
      border-block-start: 1px solid var(--z-separator);
    }
    th,
    td {
      padding: var(--z-space-4) var(--z-space-8);
      text-align: start;
      font-weight: 400;
      white-space: nowrap;
    }
    thead th {
      color: var(--z-muted);
      font-size: var(--z-font-11);
      border-block-end: 1px solid var(--z-separator);
    }
    tbody th {
      font-weight: 600;
      text-transform: capitalize;
    }
    .n {
      text-align: end;
    }
    tbody tr > .why {
      border: 0;
      color: var(--z-warning);
      font-size: var(--z-font-12);
      white-space: normal;
    }
    .foot {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: var(--z-space-12);
      padding-block-start: var(--z-space-12);
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
  `,
})
export class StreamsPanel {
  protected readonly streams = inject(StreamStore);
  readonly #clock = inject(ClockStore);
  protected readonly stats = this.streams.stats;
  protected readonly rows = computed(() => {
    const stats = this.stats();
    this.#clock.now();
    return stats
      ? Object.values(stats.channels).map((channel) => ({
          ...channel,
          field: `streams.${channel.channel}.`,
          state: PHASE_WORDS[channel.phase] ?? channel.phase,
          ageMs: channel.lastFrameAt === null ? null : stats.at - channel.lastFrameAt,
          why: channel.phase === 'live' || channel.phase === 'idle' ? null : channel.reason,
        }))
      : [];
  });
  protected readonly polled = computed(() => {
    const count = Object.values(this.stats()?.channels ?? {}).reduce((sum, channel) => sum + channel.polled, 0);
    return count === 0 ? 'all symbols by stream' : `${count} by polling`;
  });
  protected readonly cannotReconnect = computed(() => {
    const waiting = Object.values(this.stats()?.channels ?? {}).some(
      (channel) => channel.retryAt !== null || channel.phase === 'stopped',
    );
    return waiting ? null : 'no channel is waiting';
  });
}

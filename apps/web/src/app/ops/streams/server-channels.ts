import { Component, computed, inject } from '@angular/core';
import { LatencyCell, NumberCell, QuantityCell, Tile } from '@ziggy/ui';
import { StreamStatusStore } from '../../data/stream-status.store.ts';

const COLUMNS = [
  'Clients',
  'Subscriptions',
  'Sent/s',
  'Sent',
  'Conflated',
  'Dropped',
  'Waiting',
  'Paused',
  'p50',
  'p95',
  'p99',
  'Resumed',
  'Lost place',
] as const;

/** What the server counts, a row a channel. */
@Component({
  selector: 'z-server-channels',
  imports: [LatencyCell, NumberCell, QuantityCell, Tile],
  template: `<z-tile title="Channels, as the server counts them">
    <div class="scroll" tabindex="0" role="region" aria-label="Channels of the server">
      <table class="z-ops-table">
        <thead>
          <tr>
            <th scope="col">Channel</th>
            @for (column of columns; track column) {
              <th scope="col" class="n">{{ column }}</th>
            }
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.channel) {
            <tr>
              <th scope="row">{{ row.channel }}</th>
              <td class="n"><z-quantity [field]="row.field + 'connections'" [value]="row.connections" /></td>
              <td class="n"><z-quantity [field]="row.field + 'subscriptions'" [value]="row.subscriptions" /></td>
              <td class="n">
                <z-number
                  [field]="row.field + 'sentPerSecond'"
                  [value]="row.sentPerSecond"
                  [decimals]="1"
                  reason="needs two readings"
                />
              </td>
              <td class="n"><z-quantity [field]="row.field + 'sent'" [value]="row.sent" /></td>
              <td class="n"><z-quantity [field]="row.field + 'conflated'" [value]="row.conflated" /></td>
              <td class="n" [title]="row.droppedWhy">
                <z-quantity [field]="row.field + 'dropped'" [value]="row.droppedAll" />
              </td>
              <td class="n"><z-quantity [field]="row.field + 'queueDepth'" [value]="row.queueDepth" /></td>
              <td class="n"><z-quantity [field]="row.field + 'pausedClients'" [value]="row.pausedClients" /></td>
              @for (p of percentiles; track p) {
                <td class="n">
                  <z-latency
                    [field]="row.field + p"
                    [value]="row.latencyMs[p]"
                    reason="nothing sent in the last minute"
                  />
                </td>
              }
              <td class="n"><z-quantity [field]="row.field + 'resumeHits'" [value]="row.resumeHits" /></td>
              <td class="n"><z-quantity [field]="row.field + 'resumeMisses'" [value]="row.resumeMisses" /></td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  </z-tile>`,
  styleUrl: './tables.scss',
})
export class ServerChannels {
  readonly #store = inject(StreamStatusStore);
  protected readonly columns = COLUMNS;
  protected readonly percentiles = ['p50', 'p95', 'p99'] as const;
  protected readonly rows = computed(() =>
    this.#store.channels().map((channel) => {
      const reasons = Object.entries(channel.dropped);
      return {
        ...channel,
        field: `wsStatus.${channel.channel}.`,
        droppedAll: reasons.reduce((sum, [, count]) => sum + count, 0),
        droppedWhy: reasons.map(([reason, count]) => `${reason.replaceAll('_', ' ')} ${count}`).join(', ') || 'none',
      };
    }),
  );
}

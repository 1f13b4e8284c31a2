import { Component, computed, inject } from '@angular/core';
import { LatencyCell, QuantityCell, Tile } from '@ziggy/ui';
import { StreamStatusStore } from '../../data/stream-status.store.ts';
import { StreamStore } from '../../data/stream.store.ts';

/** The process that answers, its source, and whom it turned away. */
@Component({
  selector: 'z-server-totals',
  imports: [LatencyCell, QuantityCell, Tile],
  template: `<z-tile title="This node">
    @if (status(); as status) {
      <dl>
        <div>
          <dt>Node</dt>
          <dd>
            <code>{{ status.node }}</code>
          </dd>
        </div>
        <div>
          <dt>Source</dt>
          <dd>{{ status.source.id }}: {{ status.source.state }}{{ sourceReason() }}</dd>
        </div>
        <div>
          <dt>Event loop p99</dt>
          <dd><z-latency field="wsStatus.loop.p99" [value]="status.eventLoopLagMs.p99" reason="not measured yet" /></dd>
        </div>
        <div>
          <dt>Clients</dt>
          <dd><z-quantity field="wsStatus.totals.connections" [value]="status.totals.connections" /></dd>
        </div>
        <div>
          <dt>Commands</dt>
          <dd><z-quantity field="wsStatus.totals.commands" [value]="status.totals.commands" /></dd>
        </div>
        <div>
          <dt>Errors told</dt>
          <dd><z-quantity field="wsStatus.totals.errors" [value]="status.totals.errors" /></dd>
        </div>
        @for (row of refusals(); track row.name) {
          <div>
            <dt>{{ row.name }}</dt>
            <dd><z-quantity [field]="row.field" [value]="row.count" /></dd>
          </div>
        }
      </dl>
    }
  </z-tile>`,
  styles: `
    dl {
      display: grid;
      gap: var(--z-space-4);
      font-size: var(--z-font-12);
    }
    dl > div {
      display: flex;
      justify-content: space-between;
      gap: var(--z-space-12);
    }
    dt {
      color: var(--z-muted);
    }
    dd {
      text-align: end;
      overflow-wrap: anywhere;
    }
  `,
})
export class ServerTotals {
  protected readonly status = inject(StreamStatusStore).status;
  readonly #streams = inject(StreamStore);
  protected readonly sourceReason = computed(() => {
    const reason = this.#streams.source()?.reason;
    return reason ? ` (${reason.replaceAll('_', ' ')})` : '';
  });
  /** Refused upgrades and closes that happened; those that never did would only fill the page. */
  protected readonly refusals = computed(() => {
    const totals = this.status()?.totals;
    if (!totals) return [];
    const rows = (group: string, word: string, counts: Readonly<Record<string, number>>) =>
      Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => ({
          name: `${word} ${name.replaceAll('_', ' ')}`,
          field: `wsStatus.totals.${group}.${name}`,
          count,
        }));
    return [
      ...rows('rejectedUpgrades', 'Refused:', totals.rejectedUpgrades),
      ...rows('closes', 'Closed:', totals.closes),
    ];
  });
}

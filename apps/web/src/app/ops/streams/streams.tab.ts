import { Component, inject } from '@angular/core';
import { ErrorBlock, Skeleton, Tile } from '@ziggy/ui';
import { FramesStore } from '../../data/frames.store.ts';
import { StreamStatusStore } from '../../data/stream-status.store.ts';
import { StreamsPanel } from '../../shell/streams-panel.ts';
import { FrameInspector } from './frame-inspector.ts';
import { ServerChannels } from './server-channels.ts';
import { ServerTotals } from './server-totals.ts';

/** The streams from both ends: what the server counts, what this browser sees, and the frames between them. */
@Component({
  selector: 'z-streams-tab',
  imports: [ErrorBlock, FrameInspector, ServerChannels, ServerTotals, Skeleton, StreamsPanel, Tile],
  providers: [StreamStatusStore, FramesStore],
  template: `@if (server.status() !== null) {
      <z-server-channels />
    } @else if (server.problem(); as problem) {
      <z-error [problem]="problem.shown" (retry)="server.retry()" />
    } @else {
      <z-skeleton [lines]="6" label="Loading the streams" />
    }
    <div class="row">
      <z-tile title="Channels, as this browser sees them"><z-streams-panel class="wide" /></z-tile>
      <z-server-totals />
    </div>
    <z-frame-inspector />`,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: var(--z-space-12);
      padding: var(--z-space-12);
    }
    .row {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(240px, 320px);
      gap: var(--z-space-12);
    }
    .wide {
      max-inline-size: none;
      padding: 0;
      --streams-table: 100%;
    }
    @media (width < 1024px) {
      .row {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `,
})
export class StreamsTab {
  protected readonly server = inject(StreamStatusStore);
}

import { Component, computed, effect, inject, signal } from '@angular/core';
import { CHANNELS } from '@ziggy/contracts';
import type { Channel } from '@ziggy/contracts';
import { Button, QuantityCell, Segmented, Tile, TimeCell } from '@ziggy/ui';
import type { Choice } from '@ziggy/ui';
import { FramesStore } from '../../data/frames.store.ts';
import { RecentSymbols } from '../../symbol/recent-symbols.ts';

const SHOWN = 100;
/** What is watched on channels that carry symbols, when no symbol was looked at before: the index of every market we serve. */
const FALLBACK_SYMBOL = '^GSPC';

/** The frames of this browser's own sockets as they come and go: choose a channel, filter, pause, read. */
@Component({
  selector: 'z-frame-inspector',
  imports: [Button, QuantityCell, Segmented, Tile, TimeCell],
  template: `<z-tile title="Frames of this browser">
    <div zActions class="actions">
      <button z-button variant="ghost" [pressed]="store.paused()" (click)="store.pause(!store.paused())">Pause</button>
      <button z-button variant="ghost" (click)="store.clear()">Clear</button>
    </div>
    <div class="tools">
      <z-segmented label="Channel" [choices]="choices" [value]="channel()" (valueChange)="channel.set($event)" />
      <label
        >Contains
        <input
          type="search"
          placeholder="type, symbol or text"
          [value]="filter()"
          (input)="filter.set($any($event.target).value)"
      /></label>
    </div>
    <p class="note" role="status">
      <z-quantity field="frames.kept" [value]="store.count()" /> kept, times in UTC
      @if (store.paused()) {
        · paused, <z-quantity field="frames.heldBack" [value]="store.heldBack()" /> held back
      }
      @if (store.skipped() > 0) {
        · <z-quantity field="frames.skipped" [value]="store.skipped()" /> came too fast to be shown
      }
    </p>
    <ol class="frames" tabindex="0" aria-label="Frames, newest first">
      @for (frame of shown(); track frame.n) {
        <li>
          <details>
            <summary>
              <span class="way" [attr.data-way]="frame.direction">{{ frame.direction === 'in' ? 'in' : 'out' }}</span>
              <z-time field="frame.at" [value]="frame.at" zone="UTC" />
              <span class="channel">{{ frame.channel }}</span>
              <span class="type"
                >{{ frame.type }} <b>{{ frame.symbol }}</b></span
              >
              <span class="size"><z-quantity field="frame.size" [value]="frame.size" /> B</span>
            </summary>
            <pre data-field="frame.text" data-format="json">{{ frame.text }}</pre>
          </details>
        </li>
      } @empty {
        <li class="none">No frame yet. Frames appear here as they go over this browser's sockets.</li>
      }
    </ol>
  </z-tile>`,
  styles: `
    .actions,
    .tools {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--z-space-8);
    }
    label {
      display: flex;
      align-items: center;
      gap: var(--z-space-8);
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
    input {
      inline-size: 24ch;
      block-size: 24px;
      padding: 0 var(--z-space-8);
      border: 1px solid var(--z-control);
      border-radius: var(--z-radius-4);
      background: var(--z-background);
      color: var(--z-text);
      font: inherit;
    }
    .note {
      margin-block: var(--z-space-8);
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    .frames {
      max-block-size: 420px;
      margin: 0;
      padding: 0;
      overflow: auto;
      list-style: none;
      font-size: var(--z-font-12);
    }
    li + li {
      border-block-start: 1px solid var(--z-separator);
    }
    summary {
      display: grid;
      grid-template-columns: 4ch 11ch 9ch minmax(0, 1fr) 10ch;
      gap: var(--z-space-8);
      padding: var(--z-space-4) var(--z-space-8);
      cursor: pointer;
      font-variant-numeric: tabular-nums slashed-zero;
    }
    .way {
      color: var(--z-muted);
    }
    .way[data-way='out'] {
      color: var(--z-accent);
    }
    .channel {
      color: var(--z-muted);
    }
    .size {
      text-align: end;
      color: var(--z-muted);
    }
    pre {
      margin: 0;
      padding: var(--z-space-8);
      background: var(--z-background);
      font-family: var(--z-font-mono, monospace);
      font-size: var(--z-font-11);
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    .none {
      padding: var(--z-space-12);
      color: var(--z-muted);
    }
    @media (width < 768px) {
      summary {
        grid-template-columns: 4ch 10ch minmax(0, 1fr) 9ch;
      }
      .channel {
        display: none;
      }
      input {
        inline-size: 100%;
      }
    }
  `,
})
export class FrameInspector {
  protected readonly store = inject(FramesStore);
  protected readonly choices: readonly Choice<Channel | 'all'>[] = [
    { id: 'all', label: 'All open' },
    ...CHANNELS.map((id) => ({ id, label: id })),
  ];
  protected readonly channel = signal<Channel | 'all'>('market');
  protected readonly filter = signal('');
  readonly #symbol = signal(FALLBACK_SYMBOL);
  protected readonly shown = computed(() => {
    const channel = this.channel();
    const words = this.filter().trim().toLowerCase();
    return this.store
      .frames()
      .filter((frame) => channel === 'all' || frame.channel === channel)
      .filter((frame) => words === '' || frame.text.toLowerCase().includes(words))
      .slice(0, SHOWN);
  });

  constructor() {
    void inject(RecentSymbols)
      .latest()
      .then((symbol) => symbol !== null && this.#symbol.set(symbol));
    effect(() => {
      const channel = this.channel();
      this.store.watch(channel === 'all' ? null : channel, this.#symbol());
    });
  }
}

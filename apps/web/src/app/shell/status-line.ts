import { Component, computed, inject, signal } from '@angular/core';
import { TimeCell, formatNumber } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { StreamStore } from '../data/stream.store.ts';

/** The foot of every page: last event, rates, what was merged or dropped, build, zone, and what this is not. */
@Component({
  selector: 'z-status-line',
  imports: [TimeCell],
  template: `
    <span
      >Last event <z-time field="status.lastEvent" [value]="lastEvent()" [zone]="zone" reason="no frame yet"
    /></span>
    <span class="fig" data-field="status.rate" data-format="text">{{ rate() }}</span>
    <span class="fig" data-field="status.merged" data-format="text">{{ merged() }}</span>
    <span class="wide">{{ zone }} · {{ locale }}</span>
    <span class="wide z-mono">{{ version }}</span>
    <button type="button" class="wide" (click)="copy()">{{ copied() ? 'Copied' : 'Copy diagnostics' }}</button>
    <span class="note">Paper trading and research only; not advice.</span>
  `,
  styles: `
    :host {
      display: flex;
      align-items: center;
      gap: var(--z-space-16);
      inline-size: 100%;
      padding-inline: var(--z-space-12);
      white-space: nowrap;
    }
    .note {
      margin-inline-start: auto;
    }
    button {
      border: 0;
      padding: 0;
      min-block-size: 24px;
      background: none;
      color: inherit;
      text-decoration: underline;
      text-underline-offset: 2px;
      cursor: pointer;
    }
    .fig {
      min-inline-size: 9ch;
    }
    @media (width < 1100px) {
      .wide {
        display: none;
      }
    }
    @media (width < 768px) {
      .fig {
        display: none;
      }
    }
  `,
})
export class StatusLine {
  readonly #streams = inject(StreamStore);
  readonly #clock = inject(ClockStore);
  readonly #config = inject(PORTAL_CONFIG);
  protected readonly zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  protected readonly locale = Intl.DateTimeFormat().resolvedOptions().locale;
  protected readonly version = this.#config.version;
  protected readonly copied = signal(false);
  readonly #channels = computed(() => Object.values(this.#streams.stats()?.channels ?? {}));
  protected readonly lastEvent = computed(() => {
    const times = this.#channels().flatMap(({ lastFrameAt }) => (lastFrameAt === null ? [] : [lastFrameAt]));
    return times.length === 0 ? null : Math.max(...times);
  });
  protected readonly rate = computed(
    () => `${count(this.#channels().map((channel) => channel.framesPerSecond))} msg/s`,
  );
  protected readonly merged = computed(() => {
    const merged = count(this.#channels().map((channel) => channel.conflated));
    const dropped = count(this.#channels().map((channel) => channel.regressed + channel.badFrames));
    return `${merged} merged, ${dropped} dropped`;
  });

  protected async copy(): Promise<void> {
    const facts = {
      version: this.#config.version,
      build: this.#config.build,
      market: this.#streams.market(),
      at: new Date(this.#clock.now()).toISOString(),
      stats: this.#streams.stats(),
      agent: navigator.userAgent,
    };
    try {
      await navigator.clipboard.writeText(JSON.stringify(facts, null, 2));
      this.copied.set(true);
    } catch {
      this.copied.set(false); // no permission: the button keeps its words
    }
  }
}

function count(values: readonly number[]): string {
  return formatNumber(
    values.reduce((sum, value) => sum + value, 0),
    { decimals: 0 },
  ).text;
}

import { NgTemplateOutlet } from '@angular/common';
import { Component, computed, input } from '@angular/core';
import type { TemplateRef } from '@angular/core';
import { formatAge, formatLatency } from '../format/times.ts';
import { Popover } from '../overlay/popover.ts';

/** The worst state of all channels, as the pill says it. */
export type PillState =
  'connecting' | 'restoring' | 'live' | 'backoff' | 'polling' | 'offline' | 'paused' | 'stopped' | 'idle';

export interface StreamHealth {
  readonly state: PillState;
  /** p95 from event to screen over the last 60 s, ms. */
  readonly p95Ms: number | null;
  /** Age of the last frame, ms. */
  readonly ageMs: number | null;
  /** Time to the next attempt, ms; only in `backoff`. */
  readonly retryInMs?: number | null;
}

const WORDS: Readonly<Record<PillState, string>> = {
  idle: 'Idle',
  connecting: 'Connecting',
  restoring: 'Restoring',
  live: 'Live',
  backoff: 'Reconnecting',
  polling: 'Polling',
  offline: 'Offline',
  paused: 'Paused',
  stopped: 'Signed out',
};

const MARKS: Readonly<Record<PillState, string>> = {
  idle: 'M2 5h6',
  connecting: 'M8.2 3.5A3.6 3.6 0 1 0 8.6 5',
  restoring: 'M8.2 3.5A3.6 3.6 0 1 0 8.6 5',
  live: 'M5 1.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8Z',
  backoff: 'M8.2 3.5A3.6 3.6 0 1 0 8.6 5M8.5 1.5v2.2H6.3',
  polling: 'M5 1.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM5 3v2.2l1.4 1',
  offline: 'M2 2l6 6M8 2 2 8',
  paused: 'M3.5 2v6M6.5 2v6',
  stopped: 'M2 2h6v6H2Z',
};

/** The words of the pill: `Live · 84 ms · 0.4 s`, `Reconnecting in 3 s`. */
export function pillText(health: StreamHealth): string {
  if (health.state === 'backoff') {
    const wait = health.retryInMs;
    return typeof wait === 'number' ? `Reconnecting in ${Math.max(0, Math.ceil(wait / 1000))} s` : 'Reconnecting';
  }
  if (health.state === 'live' || health.state === 'polling') {
    const parts = [WORDS[health.state]];
    if (health.state === 'live' && health.p95Ms !== null) parts.push(formatLatency(health.p95Ms).text);
    if (health.ageMs !== null) parts.push(formatAge(health.ageMs).text);
    return parts.join(' · ');
  }
  return WORDS[health.state];
}

/** State, latency and age of the streams in a fixed width; opens what is projected into it. */
@Component({
  selector: 'z-stream-pill',
  imports: [NgTemplateOutlet, Popover],
  template: `<button
      type="button"
      [zPopover]="box"
      zPopoverLabel="Streams"
      [attr.data-state]="health().state"
      data-field="streams"
      data-format="pill"
    >
      <svg viewBox="0 0 10 10" aria-hidden="true"><path [attr.d]="mark()" /></svg><span>{{ text() }}</span>
    </button>
    <ng-template #box>
      <div class="z-overlay panel"><ng-container [ngTemplateOutlet]="panel()" /></div>
    </ng-template>`,
  styles: `
    button {
      display: inline-flex;
      align-items: center;
      gap: var(--z-space-8);
      block-size: 24px;
      min-inline-size: 22ch;
      padding: 0 var(--z-space-8);
      border: 1px solid var(--z-separator);
      border-radius: var(--z-radius-4);
      background: transparent;
      color: var(--z-text);
      font-size: var(--z-font-12);
      font-variant-numeric: tabular-nums slashed-zero;
      white-space: nowrap;
      cursor: pointer;
    }
    button:hover {
      background: var(--z-hover);
    }
    svg {
      inline-size: 10px;
      block-size: 10px;
      flex: none;
      fill: none;
      stroke: currentColor;
      stroke-width: 1.5;
      color: var(--z-muted);
    }
    [data-state='live'] svg {
      color: var(--z-gain);
      fill: currentColor;
    }
    [data-state='backoff'],
    [data-state='connecting'],
    [data-state='restoring'],
    [data-state='polling'],
    [data-state='paused'] {
      border-color: var(--z-warning);
    }
    [data-state='backoff'] svg,
    [data-state='connecting'] svg,
    [data-state='restoring'] svg,
    [data-state='polling'] svg,
    [data-state='paused'] svg {
      color: var(--z-warning);
    }
    [data-state='offline'],
    [data-state='stopped'] {
      border-color: var(--z-danger);
    }
    [data-state='offline'] svg,
    [data-state='stopped'] svg {
      color: var(--z-danger);
    }
    .panel {
      max-inline-size: calc(100vw - 16px);
      max-block-size: 70vh;
      overflow: auto;
      padding: var(--z-space-12);
    }
    @media (width < 768px) {
      button {
        min-inline-size: 0;
        max-inline-size: 100%;
      }
      span {
        overflow: hidden;
        text-overflow: ellipsis;
      }
    }
    @media (pointer: coarse) {
      button {
        block-size: 44px;
      }
    }
  `,
})
export class StreamPill {
  readonly health = input.required<StreamHealth>();
  /** What opens below: a template, so that nothing in it works before it is seen. */
  readonly panel = input.required<TemplateRef<unknown>>();
  protected readonly text = computed(() => pillText(this.health()));
  protected readonly mark = computed(() => MARKS[this.health().state]);
}

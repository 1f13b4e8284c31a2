import { Component, effect, inject, signal, untracked } from '@angular/core';
import { ClockStore } from '../data/clock.store.ts';
import { StreamStore } from '../data/stream.store.ts';

const ASSERTIVE_GAP_MS = 30_000;
const LOST: ReadonlySet<string> = new Set(['backoff', 'offline', 'stopped']);

/** Says a lost connection at once, and its return politely; never prices. At most one loss in 30 s. */
@Component({
  selector: 'z-announcer',
  template: `<div role="alert" class="z-sr">{{ loss() }}</div>
    <div role="status" class="z-sr">{{ news() }}</div>`,
})
export class Announcer {
  protected readonly loss = signal('');
  protected readonly news = signal('');

  constructor() {
    const streams = inject(StreamStore);
    const clock = inject(ClockStore);
    let lostAt = -Infinity;
    let wasLost = false;
    effect(() => {
      const phase = streams.worst()?.phase;
      untracked(() => {
        const now = clock.now();
        if (phase !== undefined && LOST.has(phase) && !wasLost) {
          wasLost = true;
          if (now - lostAt >= ASSERTIVE_GAP_MS) {
            lostAt = now;
            this.news.set('');
            this.loss.set('Connection lost. Values shown are old.');
          }
        } else if (phase === 'live' && wasLost) {
          wasLost = false;
          this.loss.set('');
          this.news.set('Connected again.');
        }
      });
    });
  }
}

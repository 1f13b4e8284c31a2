import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import { CHANNELS } from '@ziggy/contracts';
import type { Channel, ChannelStatus, WsStatusAnswer } from '@ziggy/contracts';
import { ClockStore } from './clock.store.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';

const EVERY_MS = 2_000;

/** One channel as the server counts it. */
export interface ServerChannel extends ChannelStatus {
  readonly channel: Channel;
  /** Messages sent per second between the last two answers; `null` before the second, and after a restart of the server. */
  readonly sentPerSecond: number | null;
}

/** The server's own count of its streams, read again every two seconds while somebody looks. */
@Injectable()
export class StreamStatusStore {
  readonly #rest = inject(Rest);
  readonly #clock = inject(ClockStore);
  readonly #answer = new LatestRequest<WsStatusAnswer>();
  readonly #before = signal<WsStatusAnswer | null>(null);
  readonly #askedAt = signal(-Infinity);

  readonly status = this.#answer.value;
  readonly problem = this.#answer.problem;
  readonly channels = computed<readonly ServerChannel[]>(() => {
    const status = this.status();
    if (status === null) return [];
    return CHANNELS.flatMap((channel) => {
      const now = status.channels[channel];
      return now === undefined ? [] : [{ ...now, channel, sentPerSecond: this.#rate(channel, status) }];
    });
  });

  constructor() {
    effect(() => {
      const now = this.#clock.now();
      untracked(() => {
        if (now - this.#askedAt() >= EVERY_MS && !this.#answer.loading()) this.retry();
      });
    });
  }

  /** Asks at once. */
  retry(): void {
    this.#askedAt.set(this.#clock.now());
    const last = this.status();
    void this.#answer
      .run((signal) => this.#rest.streamStatus(signal))
      .then((answer) => answer !== null && this.#before.set(last));
  }

  #rate(channel: Channel, status: WsStatusAnswer): number | null {
    const before = this.#before();
    const sent = before?.channels[channel]?.sent;
    const seconds = before === null ? 0 : (Date.parse(status.now) - Date.parse(before.now)) / 1000;
    const more = (status.channels[channel]?.sent ?? Number.NaN) - (sent ?? Number.NaN);
    return before?.node === status.node && seconds > 0 && more >= 0 ? more / seconds : null;
  }
}

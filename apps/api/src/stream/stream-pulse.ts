import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Channel } from '@ziggy/contracts';
import type { Clock } from '@ziggy/domain';
import { FLUSH_SLOT_MS, LatestValueHub, TimerWheel } from '@ziggy/streaming';
import type { OutboxLimits } from '@ziggy/streaming';

const WHEEL_STEP_MS = 100;

/** Whole milliseconds that never go back, for flushes and deadlines. (Fractions would be boxed in every field that holds one.) */
export const monotonicClock: Clock = { now: () => Math.floor(performance.now()) };

/**
 * Gives the hubs and deadlines their time: a 10 ms beat while anything waits for its slot (none while all is quiet), the
 * end of the present turn for urgent flushes, and one wheel for the deadlines of every socket.
 */
@Injectable()
export class StreamPulse implements OnApplicationShutdown {
  readonly wheel = new TimerWheel(monotonicClock.now(), { slotMs: WHEEL_STEP_MS });
  readonly hubs = new Map<Channel, LatestValueHub>();
  readonly #listeners: ((channel: Channel, hub: LatestValueHub) => void)[] = [];
  readonly #wheelTimer: NodeJS.Timeout;
  #beat: NodeJS.Timeout | null = null;
  #urgent = false;

  constructor() {
    this.#wheelTimer = setInterval(() => this.wheel.advance(monotonicClock.now()), WHEEL_STEP_MS);
    this.#wheelTimer.unref();
  }

  /** Makes the hub of a channel. Each channel has one. */
  hub(
    channel: Channel,
    options: { flushMs: number; wall: Clock; retryMs: number; limits: Partial<OutboxLimits> },
  ): LatestValueHub {
    const hub = new LatestValueHub({
      ...options,
      clock: monotonicClock,
      // The pool would keep 8 KiB alive for each old value of a quiet symbol.
      allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
      onUrgent: () => this.#hurry(),
      onScheduled: () => this.#start(),
    });
    this.hubs.set(channel, hub);
    for (const listener of this.#listeners) listener(channel, hub);
    return hub;
  }

  /** Calls back for each hub, those that exist and those to come. */
  onHub(listener: (channel: Channel, hub: LatestValueHub) => void): void {
    this.#listeners.push(listener);
    for (const [channel, hub] of this.hubs) listener(channel, hub);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#wheelTimer);
    if (this.#beat !== null) clearInterval(this.#beat);
    this.#beat = null;
  }

  #hurry(): void {
    if (this.#urgent) return;
    this.#urgent = true;
    setImmediate(() => {
      this.#urgent = false;
      const now = monotonicClock.now();
      let more = false;
      for (const hub of this.hubs.values()) more = hub.flushUrgent(now) || more;
      if (more) this.#hurry();
    });
  }

  #start(): void {
    this.#beat ??= setInterval(() => this.#onBeat(), FLUSH_SLOT_MS);
  }

  #onBeat(): void {
    const now = monotonicClock.now();
    let waiting = 0;
    for (const hub of this.hubs.values()) {
      hub.advance(now);
      waiting += hub.scheduled;
    }
    if (waiting > 0 || this.#beat === null) return;
    clearInterval(this.#beat);
    this.#beat = null;
  }
}

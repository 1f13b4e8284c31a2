import { DestroyRef, Injectable, computed, inject, linkedSignal, signal } from '@angular/core';
import { CHANNELS, CLOSE_CODES } from '@ziggy/contracts';
import type { Channel } from '@ziggy/contracts';
import type { ChannelState, SourceStatus, StreamStats } from '@ziggy/stream-client';
import { merge, tap } from 'rxjs';
import { Access } from '../identity/access.ts';
import { KnownMarket } from './running-market.ts';
import { STREAM } from './stream.ts';

/** Worse first: the pill shows the worst channel in use. */
const SEVERITY: readonly ChannelState['phase'][] = [
  'offline',
  'stopped',
  'backoff',
  'connecting',
  'restoring',
  'polling',
  'live',
  'idle',
];

/** State and figures of the channels, and the market that they carry. */
@Injectable({ providedIn: 'root' })
export class StreamStore {
  readonly #stream = inject(STREAM);
  readonly #access = inject(Access);
  readonly #market = inject(KnownMarket).market;
  readonly #source = signal<SourceStatus | null>(null);
  readonly #states = signal<ReadonlyMap<Channel, ChannelState>>(new Map());
  readonly #stats = signal<StreamStats | null>(null);

  /** The running market: what the server said at start, then what each hello says. */
  readonly market = this.#market.asReadonly();
  /** The last word about the source. */
  readonly source = this.#source.asReadonly();
  /** Figures of the last second. */
  readonly stats = this.#stats.asReadonly();
  readonly states = this.#states.asReadonly();
  /** The worst channel in use; null while none is. */
  readonly worst = computed(() => {
    const used = [...this.#states().values()].filter((state) => state.phase !== 'idle');
    used.sort((a, b) => SEVERITY.indexOf(a.phase) - SEVERITY.indexOf(b.phase));
    return used[0] ?? null;
  });
  /** Whether the server cannot be reached: from the first lost connection until one is there again, through all attempts. */
  readonly cutOff = linkedSignal<ChannelState['phase'] | null, boolean>({
    source: () => this.worst()?.phase ?? null,
    computation: (phase, previous) =>
      phase === 'backoff' || phase === 'offline' || (phase === 'connecting' && previous?.value === true),
  }).asReadonly();

  constructor() {
    const stream = this.#stream;
    const setState = (state: ChannelState): void => {
      this.#states.update((states) => new Map(states).set(state.channel, state));
      // Turned away for good: the session is over, which its renewal finds out, or something may be mended by one.
      if (state.phase === 'stopped' && state.closeCode === CLOSE_CODES.bad_token) this.#checkSession();
    };
    const all = merge(
      ...CHANNELS.map((channel) => stream.state(channel).pipe(tap(setState))),
      stream.stats$.pipe(tap((stats) => this.#stats.set(stats))),
      stream.sourceStatus$.pipe(tap((status) => this.#source.set(status))),
      stream.market$.pipe(
        tap((market) => {
          if (market) this.#market.set(market);
        }),
      ),
    ).subscribe();
    inject(DestroyRef).onDestroy(() => all.unsubscribe());
  }

  #checkSession(): void {
    const token = this.#access.current();
    void this.#access
      .renew(token)
      .then((renewed) => renewed !== null && renewed !== token && this.#stream.reconnectNow())
      .catch(() => undefined); // the server does not say: the pill shows the stop, and "reconnect now" tries again
  }

  /** Skips the present wait of each channel. */
  reconnectNow(): void {
    this.#stream.reconnectNow();
  }
}

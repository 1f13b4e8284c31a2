import { DOCUMENT, Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import type { ReplayAnswer } from '@ziggy/contracts';
import { ClockStore } from './clock.store.ts';
import { MarketStore } from './market.store.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';
import type { ReplayActs } from './rest.ts';
import { STREAM } from './stream.ts';
import { StreamStore } from './stream.store.ts';

const PLAYING_MS = 1_000;
const STANDING_MS = 5_000;

/** The replay of a recorded market: where it is, and what it can be told. Silent where the market is no tape. */
@Injectable({ providedIn: 'root' })
export class ReplayStore {
  readonly #rest = inject(Rest);
  readonly #stream = inject(STREAM);
  readonly #clock = inject(ClockStore);
  readonly #market = inject(MarketStore);
  readonly #document = inject(DOCUMENT);
  readonly #status = new LatestRequest<ReplayAnswer>();
  readonly #act = new LatestRequest<ReplayAnswer>();
  readonly #known = signal<ReplayAnswer | null>(null);
  #askedAt = -Infinity;

  /** The running market is a tape. */
  readonly active = computed(() => this.#streams.market().id.startsWith('tape:'));
  /** The last word of the server; null until it came. */
  readonly status = computed(() => (this.active() ? this.#known() : null));
  /** Something was told and is not answered yet, or a seek is under way. */
  readonly busy = computed(() => this.#act.loading() || (this.status()?.seekingTo ?? null) !== null);
  /** Why the last thing told was not done, or why nothing is known. */
  readonly problem = computed(() => this.#act.problem() ?? (this.#known() === null ? this.#status.problem() : null));
  readonly #streams = inject(StreamStore);

  constructor() {
    effect(() => {
      const now = this.#clock.now();
      const { active, market } = { active: this.active(), market: this.#streams.market().id };
      untracked(() => {
        if (!active) return;
        const state = this.#known();
        // Another run has another market: what is known is of the one before.
        const lively = state === null || state.market !== market || state.state === 'playing' || this.busy();
        if (now - this.#askedAt < (lively ? PLAYING_MS : STANDING_MS) || this.#document.visibilityState === 'hidden')
          return;
        this.#askedAt = now;
        if (!this.#status.loading()) void this.#read(this.#status, (abort) => this.#rest.replay(abort));
      });
    });
  }

  /** Tells the server; what it answers is what is shown. */
  async tell<A extends keyof ReplayActs>(act: A, body: ReplayActs[A]): Promise<void> {
    await this.#read(this.#act, (abort) => this.#rest.replayAct(act, body, abort));
    // What stands on every page is read again: prices have moved without a tick, or another run begins.
    if (act === 'seek' || act === 'step') this.#market.refresh();
  }

  async #read(
    request: LatestRequest<ReplayAnswer>,
    ask: (signal: AbortSignal) => Promise<ReplayAnswer>,
  ): Promise<void> {
    const answer = await request.run(ask);
    if (!answer) return;
    this.#known.set(answer);
    // At `max` market time has no fixed pace; it stands between two answers.
    const { state, speed, at } = answer;
    const paced = state === 'playing' && speed !== 'max';
    this.#clock.setMarketClock({
      now: Date.parse(at),
      wall: this.#stream.serverNow(),
      speed: paced ? speed : 1,
      running: paced,
    });
  }
}

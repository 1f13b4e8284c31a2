import { CHANNELS, LOSSLESS_CHANNELS } from '@ziggy/contracts';
import type { Channel, HelloFrame, LosslessChannel, SourceStatusFrame } from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import { BehaviorSubject, Observable, share } from 'rxjs';
import type { BarBatch } from './bar-cache.ts';
import { ChartsSide } from './charts-side.ts';
import type { Phase } from './connection.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { StreamClientDeps, TimerHandle } from './deps.ts';
import { ServerOffset } from './latency.ts';
import type { Percentiles } from './latency.ts';
import type { EventBatch, EventMemory } from './event-memory.ts';
import { inspectFrames } from './inspector.ts';
import type { FrameSamples } from './inspector.ts';
import { LosslessSide } from './lossless-side.ts';
import { MarketSide } from './market-side.ts';
import type { QuoteBatch } from './quote-cache.ts';
import type { ChannelSide } from './side.ts';

/** State of a channel as people see it. `polling` stands in for `connecting`, `restoring` and `backoff` while REST answers. */
export interface ChannelState {
  readonly channel: Channel;
  readonly phase: Phase | 'polling';
  /** Epoch ms, our clock. */
  readonly since: number;
  /** When the next attempt starts, epoch ms, our clock. */
  readonly retryAt: number | null;
  /** Failures in a row. */
  readonly failures: number;
  readonly closeCode: number | null;
  /** Why it is not live, in words. */
  readonly reason: string | null;
}

export interface ChannelStats extends ChannelState {
  /** Event to applied value, our clock corrected to the server's; last minute. */
  readonly latency: Percentiles;
  readonly lastFrameAt: number | null;
  /** Frames in the last whole second. */
  readonly framesPerSecond: number;
  readonly frames: number;
  readonly reconnects: number;
  /** Values dropped because a newer one of the key was known. */
  readonly regressed: number;
  /** Values replaced by a newer one before they were painted. */
  readonly conflated: number;
  readonly badFrames: number;
  readonly subscriptions: number;
  /** Keys beyond the server's limit, or all of them in fallback: asked over REST. */
  readonly polled: number;
}

export interface StreamStats {
  readonly at: number;
  readonly channels: Readonly<Record<Channel, ChannelStats>>;
  /** Server clock minus ours in ms, and the round trip it was measured with. */
  readonly offset: { readonly rttMs: number; readonly offsetMs: number } | null;
}

export type RunningMarket = HelloFrame['data']['market'];
export type SourceStatus = SourceStatusFrame['data'];

/** Sockets to observables. Subscribing is showing interest; one socket per channel, whatever the number of watchers. */
export interface StreamClient {
  /** The newest quote per symbol: what is held at once, then one batch per frame. Give the symbols most wanted first. */
  quotes(symbols: Iterable<string>): Observable<QuoteBatch>;
  /** The image of one chart, then the bars that change; a closed bar comes exactly once. */
  bars(symbol: string, timeframe: Timeframe): Observable<BarBatch>;
  /** Each event once and in order: an image first, then what happens; a lost position is an item of its own. */
  events(channel: LosslessChannel): Observable<EventBatch>;
  /** State of a channel, the present one first. */
  state(channel: Channel): Observable<ChannelState>;
  /** Figures of all channels each second. */
  readonly stats$: Observable<StreamStats>;
  /** Every frame that goes over the wire, while somebody looks; the newest of each animation frame. */
  readonly frames$: Observable<FrameSamples>;
  /** The market that the server said hello with; `null` before. */
  readonly market$: Observable<RunningMarket | null>;
  /** The last word about the source; `null` before the first. */
  readonly sourceStatus$: Observable<SourceStatus | null>;
  /** Our clock corrected to the server's, epoch ms. */
  serverNow(): number;
  /** Skips the present wait of each channel, at most once a second. */
  reconnectNow(): void;
  /** Final. Every observable completes, and nothing connects again. */
  disconnect(): void;
}

/** What was delivered of lossless channels before, by another client of the same person. */
export type EventMemories = Readonly<Partial<Record<LosslessChannel, EventMemory>>>;

/** Makes a client; nothing connects before the first interest. With `memories` it goes on where another client left off. */
export function createStreamClient(deps: StreamClientDeps, memories: EventMemories = {}): StreamClient {
  return new LiveStreamClient(deps, memories);
}

class LiveStreamClient implements StreamClient {
  readonly stats$: Observable<StreamStats>;
  readonly frames$: Observable<FrameSamples>;
  readonly market$ = new BehaviorSubject<RunningMarket | null>(null);
  readonly sourceStatus$ = new BehaviorSubject<SourceStatus | null>(null);
  readonly #deps: StreamClientDeps;
  readonly #offset = new ServerOffset();
  readonly #market: MarketSide;
  readonly #charts: ChartsSide;
  readonly #lossless: Readonly<Record<LosslessChannel, LosslessSide>>;
  readonly #sides: readonly ChannelSide[];
  #ticking: TimerHandle | null = null;
  #hiddenSince: number | null = null;
  #ended = false;
  readonly #leave: () => void;

  constructor(deps: StreamClientDeps, memories: EventMemories) {
    this.#deps = deps;
    const owner = {
      deps,
      offset: this.#offset,
      serverNow: () => this.serverNow(),
      hello: (frame: HelloFrame) => this.#hello(frame),
      sourceStatus: (status: SourceStatus) => this.sourceStatus$.next(status),
      wake: () => this.#tickSoon(),
      marketId: () => this.market$.value?.id ?? null,
    };
    this.#market = new MarketSide(owner);
    this.#charts = new ChartsSide(owner);
    const lossless = LOSSLESS_CHANNELS.map((channel) => [
      channel,
      new LosslessSide(owner, channel, memories[channel]?.copy()),
    ]);
    this.#lossless = Object.fromEntries(lossless) as Record<LosslessChannel, LosslessSide>;
    this.#sides = [this.#market, this.#charts, ...Object.values(this.#lossless)];
    this.stats$ = this.#makeStats();
    this.frames$ = inspectFrames(
      deps,
      CHANNELS.map((channel) => ({ channel, side: this.#side(channel) })),
    );
    const online = deps.online$.subscribe((isOnline) => this.#each((side) => side.setOnline(isOnline)));
    const visible = deps.visible$.subscribe((isVisible) => this.#visible(isVisible));
    const tokens = deps.token$?.subscribe((token) => this.#each((side) => side.authenticate(token)));
    this.#leave = () => {
      tokens?.unsubscribe();
      online.unsubscribe();
      visible.unsubscribe();
    };
  }

  quotes(symbols: Iterable<string>): Observable<QuoteBatch> {
    return this.#market.quotes([...new Set(symbols)]);
  }

  bars(symbol: string, timeframe: Timeframe): Observable<BarBatch> {
    return this.#charts.bars(symbol, timeframe);
  }

  events(channel: LosslessChannel): Observable<EventBatch> {
    return this.#lossless[channel].events();
  }

  state(channel: Channel): Observable<ChannelState> {
    return this.#side(channel).state$.asObservable();
  }

  serverNow(): number {
    return this.#deps.clock.now() + (this.#offset.best()?.offsetMs ?? 0);
  }

  reconnectNow(): void {
    this.#each((side) => side.reconnectNow());
  }

  disconnect(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
    if (this.#ticking !== null) this.#deps.timers.clear(this.#ticking);
    this.#ticking = null;
    this.#each((side) => side.end());
    this.market$.complete();
    this.sourceStatus$.complete();
  }

  #side(channel: Channel): ChannelSide {
    if (channel === 'market') return this.#market;
    return channel === 'charts' ? this.#charts : this.#lossless[channel];
  }

  #each(act: (side: ChannelSide) => void): void {
    for (const side of this.#sides) act(side);
  }

  /** All that is held belongs to one market; another id means that nothing held is comparable any more. */
  #hello(frame: HelloFrame): void {
    const before = this.market$.value;
    const { market } = frame.data;
    if (before !== null && before.id !== market.id) {
      this.#offset.clear();
      this.sourceStatus$.next(null);
      this.#each((side) => side.forget());
    }
    if (before === null || before.id !== market.id || before.kind !== market.kind) this.market$.next(market);
  }

  #visible(visible: boolean): void {
    const wasHidden = this.#hiddenSince !== null;
    this.#hiddenSince = visible ? null : (this.#hiddenSince ?? this.#deps.clock.now());
    this.#each((side) => side.setVisible(visible, wasHidden));
    if (visible) this.#each((side) => side.slowDown(false));
  }

  /** The one timer of the client; it runs only while a channel is in use. */
  #tickSoon(): void {
    if (this.#ticking !== null || this.#ended) return;
    this.#ticking = this.#deps.timers.set(() => {
      this.#ticking = null;
      const now = this.#deps.clock.now();
      if (this.#hiddenSince !== null && now - this.#hiddenSince >= CLIENT_LIMITS.hiddenAfterMs)
        this.#each((side) => side.slowDown(true));
      this.#each((side) => side.tick(now));
      if (this.#sides.some((side) => side.busy)) this.#tickSoon();
    }, CLIENT_LIMITS.tickMs);
  }

  #makeStats(): Observable<StreamStats> {
    return new Observable<StreamStats>((subscriber) => {
      let timer: TimerHandle | null = null;
      const emit = (): void => {
        if (this.#ended) return subscriber.complete();
        const at = this.#deps.clock.now();
        subscriber.next({
          at,
          channels: Object.fromEntries(CHANNELS.map((channel) => [channel, this.#side(channel).stats(at)])) as Record<
            Channel,
            ChannelStats
          >,
          offset: this.#offset.best(),
        });
        timer = this.#deps.timers.set(emit, CLIENT_LIMITS.tickMs);
      };
      emit();
      return () => {
        if (timer !== null) this.#deps.timers.clear(timer);
      };
    }).pipe(share());
  }
}

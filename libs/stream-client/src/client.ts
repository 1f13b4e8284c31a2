import type { Channel, HelloFrame, SourceStatusFrame } from '@ziggy/contracts';
import type { Interval } from '@ziggy/domain';
import { BehaviorSubject, Observable, share } from 'rxjs';
import type { BarBatch } from './bar-cache.ts';
import { ChartsSide } from './charts-side.ts';
import type { Phase } from './connection.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { StreamClientDeps, TimerHandle } from './deps.ts';
import { ServerOffset } from './latency.ts';
import type { Percentiles } from './latency.ts';
import { MarketSide } from './market-side.ts';
import type { QuoteBatch } from './quote-cache.ts';

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
  readonly channels: Readonly<Record<'market' | 'charts', ChannelStats>>;
  /** Server clock minus ours in ms, and the round trip it was measured with. */
  readonly offset: { readonly rttMs: number; readonly offsetMs: number } | null;
}

export type RunningMarket = HelloFrame['data']['market'];
export type SourceStatus = SourceStatusFrame['data'];

/** Sockets to observables for the market and charts channels. Subscribing is showing interest; one socket per channel. */
export interface StreamClient {
  /** The newest quote per symbol: what is held at once, then one batch per frame. Give the symbols most wanted first. */
  quotes(symbols: Iterable<string>): Observable<QuoteBatch>;
  /** The image of one chart, then the bars that change; a closed bar comes exactly once. */
  bars(symbol: string, timeframe: Interval): Observable<BarBatch>;
  /** State of a channel, the present one first. Lossless channels stay `idle`: nothing asks for them yet. */
  state(channel: Channel): Observable<ChannelState>;
  /** Figures of all channels each second. */
  readonly stats$: Observable<StreamStats>;
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

/** Makes a client; nothing connects before the first interest. */
export function createStreamClient(deps: StreamClientDeps): StreamClient {
  return new LiveStreamClient(deps);
}

class LiveStreamClient implements StreamClient {
  readonly stats$: Observable<StreamStats>;
  readonly market$ = new BehaviorSubject<RunningMarket | null>(null);
  readonly sourceStatus$ = new BehaviorSubject<SourceStatus | null>(null);
  readonly #deps: StreamClientDeps;
  readonly #offset = new ServerOffset();
  readonly #market: MarketSide;
  readonly #charts: ChartsSide;
  readonly #idleStates = new Map<Channel, BehaviorSubject<ChannelState>>();
  #ticking: TimerHandle | null = null;
  #hiddenSince: number | null = null;
  #ended = false;
  readonly #leave: () => void;

  constructor(deps: StreamClientDeps) {
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
    this.stats$ = this.#makeStats();
    const online = deps.online$.subscribe((isOnline) => this.#sides((side) => side.setOnline(isOnline)));
    const visible = deps.visible$.subscribe((isVisible) => this.#visible(isVisible));
    this.#leave = () => {
      online.unsubscribe();
      visible.unsubscribe();
    };
  }

  quotes(symbols: Iterable<string>): Observable<QuoteBatch> {
    return this.#market.quotes([...new Set(symbols)]);
  }

  bars(symbol: string, timeframe: Interval): Observable<BarBatch> {
    return this.#charts.bars(symbol, timeframe);
  }

  state(channel: Channel): Observable<ChannelState> {
    if (channel === 'market') return this.#market.state$.asObservable();
    if (channel === 'charts') return this.#charts.state$.asObservable();
    let idle = this.#idleStates.get(channel);
    if (!idle) {
      idle = new BehaviorSubject<ChannelState>({
        channel,
        phase: 'idle',
        since: this.#deps.clock.now(),
        retryAt: null,
        failures: 0,
        closeCode: null,
        reason: null,
      });
      this.#idleStates.set(channel, idle);
    }
    return idle.asObservable();
  }

  serverNow(): number {
    return this.#deps.clock.now() + (this.#offset.best()?.offsetMs ?? 0);
  }

  reconnectNow(): void {
    this.#sides((side) => side.reconnectNow());
  }

  disconnect(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
    if (this.#ticking !== null) this.#deps.timers.clear(this.#ticking);
    this.#ticking = null;
    this.#sides((side) => side.end());
    this.market$.complete();
    this.sourceStatus$.complete();
    for (const idle of this.#idleStates.values()) idle.complete();
  }

  #sides(act: (side: MarketSide | ChartsSide) => void): void {
    act(this.#market);
    act(this.#charts);
  }

  /** All that is held belongs to one market; another id means that nothing held is comparable any more. */
  #hello(frame: HelloFrame): void {
    const before = this.market$.value;
    const { market } = frame.data;
    if (before !== null && before.id !== market.id) {
      this.#offset.clear();
      this.sourceStatus$.next(null);
      this.#sides((side) => side.forget());
    }
    if (before === null || before.id !== market.id || before.kind !== market.kind) this.market$.next(market);
  }

  #visible(visible: boolean): void {
    const wasHidden = this.#hiddenSince !== null;
    this.#hiddenSince = visible ? null : (this.#hiddenSince ?? this.#deps.clock.now());
    this.#sides((side) => side.setVisible(visible, wasHidden));
    if (visible) this.#sides((side) => side.slowDown(false));
  }

  /** The one timer of the client; it runs only while a channel is in use. */
  #tickSoon(): void {
    if (this.#ticking !== null || this.#ended) return;
    this.#ticking = this.#deps.timers.set(() => {
      this.#ticking = null;
      const now = this.#deps.clock.now();
      if (this.#hiddenSince !== null && now - this.#hiddenSince >= CLIENT_LIMITS.hiddenAfterMs)
        this.#sides((side) => side.slowDown(true));
      this.#sides((side) => side.tick(now));
      if (this.#market.busy || this.#charts.busy) this.#tickSoon();
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
          channels: { market: this.#market.stats(at), charts: this.#charts.stats(at) },
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

import type { HelloFrame } from '@ziggy/contracts';
import { BehaviorSubject } from 'rxjs';
import type { ChannelState, ChannelStats, SourceStatus } from './client.ts';
import { ChannelConnection } from './connection.ts';
import type { LatestValueChannel, ValueFrame } from './connection.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { StreamClientDeps } from './deps.ts';
import { Intents } from './intents.ts';
import type { Interest } from './intents.ts';
import { LatencyRing } from './latency.ts';
import type { ServerOffset } from './latency.ts';
import { ConditionalGet, Poller } from './poller.ts';

/** What a side of the client needs of the client. */
export interface SideOwner {
  readonly deps: StreamClientDeps;
  readonly offset: ServerOffset;
  serverNow(): number;
  hello(frame: HelloFrame): void;
  sourceStatus(status: SourceStatus): void;
  /** Something is in use: the tick must run. */
  wake(): void;
  /** Id of the market that the held values belong to. */
  marketId(): string | null;
}

/** One latest-value channel: interest, connection, fallback and delivery; what a value is, is said by the subclass. */
export abstract class ChannelSide {
  readonly state$: BehaviorSubject<ChannelState>;
  protected readonly owner: SideOwner;
  protected readonly deps: StreamClientDeps;
  protected readonly intents = new Intents();
  protected readonly connection: ChannelConnection;
  protected readonly get: ConditionalGet;
  protected polled = new Map<string, Interest>();
  protected regressed = 0;
  protected conflated = 0;
  readonly #latency = new LatencyRing();
  readonly #poller: Poller;
  #unusedSince: number | null = null;
  #online = true;
  #visible = true;
  #cancelFrame: (() => void) | null = null;
  #ended = false;
  #countedAt: number;
  #countedFrames = 0;
  #framesPerSecond = 0;
  #pendingSamples: number[] = [];

  constructor(owner: SideOwner, channel: LatestValueChannel, pollMs: number) {
    this.owner = owner;
    this.deps = owner.deps;
    this.get = new ConditionalGet(owner.deps);
    this.#countedAt = owner.deps.clock.now();
    this.connection = new ChannelConnection(
      channel,
      owner.deps,
      { latency: this.#latency, offset: owner.offset },
      {
        changed: () => this.#changed(),
        hello: (frame) => owner.hello(frame),
        value: (frame, attempt) => this.value(frame, attempt),
        sourceStatus: (frame) => owner.sourceStatus(frame.data),
        rejected: (interest, code, name) => this.rejected(interest, code, name),
        lost: () => this.markStale(),
      },
    );
    this.#poller = new Poller(
      owner.deps,
      pollMs,
      (signal) => this.poll(signal),
      () => this.#changed(),
    );
    this.state$ = new BehaviorSubject(this.#state());
  }

  /** A value arrived on the stream. */
  protected abstract value(frame: ValueFrame, attempt: number): void;
  protected abstract rejected(interest: Interest, code: number, name: string): void;
  /** Nothing brings news: what is held is old, and stays. */
  protected abstract markStale(): void;
  /** One round over REST for {@link toPoll}. */
  protected abstract poll(signal: AbortSignal): Promise<void>;
  /** Nobody watches these keys any more. */
  protected abstract drop(keys: readonly string[]): void;
  /** Another market: forget everything, and say so. */
  abstract forget(): void;
  /** Hands collected changes to the watchers. */
  protected abstract deliver(): void;
  protected abstract complete(): void;

  /** Whether the tick is needed. */
  get busy(): boolean {
    return !this.#ended && (this.intents.size > 0 || this.connection.phase !== 'idle');
  }

  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) this.connection.goOffline();
    else if (this.intents.size > 0) {
      this.connection.start();
      this.connection.wake();
    }
    this.#fallback();
  }

  setVisible(visible: boolean, wasHidden: boolean): void {
    this.#visible = visible;
    if (visible && wasHidden && this.#online) this.connection.wake();
    this.#fallback();
  }

  slowDown(slow: boolean): void {
    this.connection.slowDown(slow);
  }

  reconnectNow(): void {
    this.connection.reconnectNow();
  }

  tick(now: number): void {
    const dropped = this.intents.expire(now);
    if (dropped.length > 0) {
      this.drop(dropped);
      this.#want();
    }
    const used = this.intents.size > 0;
    this.#unusedSince = used ? null : (this.#unusedSince ?? now);
    // The last watcher left `lingerMs` before its intent did.
    const restAt = (this.#unusedSince ?? Infinity) + CLIENT_LIMITS.idleCloseMs - CLIENT_LIMITS.lingerMs;
    if (now >= restAt) this.connection.rest();
    this.connection.tick(now);
    this.#fallback();
  }

  end(): void {
    this.#ended = true;
    this.#cancelFrame?.();
    this.#cancelFrame = null;
    this.#poller.stop();
    this.connection.end();
    this.intents.clear();
    this.deliver();
    this.complete();
    this.state$.complete();
  }

  stats(at: number): ChannelStats {
    const elapsed = at - this.#countedAt;
    if (elapsed >= CLIENT_LIMITS.tickMs) {
      this.#framesPerSecond = Math.round(((this.connection.framesIn - this.#countedFrames) * 1000) / elapsed);
      this.#countedAt = at;
      this.#countedFrames = this.connection.framesIn;
    }
    return {
      ...this.#state(),
      latency: this.#latency.percentiles(at),
      lastFrameAt: this.connection.lastFrameAt,
      framesPerSecond: this.#framesPerSecond,
      frames: this.connection.framesIn,
      reconnects: this.connection.reconnects,
      regressed: this.regressed,
      conflated: this.conflated,
      badFrames: this.connection.reader.bad,
      subscriptions: this.connection.subscriptions,
      polled: this.#poller.running ? this.toPoll().size : 0,
    };
  }

  // ---- for the subclass -------------------------------------------------------------------------

  protected retain(interests: readonly Interest[]): void {
    if (this.#ended || interests.length === 0) return; // nobody's interest opens no socket
    this.intents.retain(interests);
    this.#unusedSince = null;
    this.#want();
    if (this.#online) this.connection.start();
    else this.connection.goOffline();
    this.owner.wake();
  }

  protected release(interests: readonly Interest[]): void {
    if (!this.#ended) this.intents.release(interests, this.deps.clock.now());
  }

  /** Watchers hear at the next frame; `sampleTs` is the server time of a live event, for the latency figures. */
  protected touched(sampleTs: number | null): void {
    if (sampleTs !== null && this.#pendingSamples.length < CLIENT_LIMITS.latencySamples)
      this.#pendingSamples.push(sampleTs);
    if (this.#ended) return;
    this.#cancelFrame ??= this.deps.nextFrame(() => {
      this.#cancelFrame = null;
      this.deliver();
      const now = this.owner.serverNow();
      for (const ts of this.#pendingSamples) this.#latency.add(this.deps.clock.now(), now - ts);
      this.#pendingSamples = [];
    });
  }

  /** The keys that REST has to answer for: all of them in fallback, else those beyond the server's limit. */
  protected toPoll(): Map<string, Interest> {
    return this.connection.phase === 'live' ? this.polled : this.intents.split(Infinity).streamed;
  }

  // ---- inside -----------------------------------------------------------------------------------

  #want(): void {
    const { streamed, polled } = this.intents.split(this.connection.symbolLimit);
    this.polled = polled;
    this.connection.want(streamed);
  }

  #changed(): void {
    if (this.#ended) return;
    if (this.connection.phase === 'restoring') this.#want(); // the limits of this connection are known now
    this.#fallback();
    const next = this.#state();
    const last = this.state$.value;
    if (next.phase !== last.phase || next.retryAt !== last.retryAt || next.reason !== last.reason)
      this.state$.next(next);
    if (this.busy) this.owner.wake();
  }

  /** REST stands in after three failures or 15 s, hands back when live, and rests while nobody can see. */
  #fallback(): void {
    const { phase, failures, notLiveSince } = this.connection;
    const able = this.#online && this.#visible && !this.#ended && this.intents.size > 0;
    const waiting = phase === 'connecting' || phase === 'restoring' || phase === 'backoff';
    const tooLong = notLiveSince !== null && this.deps.clock.now() - notLiveSince >= CLIENT_LIMITS.fallbackAfterMs;
    const needed =
      (waiting && (failures >= CLIENT_LIMITS.fallbackFailures || tooLong)) ||
      (phase === 'live' && this.polled.size > 0);
    if (able && needed) this.#poller.start();
    else this.#poller.stop();
  }

  #state(): ChannelState {
    const { channel, phase, since, retryAt, failures, closeCode, reason } = this.connection;
    const standsIn =
      this.#poller.running &&
      this.#poller.lastSuccessAt !== null &&
      (phase === 'connecting' || phase === 'restoring' || phase === 'backoff');
    return { channel, phase: standsIn ? 'polling' : phase, since, retryAt, failures, closeCode, reason };
  }
}

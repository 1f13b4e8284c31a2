import type { Channel, HelloFrame } from '@ziggy/contracts';
import { BehaviorSubject } from 'rxjs';
import type { ChannelState, ChannelStats, SourceStatus } from './client.ts';
import { ChannelConnection } from './connection.ts';
import type { Conversation, Link } from './connection.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { StreamClientDeps } from './deps.ts';
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

/**
 * One channel: whether anybody is interested, its connection, the fallback and the delivery once per frame. What is wanted and
 * what a value is, is said by the subclasses.
 */
export abstract class ChannelSide {
  readonly state$: BehaviorSubject<ChannelState>;
  protected readonly owner: SideOwner;
  protected readonly deps: StreamClientDeps;
  protected readonly connection: ChannelConnection;
  protected readonly get: ConditionalGet;
  protected regressed = 0;
  protected conflated = 0;
  readonly #latency = new LatencyRing();
  /** `null` where no REST route stands in for the channel. */
  readonly #poller: Poller | null;
  #unusedSince: number | null = null;
  #online = true;
  #visible = true;
  #cancelFrame: (() => void) | null = null;
  #ended = false;
  #countedAt: number;
  #countedFrames = 0;
  #framesPerSecond = 0;
  #pendingSamples: number[] = [];

  constructor(owner: SideOwner, channel: Channel, pollMs: number | null) {
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
        sourceStatus: (frame) => owner.sourceStatus(frame.data),
        lost: () => this.markStale(),
      },
      (link) => this.converse(link),
    );
    this.#poller =
      pollMs === null
        ? null
        : new Poller(
            owner.deps,
            pollMs,
            (signal) => this.poll(signal),
            () => this.#changed(),
          );
    this.state$ = new BehaviorSubject(this.#state());
  }

  /** Makes the conversation of this channel. Called once, before the subclass is initialised: it may only keep `link`. */
  protected abstract converse(link: Link): Conversation;
  /** Whether anybody wants this channel, lingering interest included. */
  protected abstract get inUse(): boolean;
  /** Lets lingering interest go. */
  protected abstract expire(now: number): void;
  /** Wants nothing any more. */
  protected abstract giveUpInterest(): void;
  /** Whether REST has to answer for some of what is wanted although the stream is live. */
  protected abstract get pollsBeside(): boolean;
  /** How many keys the stream carries, and how many REST answers for while it stands in. */
  protected abstract counts(): { readonly subscriptions: number; readonly polled: number };
  /** Nothing brings news: what is held is old, and stays. */
  protected abstract markStale(): void;
  /** One round over REST. */
  protected abstract poll(signal: AbortSignal): Promise<void>;
  /** Another market: forget everything, and say so. */
  abstract forget(): void;
  /** Windows are hidden, or seen again. */
  abstract slowDown(slow: boolean): void;
  /** Hands collected changes to the watchers. */
  protected abstract deliver(): void;
  protected abstract complete(): void;

  /** Whether the tick is needed. */
  get busy(): boolean {
    return !this.#ended && (this.inUse || this.connection.phase !== 'idle');
  }

  /** Shows every frame of this channel to an inspector; `null` ends it. */
  inspect(tap: ChannelConnection['tap']): void {
    this.connection.tap = tap;
  }

  /** Shows a renewed token to the server; a channel that connects later has a newer one anyway. */
  authenticate(token: string): void {
    this.connection.authenticate(token);
  }

  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) {
      // A channel that nobody uses has nothing to lose; it stays idle.
      if (this.busy) this.connection.goOffline();
    } else if (this.inUse) {
      this.connection.start();
      this.connection.wake();
    } else this.connection.rest();
    this.#fallback();
  }

  setVisible(visible: boolean, wasHidden: boolean): void {
    this.#visible = visible;
    if (visible && wasHidden && this.#online) this.connection.wake();
    this.#fallback();
  }

  reconnectNow(): void {
    this.connection.reconnectNow();
  }

  tick(now: number): void {
    this.expire(now);
    this.#unusedSince = this.inUse ? null : (this.#unusedSince ?? now);
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
    this.#poller?.stop();
    this.connection.end();
    this.giveUpInterest();
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
      ...this.counts(),
    };
  }

  // ---- for the subclass -------------------------------------------------------------------------

  protected get ended(): boolean {
    return this.#ended;
  }

  protected get polling(): boolean {
    return this.#poller?.running === true;
  }

  /** Somebody wants something of this channel. */
  protected used(): void {
    this.#unusedSince = null;
    if (this.#online) this.connection.start();
    else this.connection.goOffline();
    this.owner.wake();
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

  // ---- inside -----------------------------------------------------------------------------------

  #changed(): void {
    if (this.#ended) return;
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
    const able = this.#online && this.#visible && !this.#ended && this.inUse;
    const waiting = phase === 'connecting' || phase === 'restoring' || phase === 'backoff';
    const tooLong = notLiveSince !== null && this.deps.clock.now() - notLiveSince >= CLIENT_LIMITS.fallbackAfterMs;
    const needed =
      (waiting && (failures >= CLIENT_LIMITS.fallbackFailures || tooLong)) || (phase === 'live' && this.pollsBeside);
    if (able && needed) this.#poller?.start();
    else this.#poller?.stop();
  }

  #state(): ChannelState {
    const { channel, phase, since, retryAt, failures, closeCode, reason } = this.connection;
    const standsIn =
      this.#poller?.running === true &&
      this.#poller.lastSuccessAt !== null &&
      (phase === 'connecting' || phase === 'restoring' || phase === 'backoff');
    return { channel, phase: standsIn ? 'polling' : phase, since, retryAt, failures, closeCode, reason };
  }
}

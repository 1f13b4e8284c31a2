import { CLOSE_CODES, STREAM_LIMITS } from '@ziggy/contracts';
import type { ServerFrame, SourceStatusFrame } from '@ziggy/contracts';
import { HubCounters } from './counters.ts';
import { FlushPlan } from './flush-plan.ts';
import { textFrame } from './frame-writer.ts';
import type { OrderedLane } from './lanes.ts';
import { LatencyWindow } from './latency-window.ts';
import { sameValue } from './latest-value.ts';
import type { LatestEntry, Subscription, VersionedFrame } from './latest-value.ts';
import { ClientOutbox, OUTBOX_LIMITS } from './outbox.ts';
import type { OutboxLimits, OutboxVerdict, Outlet } from './outbox.ts';
import type { HubOptions, PublishOptions } from './hub-options.ts';
import { clampHz, intervalOf } from './rates.ts';
import { SymbolTable } from './symbol-table.ts';
import { Topic } from './topic.ts';
import type { TopicView } from './topic.ts';

/**
 * The meeting place of producers and clients on a latest-value channel. Producers publish the newest frame of a key;
 * each subscribed client gets the newest, at its rate, in one write with its other changes. A frame is encoded at most
 * once. Framework-free: it owns no clock, no timer and no socket.
 */
export class LatestValueHub {
  readonly counters: HubCounters;
  readonly latency = new LatencyWindow();
  readonly flushMs: number;
  /** Told once a flush how old its oldest value was, milliseconds from event to wire. */
  onDelivered: ((milliseconds: number) => void) | null = null;
  readonly #options: HubOptions;
  readonly #limits: OutboxLimits;
  readonly #ignored: ReadonlySet<string>;
  readonly #table: SymbolTable;
  readonly #topics: Topic[] = [];
  readonly #clients = new Set<ClientOutbox>();
  readonly #plan: FlushPlan;
  readonly #batch: Uint8Array[] = [];
  /** A frame as the bytes of one WebSocket message. */
  readonly encode: (frame: ServerFrame) => Uint8Array;
  readonly #images = new WeakMap<ServerFrame, Uint8Array>();
  readonly #onSuperseded = (): void => void this.counters.dropped.superseded++;
  readonly #onUnsubscribed = (): void => void this.counters.dropped.unsubscribed++;
  readonly #onClosedLoss = (): void => void this.counters.dropped.closed++;
  #subscriptionCount = 0;
  #status: SourceStatusFrame | null = null;
  #nextPhase = 0;
  #divisor = 1;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#limits = { ...OUTBOX_LIMITS, ...options.limits };
    this.#ignored = new Set(options.ignored ?? ['asOf']);
    this.#table = new SymbolTable(options.maxTopics ?? 100_000);
    this.flushMs = options.flushMs;
    this.#plan = new FlushPlan(options, (client, at, now) => this.#flush(client, at, now));
    this.counters = new HubCounters((eventAt) => {
      const now = options.wall.now();
      this.latency.observe(now - eventAt, now);
      this.onDelivered?.(now - eventAt);
    });
    this.encode = (frame) => {
      this.counters.encoded++;
      return textFrame(JSON.stringify(frame), options.allocate);
    };
  }

  // ---- producers --------------------------------------------------------------------------------

  /**
   * Makes `frame` the newest of its key. The frame belongs to the hub from here on and must not change. It is refused,
   * and counted, when its `v` is not above the key's last, or when it says nothing new.
   */
  publish(topic: string, key: string, frame: VersionedFrame, options?: PublishOptions): void {
    this.counters.published++;
    const found = this.#open(topic);
    if (found === undefined) {
      this.counters.refused.topic_limit++;
      return;
    }
    const entry = found.entry(key);
    if (frame.v <= found.versionOf(key)) {
      this.counters.refused.old_version++;
    } else if (options?.once === true) {
      this.#publishOnce(found, key, frame);
    } else if (entry === undefined) {
      this.#markAll(found.add(key, frame, this.#options.clock.now(), this.encode, this.#onSuperseded));
    } else if (sameValue(entry.frame, frame, this.#ignored)) {
      this.counters.refused.unchanged++;
    } else {
      const now = this.#options.clock.now();
      this.#plan.beforeReplacing(entry, now);
      entry.replace(frame, now);
      this.#markAll(entry);
    }
  }

  /** Publishes the last value again, flagged stale. Repeating it does nothing, as nothing has changed. */
  markStale(topic: string, frame: VersionedFrame, key: string = topic): void {
    this.publish(topic, key, frame);
  }

  /** Sends one frame to every client of the channel, ahead of values. */
  broadcast(frame: ServerFrame): void {
    if (frame.type === 'source_status') this.#status = frame;
    const bytes = this.encode(frame);
    for (const client of [...this.#clients]) this.#settle(client, client.offer('control', bytes));
  }

  /** The last `source_status` that was broadcast; a client that comes later is told it too. */
  get sourceStatus(): SourceStatusFrame | null {
    return this.#status;
  }

  // ---- clients ----------------------------------------------------------------------------------

  attach(outlet: Outlet): ClientOutbox {
    const client = new ClientOutbox(outlet, {
      limits: this.#limits,
      counters: this.counters,
      periodMs: this.flushMs,
      phase: this.#nextPhase++,
    });
    this.#clients.add(client);
    return client;
  }

  /** Forgets a client and everything that waits for it. Idempotent. */
  detach(client: ClientOutbox): void {
    if (!this.#clients.delete(client)) return;
    client.closed = true;
    for (const topic of [...client.subscriptions.keys()]) this.leave(client, topic);
    client.discard();
  }

  /** Writes the control frames that wait, then forgets the client: the last words before a close. */
  finish(client: ClientOutbox): void {
    if (client.closed) return;
    client.flushControl(this.#batch);
    this.detach(client);
  }

  /** Queues a control frame for one client. */
  send(client: ClientOutbox, frame: ServerFrame): void {
    this.sendBytes(client, this.encode(frame));
  }

  /** Queues a ready frame in an ordered lane; the caller has seen that there is room. @param eventAt epoch ms */
  queue(client: ClientOutbox, lane: OrderedLane, bytes: Uint8Array, eventAt: number): void {
    if (client.closed) return;
    client.noteEvent(eventAt);
    this.#settle(client, client.offer(lane, bytes));
  }

  /** Queues a ready control frame, for example a protocol ping. */
  sendBytes(client: ClientOutbox, bytes: Uint8Array): void {
    if (!client.closed) this.#settle(client, client.offer('control', bytes));
  }

  /** Queues a step of the opening sequence: it runs, or is written, in order and when there is room. */
  follow(client: ClientOutbox, step: ServerFrame | (() => readonly ServerFrame[])): void {
    if (client.closed) return;
    const bytes = typeof step === 'function' ? () => step().map((frame) => this.image(frame)) : this.encode(step);
    this.#settle(client, client.follow(bytes));
  }

  /** A frame as bytes; the same frame object is encoded once, however many clients open with it. */
  image(frame: ServerFrame): Uint8Array {
    let bytes = this.#images.get(frame);
    if (bytes === undefined) {
      bytes = this.encode(frame);
      this.#images.set(frame, bytes);
    }
    return bytes;
  }

  /**
   * Subscribes a client to a topic; a second time it changes the rate only. Call it in the same synchronous step as the
   * snapshot, with the snapshot's version, so that nothing is missed and nothing comes twice.
   */
  join(
    client: ClientOutbox,
    topic: string,
    options: { maxHz?: number | undefined; v?: number | undefined } = {},
  ): boolean {
    const found = client.closed ? undefined : this.#open(topic);
    if (found === undefined) return false;
    const known = client.subscriptions.get(topic);
    if (known === undefined) this.#subscribe(client, found, options.maxHz ?? null, options.v ?? -1);
    else {
      known.askedHz = options.maxHz ?? known.askedHz;
      found.shown(known, options.v ?? -1);
    }
    this.#pace(client);
    return true;
  }

  /** Ends a subscription; values of it that wait are dropped. */
  leave(client: ClientOutbox, topic: string): boolean {
    const subscription = client.subscriptions.get(topic);
    const id = this.#table.find(topic);
    const found = id === undefined ? undefined : this.#topics[id];
    if (subscription === undefined || found === undefined) return false;
    client.unsubscribed(topic);
    this.#subscriptionCount--;
    found.unsubscribe(subscription, client.closed ? this.#onClosedLoss : this.#onUnsubscribed);
    return true;
  }

  /** Caps every subscription of the connection, now and later. */
  setMaxHz(client: ClientOutbox, maxHz: number): void {
    client.capHz = clampHz(maxHz);
    this.#pace(client);
  }

  /** Divides every rate on this channel, while load is shed; 1 is the usual rate. */
  slow(divisor: number): void {
    if (divisor === this.#divisor) return;
    this.#divisor = divisor;
    for (const client of this.#clients) this.#pace(client);
  }

  /** The rate of a subscription as it stands, Hz. */
  rateOf(client: ClientOutbox, askedHz: number | null | undefined = null): number {
    const wanted =
      askedHz === null || askedHz === undefined
        ? (client.capHz ?? 1_000 / this.flushMs)
        : Math.min(clampHz(askedHz), client.capHz ?? STREAM_LIMITS.maxHz);
    return Math.max(STREAM_LIMITS.minHz, wanted / this.#divisor);
  }

  // ---- time -------------------------------------------------------------------------------------

  /** Clients that wait for their slot. */
  get scheduled(): number {
    return this.#plan.scheduled;
  }

  /** Flushes every client whose slot has come. */
  advance(now: number): void {
    this.#plan.advance(now);
  }

  /** Flushes clients that need not wait for their slot; true when more are left for the next turn. */
  flushUrgent(now: number): boolean {
    return this.#plan.flushUrgent(now);
  }

  /** To be called when a client's socket has drained: what waited for room goes on at once. */
  drained(client: ClientOutbox): void {
    if (client.closed) return;
    if (client.queueDepth > 0) this.#plan.hurry(client);
    else client.feeder?.feed();
  }

  // ---- figures ----------------------------------------------------------------------------------

  get clients(): ReadonlySet<ClientOutbox> {
    return this.#clients;
  }

  /** Topics and partitions that clients follow. */
  get subscriptions(): number {
    let following = 0;
    for (const { feeder } of this.#clients) if (feeder !== null) following++;
    return this.#subscriptionCount + following;
  }

  /** Every topic that was ever published or joined. */
  get topics(): readonly TopicView[] {
    return this.#topics;
  }

  /** Subscribers of a topic now. */
  subscribers(topic: string): number {
    const id = this.#table.find(topic);
    return id === undefined ? 0 : (this.#topics[id] as Topic).subscribers;
  }

  /** Values that wait, frames that wait, and clients above their soft limit, over all clients. */
  backlog(): { dirtyKeys: number; queueDepth: number; pausedClients: number } {
    let [dirtyKeys, queueDepth, pausedClients] = [0, 0, 0];
    for (const client of this.#clients) {
      dirtyKeys += client.pendingValues;
      queueDepth += client.queueDepth;
      if (client.paused) pausedClients++;
    }
    return { dirtyKeys, queueDepth, pausedClients };
  }

  // ---- inside -----------------------------------------------------------------------------------

  #open(name: string): Topic | undefined {
    const id = this.#table.intern(name);
    if (id === undefined) return undefined;
    return (this.#topics[id] ??= new Topic(name));
  }

  #subscribe(client: ClientOutbox, topic: Topic, askedHz: number | null, v: number): void {
    const subscription: Subscription = { client, topic: topic.name, askedHz, intervalMs: 0, index: 0 };
    topic.subscribe(subscription, v);
    client.subscribed(subscription);
    this.#subscriptionCount++;
  }

  #publishOnce(topic: Topic, key: string, frame: VersionedFrame): void {
    topic.finish(key, frame.v, this.#onSuperseded);
    if (topic.subscriptions.length === 0) return;
    const bytes = this.encode(frame);
    const lane = this.#options.onceLane ?? 'bars';
    for (const { client } of [...topic.subscriptions]) this.#settle(client, client.offer(lane, bytes));
  }

  #markAll({ values }: LatestEntry): void {
    this.counters.offered += values.length;
    for (const value of values) {
      if (value.pending) {
        // The key keeps its place in the client's queue; only the entry's frame has changed.
        this.counters.conflated++;
        continue;
      }
      const { client } = value;
      client.mark(value);
      this.#plan.plan(client);
    }
  }

  #flush(client: ClientOutbox, at: number, now: number): void {
    const verdict = client.flush(at, now, this.#batch);
    if (verdict !== null) return this.#end(client, verdict);
    if (!client.paused) client.feeder?.feed();
    if (client.closed) return;
    if (client.paused) this.#plan.retry(client, now);
    // Frames that found no room in this write: the next turn sees whether the socket has taken it.
    else if (client.queueDepth > 0) this.#plan.hurry(client);
    else if (!client.idle) this.#plan.schedule(client, now);
  }

  #settle(client: ClientOutbox, verdict: OutboxVerdict): void {
    if (verdict !== null) this.#end(client, verdict);
    else this.#plan.hurry(client);
  }

  #end(client: ClientOutbox, verdict: NonNullable<OutboxVerdict>): void {
    this.detach(client);
    this.counters.closes[verdict.close] = (this.counters.closes[verdict.close] ?? 0) + 1;
    client.outlet.close(CLOSE_CODES[verdict.close], verdict.reason);
    this.#options.onClosed?.(client, verdict);
  }

  /** Works out the interval of each subscription, and the client's period: that of its fastest. */
  #pace(client: ClientOutbox): void {
    let fastest = Number.POSITIVE_INFINITY;
    let slowest = 0;
    for (const subscription of client.subscriptions.values()) {
      subscription.intervalMs = intervalOf(this.rateOf(client, subscription.askedHz));
      fastest = Math.min(fastest, subscription.intervalMs);
      slowest = Math.max(slowest, subscription.intervalMs);
    }
    client.evenMs = fastest === slowest ? fastest : 0;
    client.periodMs = Number.isFinite(fastest) ? fastest : this.flushMs * this.#divisor;
  }
}

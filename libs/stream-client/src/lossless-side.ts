import type { EventFrame, LosslessChannel } from '@ziggy/contracts';
import { Observable, Subject } from 'rxjs';
import type { Link } from './connection.ts';
import { CLIENT_LIMITS } from './deps.ts';
import { EventMemory } from './event-memory.ts';
import type { EventBatch, EventItem, Resync } from './event-memory.ts';
import { EVENT_POLLS, pollEvents } from './event-polls.ts';
import { LosslessConversation } from './lossless-conversation.ts';
import { ChannelSide } from './side.ts';
import type { SideOwner } from './side.ts';

/** A lossless channel: every event once and in order, from an image on, across reconnects. */
export class LosslessSide extends ChannelSide {
  readonly #channel: LosslessChannel;
  readonly #memory: EventMemory;
  readonly #deliveries = new Subject<EventBatch>();
  /** Ids of what was delivered, oldest first; an event that REST brought is not brought again by the stream. */
  readonly #seen = new Set<string>();
  #watchers = 0;
  #lingerUntil = 0;
  #pending: EventItem[] = [];
  #reset = false;
  #resync: Resync | null = null;
  declare private conversation: LosslessConversation;

  /** @param memory what another tab has delivered already: go on from there. */
  constructor(owner: SideOwner, channel: LosslessChannel, memory: EventMemory = new EventMemory()) {
    super(owner, channel, EVENT_POLLS[channel]?.everyMs ?? null);
    this.#channel = channel;
    this.#memory = memory;
    for (const { id } of memory.items) this.#seen.add(id);
  }

  events(): Observable<EventBatch> {
    return new Observable<EventBatch>((subscriber) => {
      const { complete, items, position } = this.#memory;
      if (complete && items.length + (position === null ? 0 : 1) > 0)
        subscriber.next({ channel: this.#channel, reset: true, resync: null, items, position });
      const subscription = this.#deliveries.subscribe(subscriber);
      this.#watchers++;
      if (!this.ended) this.used();
      return () => {
        subscription.unsubscribe();
        this.#watchers--;
        if (this.#watchers === 0) this.#lingerUntil = this.deps.clock.now() + CLIENT_LIMITS.lingerMs;
      };
    });
  }

  override forget(): void {
    this.get.clear();
    this.#memory.forget();
    this.#seen.clear();
    this.#pending = [];
    this.#resync = null;
    this.#reset = true;
    this.touched(null);
  }

  /** Events are few; a hidden window gets them all the same. */
  override slowDown(): void {}

  protected override converse(link: Link): LosslessConversation {
    this.conversation = new LosslessConversation(link, this.deps, {
      position: () => this.#memory.position,
      image: () => {
        this.#pending = [];
        this.#seen.clear();
        this.#reset = true;
      },
      imaged: (position) => {
        this.#memory.position = position;
        this.touched(null);
      },
      event: (frame) => this.#event(frame),
      repeated: () => this.regressed++,
      resync: (resync) => {
        this.#memory.position = resync.position;
        this.#resync = resync;
        this.touched(null);
      },
    });
    return this.conversation;
  }

  protected override get inUse(): boolean {
    return this.#watchers > 0 || this.deps.clock.now() < this.#lingerUntil;
  }

  protected override expire(): void {}

  protected override giveUpInterest(): void {
    this.#lingerUntil = 0;
  }

  protected override get pollsBeside(): boolean {
    return false;
  }

  protected override counts(): { subscriptions: number; polled: number } {
    return { subscriptions: this.connection.phase === 'live' ? 1 : 0, polled: this.polling ? 1 : 0 };
  }

  /** Events do not grow old; the state of the channel says that no new ones come. */
  protected override markStale(): void {}

  protected override async poll(signal: AbortSignal): Promise<void> {
    const items = await pollEvents(this.get, this.#channel, signal);
    if (signal.aborted) return;
    const fresh = items.filter(({ id }) => !this.#seen.has(id));
    for (const item of fresh) this.#add(item);
    if (fresh.length > 0) this.touched(null);
  }

  protected override deliver(): void {
    if (!this.#reset && this.#resync === null && this.#pending.length === 0) return;
    const batch: EventBatch = {
      channel: this.#channel,
      reset: this.#reset,
      resync: this.#resync,
      items: this.#pending,
      position: this.#memory.position,
    };
    this.#reset = false;
    this.#resync = null;
    this.#pending = [];
    this.#memory.apply(batch);
    this.#deliveries.next(batch);
  }

  protected override complete(): void {
    this.#deliveries.complete();
  }

  #event(frame: EventFrame): void {
    const { id, seq, epoch, type, ts, data } = frame;
    const snap = frame.snap === true;
    if (!snap) this.#memory.position = { epoch, seq };
    if (this.#seen.has(id)) {
      this.regressed++;
      return;
    }
    const replay = frame.replay === true;
    this.#add({ id, seq, type, ts, data, snap, replay, via: 'stream' });
    // An image is handed over whole, when its end has come.
    if (snap) return;
    this.touched(replay ? null : ts);
    // A window that paints once a second must not gather without end.
    if (this.#pending.length >= CLIENT_LIMITS.eventsPending) this.deliver();
  }

  #add(item: EventItem): void {
    this.#pending.push(item);
    this.#seen.add(item.id);
    if (this.#seen.size > CLIENT_LIMITS.eventIdsHeld) this.#seen.delete(this.#seen.values().next().value as string);
  }
}

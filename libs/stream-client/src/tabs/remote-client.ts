import { CHANNELS } from '@ziggy/contracts';
import type { Channel, LosslessChannel } from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import { BehaviorSubject, Observable, Subject } from 'rxjs';
import type { Subscriber } from 'rxjs';
import type { BarBatch } from '../bar-cache.ts';
import type { ChannelState, EventMemories, RunningMarket, SourceStatus, StreamClient, StreamStats } from '../client.ts';
import type { Clock } from '@ziggy/domain';
import { EventMemory } from '../event-memory.ts';
import type { EventBatch } from '../event-memory.ts';
import type { FrameSamples } from '../inspector.ts';
import type { QuoteBatch } from '../quote-cache.ts';
import type { TabMessage, Watch } from './messages.ts';

type AnyBatch = QuoteBatch | BarBatch | EventBatch | FrameSamples;

interface Held {
  readonly watch: Watch;
  next(batch: AnyBatch): void;
  complete(): void;
}

/** The client of a tab without sockets: it says what it wants, and the tab that has them answers. */
export class RemoteClient implements StreamClient {
  readonly market$ = new BehaviorSubject<RunningMarket | null>(null);
  readonly sourceStatus$ = new BehaviorSubject<SourceStatus | null>(null);
  readonly stats$ = new Subject<StreamStats>();
  readonly frames$ = this.#watch<FrameSamples>((id) => ({ id, kind: 'frames' }));
  readonly #clock: Clock;
  readonly #tabId: string;
  readonly #changed: () => void;
  readonly #say: (message: TabMessage) => void;
  readonly #held = new Map<string, Held>();
  readonly #memories = new Map<LosslessChannel, EventMemory>();
  readonly #states: ReadonlyMap<Channel, BehaviorSubject<ChannelState>>;
  #offsetMs = 0;
  #nextId = 1;

  /** @param changed the wishes of this tab changed and should be told. */
  constructor(clock: Clock, tabId: string, changed: () => void, say: (message: TabMessage) => void) {
    this.#clock = clock;
    this.#tabId = tabId;
    this.#changed = changed;
    this.#say = say;
    this.#states = new Map(CHANNELS.map((channel) => [channel, new BehaviorSubject(idle(channel, clock.now()))]));
  }

  /** What this tab wants now. */
  get watches(): Watch[] {
    return [...this.#held.values()].map(({ watch }) => watch);
  }

  /** What was delivered here of lossless channels: sockets of this tab would go on from there. */
  get memories(): EventMemories {
    return Object.fromEntries(this.#memories);
  }

  quotes(symbols: Iterable<string>): Observable<QuoteBatch> {
    const list = [...new Set(symbols)];
    return this.#watch<QuoteBatch>((id) => ({ id, kind: 'quotes', symbols: list }));
  }

  bars(symbol: string, timeframe: Timeframe): Observable<BarBatch> {
    return this.#watch<BarBatch>((id) => ({ id, kind: 'bars', symbol, timeframe }));
  }

  events(channel: LosslessChannel): Observable<EventBatch> {
    return this.#watch<EventBatch>((id) => ({ id, kind: 'events', channel }));
  }

  state(channel: Channel): Observable<ChannelState> {
    return (this.#states.get(channel) as BehaviorSubject<ChannelState>).asObservable();
  }

  serverNow(): number {
    return this.#clock.now() + this.#offsetMs;
  }

  reconnectNow(): void {
    this.#say({ type: 'reconnect' });
  }

  disconnect(): void {
    for (const held of [...this.#held.values()]) held.complete();
    this.#held.clear();
    this.market$.complete();
    this.sourceStatus$.complete();
    this.stats$.complete();
    for (const state of this.#states.values()) state.complete();
  }

  /** A message of the tab that has the sockets. */
  hear(message: TabMessage): void {
    switch (message.type) {
      case 'quotes':
      case 'bars':
      case 'frames':
        if (message.to === this.#tabId) this.#held.get(message.id)?.next(message.batch);
        return;
      case 'events': {
        const held = message.to === this.#tabId ? this.#held.get(message.id) : undefined;
        if (held === undefined) return;
        this.#memory(message.batch.channel).apply(message.batch);
        return held.next(message.batch);
      }
      case 'state':
        this.#states.get(message.state.channel)?.next(message.state);
        return;
      case 'stats':
        this.#offsetMs = message.stats.offset === null ? 0 : message.stats.offset.offsetMs;
        this.stats$.next(message.stats);
        return;
      case 'market':
        this.market$.next(message.market);
        return;
      case 'source':
        this.sourceStatus$.next(message.status);
    }
  }

  #memory(channel: LosslessChannel): EventMemory {
    const memory = this.#memories.get(channel) ?? new EventMemory();
    this.#memories.set(channel, memory);
    return memory;
  }

  #watch<Batch extends AnyBatch>(make: (id: string) => Watch): Observable<Batch> {
    return new Observable<Batch>((subscriber: Subscriber<Batch>) => {
      const id = `${this.#tabId}/${this.#nextId++}`;
      this.#held.set(id, {
        watch: make(id),
        next: (batch) => subscriber.next(batch as Batch), // the leader answers a watch with batches of its kind
        complete: () => subscriber.complete(),
      });
      this.#changed();
      return () => {
        if (this.#held.delete(id)) this.#changed();
      };
    });
  }
}

function idle(channel: Channel, since: number): ChannelState {
  return { channel, phase: 'idle', since, retryAt: null, failures: 0, closeCode: null, reason: null };
}

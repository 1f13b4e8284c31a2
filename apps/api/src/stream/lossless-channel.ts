import { CURSOR_LIMITS, HISTORY_MAX, STREAM_ERRORS, commands } from '@ziggy/contracts';
import type { LosslessChannel as LosslessChannelName, StreamPosition, SubscriptionAckFrame } from '@ziggy/contracts';
import { EventFollower } from '@ziggy/streaming';
import type { EventTail, LogPosition, PartitionTail, PositionLoss, ResumeLog, WheelTimer } from '@ziggy/streaming';
import * as z from 'zod';
import { partitionKey } from '../persistence/event-partition.ts';
import type { EventPartition } from '../persistence/event-partition.ts';
import { withinDeadline } from '../platform/deadline.ts';
import { excerpt } from './command-reader.ts';
import type { LosslessFeeds } from './lossless-feed.ts';
import { StreamChannel, idMember } from './stream-channel.ts';
import type { StreamChannelParts } from './stream-channel.ts';
import type { Command, StreamConnection } from './stream-connection.ts';
import { monotonicClock } from './stream-pulse.ts';

const READ_MS = 3_000;
/** Commands of one connection that may wait for those before them; the log may be slow, and a queue must have an end. */
const WAITING_MAX = 64;
const ALL = '*';
/** These channels know no symbols; `*` stands for the whole of the partition. */
const subscribeCommand = commands.subscribe.extend({ symbols: z.array(z.unknown()).min(1).optional() });
const unsubscribeCommand = commands.unsubscribe.extend({ symbols: z.array(z.unknown()).min(1).optional() });

type Rejected = SubscriptionAckFrame['data']['rejected'];

/** What is known of one connection. */
interface Place {
  readonly partition: EventPartition;
  readonly tail: PartitionTail;
  readonly follower: EventFollower;
  /** Until when a client that was told that its position is lost has to say how it goes on. */
  resyncBy: WheelTimer | null;
}

/** The commands of one connection that are not served yet, one behind the other. */
interface Turns {
  last: Promise<void>;
  waiting: number;
}

export interface LosslessChannelParts extends StreamChannelParts {
  readonly channel: LosslessChannelName;
  readonly log: ResumeLog;
  readonly events: EventTail;
  readonly feeds: LosslessFeeds;
  /** Events of the channel belong to the user of the connection; false where all readers share one partition. */
  readonly owned: boolean;
  /** Notes an acknowledged position in the log. */
  readonly take: (partition: EventPartition, seq: number) => Promise<void>;
}

/**
 * What a lossless gateway does with its commands: ordered events from the log, an image for who comes fresh, a resume by
 * position for who comes back. The commands of a connection are served one after the other, since most of them read.
 */
export class LosslessChannel extends StreamChannel {
  readonly #parts: LosslessChannelParts;
  readonly #places = new WeakMap<StreamConnection, Place>();
  readonly #turns = new WeakMap<StreamConnection, Turns>();

  constructor(parts: LosslessChannelParts) {
    super(parts);
    this.#parts = parts;
  }

  override open(connection: StreamConnection, id?: string | number): Promise<void> {
    if (!connection.admitted) return Promise.resolve();
    return this.#inTurn(connection, async () => {
      const place = await this.#place(connection);
      if (place === null) return;
      connection.send(this.hello(connection, place.tail.position, id));
      if (connection.position === null) return;
      try {
        await this.#resumeAt(connection, place, connection.position, {});
      } catch (error) {
        // Nobody asked by a command, so there is nothing to answer: the client comes again.
        this.core.log.warn({ err: error, channel: this.channel }, 'the event log did not answer a position of an URL');
        connection.part('try_later', 'log_unavailable');
      }
    });
  }

  override close(connection: StreamConnection): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    this.#places.delete(connection);
    place.follower.stop();
    place.tail.holders.delete(connection);
    settled(place);
  }

  override subscribe(connection: StreamConnection, command: Command): Promise<void> {
    return this.#served(connection, command, async (place) => {
      const parsed = this.parse(connection, command, subscribeCommand);
      if (parsed === null) return;
      const rejected = foreign(parsed.symbols);
      if (parsed.symbols !== undefined && !parsed.symbols.includes(ALL)) {
        return this.#ack(connection, command, 'subscribed', [], rejected, place.follower.following ? 1 : 0);
      }
      settled(place);
      if (parsed.snapshot === false) {
        this.#ack(connection, command, 'subscribed', [ALL], rejected, 1);
        if (!place.follower.following) place.follower.start(place.tail.position);
        return this.#endImage(connection, command, place.follower.position);
      }
      const { feeds, channel } = this.#parts;
      const image = await withinDeadline(() => feeds.of(channel).image(place.partition, place.tail), READ_MS);
      if (connection.ended) return;
      this.#ack(connection, command, 'subscribed', [ALL], rejected, 1);
      for (const frame of image.frames) connection.hub.follow(connection.outbox, () => [frame]);
      this.#endImage(connection, command, image.position);
      place.follower.start(image.position);
    });
  }

  override unsubscribe(connection: StreamConnection, command: Command): Promise<void> {
    return this.#served(connection, command, (place) => {
      const parsed = this.parse(connection, command, unsubscribeCommand);
      if (parsed === null) return;
      const all = parsed.symbols?.includes(ALL) !== false;
      if (all) {
        place.follower.stop();
        settled(place);
      }
      const total = place.follower.following ? 1 : 0;
      this.#ack(connection, command, 'unsubscribed', all ? [ALL] : [], foreign(parsed.symbols), total);
    });
  }

  override list(connection: StreamConnection, command: Command): Promise<void> {
    return this.#served(connection, command, ({ follower }) =>
      this.#ack(connection, command, 'listed', follower.following ? [ALL] : [], [], follower.following ? 1 : 0),
    );
  }

  /** Events are not merged, so they have no rate. */
  override set(connection: StreamConnection, command: Command): void {
    this.notHere(connection, command);
  }

  override resume(connection: StreamConnection, command: Command): Promise<void> {
    return this.#served(connection, command, async (place) => {
      const parsed = this.parse(connection, command, commands.resume);
      if (parsed !== null) await this.#resumeAt(connection, place, parsed, idMember(command));
    });
  }

  override history(connection: StreamConnection, command: Command): Promise<void> {
    return this.#served(connection, command, async ({ tail }) => {
      const parsed = this.parse(connection, command, commands.history);
      if (parsed === null) return;
      const { log, channel } = this.#parts;
      const before = (seq: number | null, events: number) =>
        withinDeadline(() => log.before(tail.key, seq, { events, bytes: CURSOR_LIMITS.bytes }), READ_MS);
      const { events, head } = await before(parsed.beforeSeq ?? null, Math.min(parsed.limit, HISTORY_MAX));
      const [first] = events;
      const more = first !== undefined && first.prev > 0 && (await before(first.seq, 1)).events.length > 0;
      if (connection.ended) return;
      // It may be large, so it is written when there is room, like an image.
      connection.hub.follow(connection.outbox, {
        type: 'history',
        ch: channel,
        ts: this.core.wall.now(),
        ...idMember(command),
        epoch: head.epoch,
        data: { events: events.map(({ frame }) => frame), more },
      });
    });
  }

  override ack(connection: StreamConnection, command: Command): void | Promise<void> {
    if (this.#parts.channel !== 'alerts') return this.notHere(connection, command);
    return this.#served(connection, command, async ({ partition, tail, follower }) => {
      const parsed = this.parse(connection, command, commands.ack);
      if (parsed === null) return;
      if (parsed.seq > tail.position.seq) {
        return connection.fail('validation', command.id, `seq: ${parsed.seq} has not happened yet.`);
      }
      await withinDeadline(() => this.#parts.take(partition, parsed.seq), READ_MS);
      await withinDeadline(() => this.#parts.feeds.of('alerts').acknowledge(partition, parsed.seq), READ_MS);
      this.#ack(connection, command, 'acked', [], [], follower.following ? 1 : 0);
    });
  }

  // ---- inside -----------------------------------------------------------------------------------

  /** Runs after everything that the connection asked before. Trouble of one command does not stop the next. */
  #inTurn(connection: StreamConnection, work: () => void | Promise<void>): Promise<void> {
    const turns = this.#turnsOf(connection);
    turns.waiting++;
    const turn = turns.last.then(async () => {
      try {
        if (!connection.ended) await work();
      } finally {
        turns.waiting--;
      }
    });
    turns.last = turn.catch(() => undefined);
    return turn;
  }

  #turnsOf(connection: StreamConnection): Turns {
    let turns = this.#turns.get(connection);
    if (turns === undefined) this.#turns.set(connection, (turns = { last: Promise.resolve(), waiting: 0 }));
    return turns;
  }

  #served(connection: StreamConnection, command: Command, work: (place: Place) => void | Promise<void>): Promise<void> {
    if (this.#turnsOf(connection).waiting >= WAITING_MAX) {
      connection.fail('overloaded', command.id, 'Too many commands wait for their answer.');
      return Promise.resolve();
    }
    return this.#inTurn(connection, async () => {
      const place = this.#places.get(connection);
      if (place === undefined) return connection.fail('overloaded', command.id);
      try {
        await work(place);
      } catch (error) {
        this.core.log.warn(
          { err: error, channel: this.channel, command: command.type },
          'the event log did not answer',
        );
        connection.fail('overloaded', command.id, 'The log cannot be read now.');
      }
    });
  }

  /** Finds the connection's partition; a connection without one ends. Never rejects. */
  async #place(connection: StreamConnection): Promise<Place | null> {
    const { channel, owned, log, events, market } = this.#parts;
    const { identity } = connection;
    if (owned && identity === null) {
      connection.end('forbidden', 'this channel belongs to a person');
      return null;
    }
    const owner =
      owned && identity !== null ? { organisationId: identity.organisationId, userId: identity.userId } : null;
    const partition: EventPartition = { market: market.id, channel, owner };
    try {
      const tail = await withinDeadline(() => events.open(partitionKey(partition)), READ_MS);
      if (connection.ended) return null;
      const follower = new EventFollower({
        hub: connection.hub,
        client: connection.outbox,
        log,
        events,
        tail,
        lane: channel,
        onLost: (reason, head) => this.#lost(connection, reason, head),
        onFailed: (error) => {
          this.core.log.warn({ err: error, channel }, 'a slow client could not be served from the log');
          connection.part('try_later', 'log_unavailable');
        },
      });
      const place = { partition, tail, follower, resyncBy: null };
      tail.holders.add(connection);
      this.#places.set(connection, place);
      return place;
    } catch (error) {
      this.core.log.warn({ err: error, channel }, 'the event log did not answer a new connection');
      connection.part('try_later', 'log_unavailable');
      return null;
    }
  }

  async #resumeAt(
    connection: StreamConnection,
    place: Place,
    position: StreamPosition,
    id: { id?: string | number },
  ): Promise<void> {
    const { follower } = place;
    follower.stop();
    const plan = await withinDeadline(() => follower.plan(position), READ_MS);
    if (connection.ended) return;
    const { counters } = connection.hub;
    if (plan.recovered) counters.resumeHits++;
    else counters.resumeMisses++;
    connection.send({
      type: 'resume_ack',
      ch: this.#parts.channel,
      ts: this.core.wall.now(),
      ...id,
      epoch: plan.head.epoch,
      seq: plan.head.seq,
      data: plan.recovered
        ? { recovered: true, replayed: plan.entries.length }
        : { recovered: false, replayed: 0, reason: plan.reason },
    });
    if (!plan.recovered) return;
    settled(place);
    follower.start({ epoch: position.epoch, seq: position.seq }, plan.entries);
  }

  /** Nothing more is sent; a client that does not say how it goes on would take the silence for calm, so it is closed. */
  #lost(connection: StreamConnection, reason: PositionLoss, head: LogPosition): void {
    const place = this.#places.get(connection);
    if (place !== undefined) {
      settled(place);
      const dueAt = monotonicClock.now() + this.core.config.resyncMs;
      place.resyncBy = this.core.pulse.wheel.schedule(dueAt, () => connection.part('resync', 'position lost'));
    }
    const ts = this.core.wall.now();
    connection.send({
      type: 'resync',
      ch: this.#parts.channel,
      ts,
      epoch: head.epoch,
      seq: head.seq,
      data: { reason },
    });
  }

  #endImage(connection: StreamConnection, command: Command, { epoch, seq }: LogPosition): void {
    const frame = { type: 'snapshot_end' as const, ...this.envelope(), ...idMember(command), epoch, seq };
    connection.hub.follow(connection.outbox, frame);
  }

  #ack(
    connection: StreamConnection,
    command: Command,
    status: SubscriptionAckFrame['data']['status'],
    symbols: string[],
    rejected: Rejected,
    total = 0,
  ): void {
    this.acknowledge(connection, command, { status, symbols, rejected, total });
  }
}

/** The client has said how it goes on, or is gone. */
function settled(place: Place): void {
  place.resyncBy?.cancel();
  place.resyncBy = null;
}

/** What was asked for beside `*`: this channel has no symbols. */
function foreign(symbols: readonly unknown[] | undefined): Rejected {
  const { code } = STREAM_ERRORS.validation;
  return (symbols ?? [])
    .filter((symbol) => symbol !== ALL)
    .map((symbol) => ({ symbol: excerpt(symbol), code, name: 'validation' }));
}

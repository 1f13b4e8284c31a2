import { parseSymbol } from '@ziggy/domain';
import type { Timeframe } from '@ziggy/domain';
import { STREAM_ERRORS, commands } from '@ziggy/contracts';
import type { ServerFrame, StreamErrorName, SubscriptionAckFrame } from '@ziggy/contracts';
import type { LatestValueHub } from '@ziggy/streaming';
import * as z from 'zod';
import { withinDeadline } from '../platform/deadline.ts';
import type { ChannelFeed, StreamKey } from './channel-feed.ts';
import { excerpt } from './command-reader.ts';
import { StreamChannel, idMember } from './stream-channel.ts';
import type { StreamChannelParts } from './stream-channel.ts';
import type { Command, StreamConnection } from './stream-connection.ts';

/** A feed answers within 2.5 s by contract; this is for one that breaks it. */
const PREPARE_MS = 3_000;
const DEFAULT_TIMEFRAME: Timeframe = '1m';

/** Symbols are checked one by one, so that a bad one does not cost the good ones. */
const subscribeCommand = commands.subscribe.extend({ symbols: z.array(z.unknown()).min(1) });
const unsubscribeCommand = commands.unsubscribe.extend({ symbols: z.array(z.unknown()).min(1) });

type Rejected = SubscriptionAckFrame['data']['rejected'][number];

/** One key that a connection asked for. It counts against the limit from the moment of asking. */
interface Interest {
  readonly key: StreamKey;
  readonly topic: string;
  readonly ready: Promise<StreamErrorName | null>;
  maxHz: number | undefined;
  /** True once its snapshot has been queued. */
  following: boolean;
}

export interface LatestValueChannelParts extends StreamChannelParts {
  readonly hub: LatestValueHub;
  readonly feed: ChannelFeed;
  /** How a key is called in the hub. */
  readonly topicOf: (key: StreamKey) => string;
  /** True when keys have a timeframe. */
  readonly timeframes: boolean;
}

/**
 * What a latest-value gateway does with its commands: newest value per key, a snapshot at subscription, nothing
 * replayed. Every command with an id gets exactly one answer with that id.
 */
export class LatestValueChannel extends StreamChannel {
  readonly #parts: LatestValueChannelParts;

  constructor(parts: LatestValueChannelParts) {
    super(parts);
    this.#parts = parts;
  }

  override open(connection: StreamConnection, id?: string | number): void {
    if (!connection.admitted) return;
    connection.send(this.hello(connection, null, id));
    const status = this.#parts.hub.sourceStatus;
    if (status !== null && status.data.state !== 'ok') connection.send(status);
  }

  close(connection: StreamConnection): void {
    for (const interest of interestsOf(connection).values()) this.#parts.feed.release(interest.key);
    connection.subscriptions.clear();
  }

  async subscribe(connection: StreamConnection, command: Command): Promise<void> {
    const parsed = this.parse(connection, command, subscribeCommand);
    if (parsed === null) return;
    const timeframe = this.#timeframe(parsed.timeframe);
    const rejected: Rejected[] = [];
    const wanted = new Map<string, Interest>();
    for (const text of parsed.symbols) {
      const symbol = typeof text === 'string' ? parseSymbol(text) : null;
      if (symbol === null) rejected.push(rejection(text, 'unknown_symbol'));
      else {
        const interest = this.#interest(connection, { symbol, timeframe }, parsed.maxHz);
        if (interest === null) rejected.push(rejection(text, 'symbol_limit'));
        else wanted.set(interest.topic, interest);
      }
    }
    const verdicts = await Promise.all(
      [...wanted.values()].map(async (interest) => ({ interest, error: await interest.ready })),
    );
    if (connection.ended) return;
    // From here to the end nothing waits: the ack, the joins and the snapshots are one step.
    const accepted: Interest[] = [];
    for (const { interest, error } of verdicts) {
      // The client may have unsubscribed meanwhile; then the key is neither accepted nor at fault.
      if (interestsOf(connection).get(interest.topic) !== interest) continue;
      if (error === null) accepted.push(interest);
      else {
        this.#forget(connection, interest);
        rejected.push(rejection(interest.key.symbol, error));
      }
    }
    this.#ack(
      connection,
      command,
      'subscribed',
      accepted.map(({ key }) => key.symbol),
      rejected,
      parsed.maxHz,
    );
    for (const interest of accepted) this.#follow(connection, interest, parsed.snapshot);
    if (accepted.length > 0 && parsed.snapshot !== false) {
      this.#parts.hub.follow(connection.outbox, { type: 'snapshot_end', ...this.envelope(), ...idMember(command) });
    }
  }

  unsubscribe(connection: StreamConnection, command: Command): void {
    const parsed = this.parse(connection, command, unsubscribeCommand);
    if (parsed === null) return;
    const held = interestsOf(connection);
    const everything = parsed.symbols.includes('*');
    const ended: Interest[] = [];
    const rejected: Rejected[] = [];
    if (everything) {
      ended.push(
        ...[...held.values()].filter(
          ({ key }) => parsed.timeframe === undefined || !this.#parts.timeframes || key.timeframe === parsed.timeframe,
        ),
      );
    } else {
      const timeframe = this.#timeframe(parsed.timeframe);
      for (const text of parsed.symbols) {
        const symbol = typeof text === 'string' ? parseSymbol(text) : null;
        if (symbol === null) rejected.push(rejection(text, 'unknown_symbol'));
        else {
          const interest = held.get(this.#parts.topicOf({ symbol, timeframe }));
          if (interest !== undefined) ended.push(interest);
        }
      }
    }
    for (const interest of ended) this.#forget(connection, interest);
    const symbols =
      everything || rejected.length > 0 ? ended.map(({ key }) => key.symbol as string) : canonical(parsed.symbols);
    this.#ack(connection, command, 'unsubscribed', [...new Set(symbols)], rejected);
  }

  list(connection: StreamConnection, command: Command): void {
    const symbols = [...interestsOf(connection).values()].map(({ key }) =>
      key.timeframe === null ? key.symbol : `${key.symbol}:${key.timeframe}`,
    );
    this.#ack(connection, command, 'listed', symbols, []);
  }

  set(connection: StreamConnection, command: Command): void {
    const parsed = this.parse(connection, command, commands.set);
    if (parsed === null) return;
    this.#parts.hub.setMaxHz(connection.outbox, parsed.maxHz);
    this.#ack(connection, command, 'set', [], []);
  }

  /** Values are not replayed: a position has no meaning here, and a client that has one must subscribe afresh. */
  resume(connection: StreamConnection, command: Command): void {
    connection.fail(
      'unrecoverable_position',
      command.id,
      'This channel sends newest values and replays nothing: subscribe instead.',
    );
  }

  history(connection: StreamConnection, command: Command): void {
    this.notHere(connection, command);
  }

  ack(connection: StreamConnection, command: Command): void {
    this.notHere(connection, command);
  }

  // ---- inside -----------------------------------------------------------------------------------

  #timeframe(given: Timeframe | undefined): Timeframe | null {
    return this.#parts.timeframes ? (given ?? DEFAULT_TIMEFRAME) : null;
  }

  /** The connection's interest in a key, made when it is new; null when the connection has no room for it. */
  #interest(connection: StreamConnection, key: StreamKey, maxHz: number | undefined): Interest | null {
    const topic = this.#parts.topicOf(key);
    const held = interestsOf(connection);
    const known = held.get(topic);
    if (known !== undefined) {
      known.maxHz = maxHz ?? known.maxHz;
      return known;
    }
    if (held.size >= this.symbolLimit(connection)) return null;
    this.#parts.feed.acquire(key);
    const interest: Interest = { key, topic, maxHz, following: false, ready: this.#prepare(key) };
    held.set(topic, interest);
    return interest;
  }

  async #prepare(key: StreamKey): Promise<StreamErrorName | null> {
    try {
      return await withinDeadline(() => this.#parts.feed.prepare(key), PREPARE_MS);
    } catch {
      return 'internal';
    }
  }

  #forget(connection: StreamConnection, interest: Interest): void {
    interestsOf(connection).delete(interest.topic);
    this.#parts.hub.leave(connection.outbox, interest.topic);
    this.#parts.feed.release(interest.key);
  }

  /** Queues "join and show": both happen together when the client has room for the snapshot. */
  #follow(connection: StreamConnection, interest: Interest, snapshot: boolean | undefined): void {
    const { hub } = this.#parts;
    const again = interest.following;
    interest.following = true;
    // A second subscribe of a live key changes its rate; the image is repeated only on demand.
    const wanted = again ? snapshot === true : snapshot !== false;
    hub.follow(connection.outbox, () => {
      if (interestsOf(connection).get(interest.topic) !== interest) return [];
      const frames = wanted ? this.#snapshot(connection, interest.key) : [];
      hub.join(connection.outbox, interest.topic, { maxHz: interest.maxHz, v: newest(frames) });
      return frames;
    });
  }

  /** This runs inside a flush of the hub, where nothing may throw. */
  #snapshot(connection: StreamConnection, key: StreamKey): readonly ServerFrame[] {
    try {
      return this.#parts.feed.snapshot(key);
    } catch (error) {
      this.#parts.core.log.error({ err: error, ...key }, 'defect: a snapshot could not be made');
      connection.fail('internal', undefined, `No snapshot of ${key.symbol}.`);
      return [];
    }
  }

  #ack(
    connection: StreamConnection,
    command: Command,
    status: SubscriptionAckFrame['data']['status'],
    symbols: readonly string[],
    rejected: readonly Rejected[],
    askedHz?: number,
  ): void {
    this.acknowledge(connection, command, {
      status,
      symbols: [...symbols],
      rejected: [...rejected],
      total: interestsOf(connection).size,
      maxHz: this.#parts.hub.rateOf(connection.outbox, askedHz),
    });
  }
}

function interestsOf(connection: StreamConnection): Map<string, Interest> {
  return connection.subscriptions as Map<string, Interest>;
}

function rejection(text: unknown, name: StreamErrorName): Rejected {
  return { symbol: excerpt(text), code: STREAM_ERRORS[name].code, name };
}

function newest(frames: readonly ServerFrame[]): number {
  return frames.reduce((most, frame) => ('v' in frame ? Math.max(most, frame.v) : most), -1);
}

function canonical(symbols: readonly unknown[]): string[] {
  return symbols.flatMap((text) => (typeof text === 'string' ? [parseSymbol(text) ?? text] : []));
}

import { TIMEFRAMES, isTimeframe } from '@ziggy/domain';
import { PROTOCOL, commands } from '@ziggy/contracts';
import type { Channel, CloseName, HelloFrame, StreamPosition, SubscriptionAckFrame } from '@ziggy/contracts';
import type * as z from 'zod';
import { withinDeadline } from '../platform/deadline.ts';
import type { RunningMarket } from '../platform/running-market.ts';
import { excerpt } from './command-reader.ts';
import type { StreamAccess, TokenVerdict } from './stream-access.ts';
import type { Command, StreamConnection } from './stream-connection.ts';
import type { StreamCore } from './stream-core.ts';

const AUTHENTICATE_MS = 3_000;
type Refusal = Extract<TokenVerdict, { ok: false }>['error'];
/** How a connection without sign-in ends when its token does not let it in, and what is said of the token. */
const REFUSALS: Readonly<Record<Refusal, readonly [CloseName, string]>> = {
  unauthenticated: ['bad_token', 'The token is not valid.'],
  token_expired: ['token_expired', 'The token has expired.'],
  forbidden: ['forbidden', 'The token does not allow to read.'],
  overloaded: ['try_later', 'The token could not be judged now.'],
};

export interface StreamChannelParts {
  readonly channel: Channel;
  readonly market: RunningMarket;
  readonly core: StreamCore;
  readonly access: StreamAccess;
}

/**
 * What every channel does with its commands, whatever it carries: greet, sign in, answer pings, and refuse what is not
 * valid. Every command with an id gets exactly one answer with that id.
 */
export abstract class StreamChannel {
  readonly #parts: StreamChannelParts;

  constructor(parts: StreamChannelParts) {
    this.#parts = parts;
  }

  /** The first frame of an admitted connection; `id` names the `auth` command that it answers. */
  abstract open(connection: StreamConnection, id?: string | number): void | Promise<void>;
  /** The connection has ended. */
  abstract close(connection: StreamConnection): void;
  abstract subscribe(connection: StreamConnection, command: Command): void | Promise<void>;
  abstract unsubscribe(connection: StreamConnection, command: Command): void | Promise<void>;
  abstract list(connection: StreamConnection, command: Command): void | Promise<void>;
  abstract set(connection: StreamConnection, command: Command): void;
  abstract resume(connection: StreamConnection, command: Command): void | Promise<void>;
  abstract history(connection: StreamConnection, command: Command): void | Promise<void>;
  abstract ack(connection: StreamConnection, command: Command): void | Promise<void>;

  ping(connection: StreamConnection, command: Command): void {
    const parsed = this.parse(connection, command, commands.ping);
    if (parsed !== null) this.#pong(connection, command, parsed.ts);
  }

  /** The answer to our own ping. With an id it is a command, and gets its answer. */
  pong(connection: StreamConnection, command: Command): void {
    const parsed = this.parse(connection, command, commands.pong);
    if (parsed === null) return;
    connection.answered();
    if (command.id !== undefined) this.#pong(connection, command, parsed.ts);
  }

  /** A token in the first frame, or a renewed one. */
  async authenticate(connection: StreamConnection, command: Command): Promise<void> {
    const parsed = this.parse(connection, command, commands.auth);
    if (parsed === null) return;
    const verdict = await this.#judge(parsed.token);
    if (connection.ended) return;
    if (!verdict.ok) {
      const [close, detail] = REFUSALS[verdict.error];
      connection.fail(verdict.error, command.id, detail);
      if (!connection.admitted) connection.end(close, 'token refused');
      return;
    }
    const { identity } = verdict;
    const known = connection.identity;
    if (known !== null && (known.userId !== identity.userId || known.organisationId !== identity.organisationId)) {
      return connection.fail('other_user', command.id);
    }
    if (!connection.identify(identity)) return;
    if (connection.admitted) return this.acknowledge(connection, command, { status: 'authenticated' });
    connection.admitted = true;
    await this.open(connection, command.id);
  }

  // ---- for the channels ---------------------------------------------------------------------------

  protected get core(): StreamCore {
    return this.#parts.core;
  }

  protected get market(): RunningMarket {
    return this.#parts.market;
  }

  protected get channel(): Channel {
    return this.#parts.channel;
  }

  /** A command of other channels. */
  protected notHere(connection: StreamConnection, command: Command): void {
    connection.fail('unknown_type', command.id, `"${command.type}" is not a command of ${this.channel}.`);
  }

  /** The command as its schema has it; `null` when it is not valid, which is answered then. */
  protected parse<Schema extends z.ZodType>(
    connection: StreamConnection,
    command: Command,
    schema: Schema,
  ): z.output<Schema> | null {
    const symbols = command.body['symbols'];
    const { symbolsPerCommand } = this.core.config;
    if (Array.isArray(symbols) && symbols.length > symbolsPerCommand) {
      connection.fail(
        'too_large',
        command.id,
        `At most ${symbolsPerCommand} symbols in one command; ${symbols.length} were given.`,
      );
      return null;
    }
    const result = schema.safeParse({ ...command.body, type: command.type });
    if (result.success) return result.data;
    connection.fail('validation', command.id, faultText(result.error, command.body));
    return null;
  }

  protected hello(connection: StreamConnection, position: StreamPosition | null, id?: string | number): HelloFrame {
    const { core, market } = this.#parts;
    return {
      type: 'hello',
      ...this.envelope(),
      ...(id === undefined ? {} : { id }),
      data: {
        protocol: PROTOCOL,
        conn: connection.id,
        node: core.node,
        ...(connection.identity === null ? {} : { user: connection.identity.userId }),
        pingMs: core.config.pingMs,
        market: { id: market.id, source: market.source, kind: market.kind },
        limits: {
          symbols: this.symbolLimit(connection),
          symbolsPerCommand: core.config.symbolsPerCommand,
          commandsPerSecond: core.config.commandsPerSecond,
          inboundBytes: core.config.inboundBytes,
        },
      },
      ...(position ?? {}),
    };
  }

  protected acknowledge(
    connection: StreamConnection,
    command: Command,
    data: Pick<SubscriptionAckFrame['data'], 'status'> & Partial<SubscriptionAckFrame['data']>,
  ): void {
    const empty = { symbols: [], rejected: [], total: 0, maxHz: connection.hub.rateOf(connection.outbox) };
    connection.send({
      type: 'subscription_ack',
      ...this.envelope(),
      ...idMember(command),
      data: { ...empty, ...data },
    });
  }

  protected symbolLimit(connection: StreamConnection): number {
    const { symbolsAnonymous, symbolsUser } = this.#parts.core.config;
    return connection.identity === null ? symbolsAnonymous : symbolsUser;
  }

  protected envelope(): { ch: Channel; ts: number } {
    return { ch: this.#parts.channel, ts: this.#parts.core.wall.now() };
  }

  // ---- inside -----------------------------------------------------------------------------------

  /** That a token could not be judged in time says nothing about it, so the client may come again. */
  async #judge(token: string): Promise<TokenVerdict> {
    const { access, channel, core } = this.#parts;
    try {
      return await withinDeadline(() => access.authenticate(channel, token), AUTHENTICATE_MS);
    } catch (error) {
      core.log.warn({ err: error, channel }, 'a token could not be judged');
      return { ok: false, error: 'overloaded' };
    }
  }

  #pong(connection: StreamConnection, command: Command, ts: number | undefined): void {
    const { ch, ts: now } = this.envelope();
    connection.send({ type: 'pong', ch, ts: now, ...idMember(command), data: { ts: ts ?? null, serverTs: now } });
  }
}

export function idMember({ id }: Command): { id?: string | number } {
  return id === undefined ? {} : { id };
}

function faultText(error: z.ZodError, body: Readonly<Record<string, unknown>>): string {
  const [issue] = error.issues;
  const path = issue?.path.map(String) ?? [];
  if (path[0] === 'timeframe' && !isTimeframe(String(body['timeframe']))) {
    return `timeframe: ${excerpt(body['timeframe'])} is none of ${TIMEFRAMES.join(', ')}.`;
  }
  const value = path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    body,
  );
  const given = value === undefined ? 'missing' : excerpt(value);
  return `${path.join('.')}: ${issue?.message ?? 'not valid'} (${given})`;
}

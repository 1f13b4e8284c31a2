import { Inject, Injectable } from '@nestjs/common';
import { CLOSE_CODES, STREAM_ERRORS } from '@ziggy/contracts';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';
import type { StreamConnection } from './stream-connection.ts';
import { monotonicClock } from './stream-pulse.ts';

/** Why an upgrade was answered with something else than 101. */
export const REJECTIONS = [
  'draining',
  'headers',
  'origin',
  'address_limit',
  'process_limit',
  'connection_rate',
  'path',
  'credentials',
  'forbidden',
  'overload',
  'handshake',
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** Every open socket of this process, and the limits on how many there may be. */
@Injectable()
export class ConnectionLedger {
  readonly open = new Set<StreamConnection>();
  readonly rejectedUpgrades: Record<Rejection, number> = zeros(REJECTIONS);
  /** Ended connections by close name; codes outside the registry count under `other`. */
  readonly closes: Record<string, number> = { ...zeros(Object.keys(CLOSE_CODES)), other: 0 };
  commands = 0;
  /** Error frames by name. */
  readonly errors: Record<string, number> = zeros(Object.keys(STREAM_ERRORS));
  readonly #perAddress = new Map<string, number>();
  /** Signed-in connections by organisation and user, oldest first. */
  readonly #perUser = new Map<string, Set<StreamConnection>>();
  readonly #config: StreamConfig;
  /** Sockets admitted, from the decision to upgrade until they are closed: exact under parallel opens. */
  #admitted = 0;
  #tokens: number;
  #filledAt = monotonicClock.now();

  constructor(@Inject(STREAM_CONFIG) config: StreamConfig) {
    this.#config = config;
    this.#tokens = config.newConnectionsBurst;
  }

  get admitted(): number {
    return this.#admitted;
  }

  get addresses(): number {
    return this.#perAddress.size;
  }

  /** Users with at least one signed-in connection. */
  get users(): number {
    return this.#perUser.size;
  }

  get errorTotal(): number {
    return Object.values(this.errors).reduce((sum, n) => sum + n, 0);
  }

  /** Takes a place for one more connection of this address, or says which limit forbids it. */
  admit(address: string): Rejection | null {
    const held = this.#perAddress.get(address) ?? 0;
    if (held >= this.#config.connectionsPerAddress) return 'address_limit';
    if (this.#admitted >= this.#config.connectionsPerProcess) return 'process_limit';
    if (!this.#takeToken()) return 'connection_rate';
    this.#perAddress.set(address, held + 1);
    this.#admitted++;
    return null;
  }

  /** Gives the place back. Each admission is given back exactly once. */
  giveBack(address: string): void {
    const held = this.#perAddress.get(address) ?? 0;
    if (held <= 1) this.#perAddress.delete(address);
    else this.#perAddress.set(address, held - 1);
    this.#admitted--;
  }

  /**
   * Counts a connection under its user. False when the user has as many as it may; on one path too many, the oldest there
   * makes room.
   */
  identify(connection: StreamConnection): boolean {
    const user = userKey(connection);
    if (user === null) return true;
    const held = this.#perUser.get(user) ?? new Set<StreamConnection>();
    let here = 0;
    let oldest: StreamConnection | undefined;
    for (const other of held) {
      if (other.channel !== connection.channel) continue;
      here++;
      oldest ??= other;
    }
    if (here >= this.#config.connectionsPerPath) oldest?.end('replaced', 'a newer connection took its place');
    else if (held.size >= this.#config.connectionsPerUser) return false;
    held.add(connection);
    this.#perUser.set(user, held);
    return true;
  }

  /** Forgets whom an ending connection was counted under. Idempotent. */
  leave(connection: StreamConnection): void {
    const user = userKey(connection);
    const held = user === null ? undefined : this.#perUser.get(user);
    held?.delete(connection);
    if (user !== null && held?.size === 0) this.#perUser.delete(user);
  }

  closed(connection: StreamConnection, code: number): void {
    this.leave(connection);
    if (!this.open.delete(connection)) return;
    this.giveBack(connection.address);
    const name = CLOSE_NAMES.get(code) ?? 'other';
    this.closes[name] = (this.closes[name] ?? 0) + 1;
  }

  #takeToken(): boolean {
    const now = monotonicClock.now();
    const { newConnectionsPerSecond, newConnectionsBurst } = this.#config;
    this.#tokens = Math.min(
      newConnectionsBurst,
      this.#tokens + ((now - this.#filledAt) * newConnectionsPerSecond) / 1_000,
    );
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

const CLOSE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(CLOSE_CODES).map(([name, code]) => [code, name]),
);

function userKey({ identity }: StreamConnection): string | null {
  return identity === null ? null : JSON.stringify([identity.organisationId, identity.userId]);
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

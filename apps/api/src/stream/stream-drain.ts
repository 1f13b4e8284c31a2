import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Lifecycle, Readiness } from '../platform/lifecycle.ts';
import type { StopTerms } from '../platform/lifecycle.ts';
import { StreamCore } from './stream-core.ts';

/** Longest sleep between two looks, and how far a late wake-up is caught up with. */
const STEP_MS = 100;
/** Share of the clients that may be closed in a second, so that those who take them over are not flooded. */
const SHARE_PER_SECOND = 0.05;
/** Where two clients would be more than 8 % of all, one goes at a time, with a second between them. */
const ONE_BY_ONE_BELOW = 25;
/** Kept free at the end for the last handshakes. */
const HANDSHAKE_MS = 400;

/** As much of a connection as a stop needs. */
export interface Leaver {
  readonly ended: boolean;
  end(close: 'drain', reason: string): void;
  terminate(): void;
}

/** The stop, as the clients see it: told at once, closed in random order at a bearable pace, gone by the deadline. */
@Injectable()
export class StreamDrain implements OnModuleInit {
  readonly #core: StreamCore;
  readonly #lifecycle: Lifecycle;
  readonly #readiness: Readiness;

  constructor(core: StreamCore, lifecycle: Lifecycle, readiness: Readiness) {
    this.#core = core;
    this.#lifecycle = lifecycle;
    this.#readiness = readiness;
  }

  onModuleInit(): void {
    this.#lifecycle.onStop('clients', 'streams', (terms) => this.#drain(terms));
    this.#readiness.register('stream', () => (this.#lifecycle.phase === 'draining' ? 'draining' : 'ok'));
  }

  #drain(terms: StopTerms): Promise<void> {
    return goodbye(
      this.#core.ledger.open,
      (connection) => connection.send(this.#core.reconnectFrame(connection.channel, 'drain')),
      terms,
    );
  }
}

/**
 * Warns everybody, closes one after the other at a bearable pace, and cuts off who is still there at the end.
 * @param open who is there; its owner takes out who has gone
 */
export async function goodbye<Client extends Leaver>(
  open: ReadonlySet<Client>,
  warn: (client: Client) => void,
  { signal, withinMs }: StopTerms,
): Promise<void> {
  let waiting = shuffled([...open]);
  for (const client of waiting) warn(client);
  const bearableMs = bearableGap(waiting.length);
  const endsAt = performance.now() + withinMs - HANDSHAKE_MS;
  let dueAt = performance.now();
  while (waiting.length > 0 && !signal.aborted) {
    const now = performance.now();
    while (now >= dueAt && waiting.length > 0) {
      waiting.pop()?.end('drain', 'server stopping');
      // Who wakes up late goes on from there: closes that were missed do not come in a crowd. But the end of the time stands.
      const gapMs = Math.min(bearableMs, Math.max(0, endsAt - now) / Math.max(1, waiting.length));
      dueAt = Math.max(dueAt, gapMs < STEP_MS ? now - STEP_MS : now) + gapMs;
    }
    await sleep(Math.min(STEP_MS, Math.max(1, dueAt - performance.now())), undefined, { ref: false });
    // Who has left by itself takes nobody's turn.
    waiting = waiting.filter(({ ended }) => !ended);
  }
  const deadline = performance.now() + HANDSHAKE_MS;
  while (open.size > 0 && performance.now() < deadline && !signal.aborted) await sleep(20);
  for (const client of open) client.terminate();
}

/** Milliseconds between two closes, so that those who take the clients over are not flooded. */
function bearableGap(clients: number): number {
  return clients < ONE_BY_ONE_BELOW ? 1_000 : 1_000 / (clients * SHARE_PER_SECOND);
}

function shuffled<Item>(items: Item[]): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomInt(0, i + 1);
    [items[i], items[j]] = [items[j] as Item, items[i] as Item];
  }
  return items;
}

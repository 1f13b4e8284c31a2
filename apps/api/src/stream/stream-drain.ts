import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Lifecycle, Readiness } from '../platform/lifecycle.ts';
import type { StopTerms } from '../platform/lifecycle.ts';
import type { StreamConnection } from './stream-connection.ts';
import { StreamCore } from './stream-core.ts';

/** Longest sleep between two looks, and how far a late wake-up is caught up with. */
const STEP_MS = 100;
/** Share of the clients that may be closed in a second, so that those who take them over are not flooded. */
const SHARE_PER_SECOND = 0.05;
/** Where two clients would be more than 8 % of all, one goes at a time, with a second between them. */
const ONE_BY_ONE_BELOW = 25;
/** Kept free at the end for the last handshakes. */
const HANDSHAKE_MS = 400;

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

  async #drain({ signal, withinMs }: StopTerms): Promise<void> {
    const { open } = this.#core.ledger;
    let waiting = shuffled([...open]);
    for (const connection of waiting) connection.send(this.#core.reconnectFrame(connection.channel, 'drain'));
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
    for (const connection of open) connection.terminate();
  }
}

/** Milliseconds between two closes, so that those who take the clients over are not flooded. */
function bearableGap(clients: number): number {
  return clients < ONE_BY_ONE_BELOW ? 1_000 : 1_000 / (clients * SHARE_PER_SECOND);
}

function shuffled(connections: StreamConnection[]): StreamConnection[] {
  for (let i = connections.length - 1; i > 0; i--) {
    const j = randomInt(0, i + 1);
    [connections[i], connections[j]] = [connections[j] as StreamConnection, connections[i] as StreamConnection];
  }
  return connections;
}

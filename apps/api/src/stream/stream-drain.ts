import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Lifecycle, Readiness } from '../platform/lifecycle.ts';
import type { StopTerms } from '../platform/lifecycle.ts';
import type { StreamConnection } from './stream-connection.ts';
import { StreamCore } from './stream-core.ts';

const STEP_MS = 100;
/** Share of the clients that may be closed in a second, so that those who take them over are not flooded. */
const SHARE_PER_SECOND = 0.05;
const LEAST_PER_SECOND = 20;
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
    const waiting = shuffled([...open]);
    for (const connection of waiting) connection.send(this.#core.reconnectFrame(connection.channel, 'drain'));
    const paceMs = Math.max(STEP_MS, withinMs - HANDSHAKE_MS);
    const perSecond = Math.max(LEAST_PER_SECOND, waiting.length * SHARE_PER_SECOND, (waiting.length * 1_000) / paceMs);
    let allowance = 1;
    while (waiting.length > 0 && !signal.aborted) {
      while (allowance >= 1 && waiting.length > 0) {
        waiting.pop()?.end('drain', 'server stopping');
        allowance -= 1;
      }
      if (waiting.length > 0) await sleep(STEP_MS, undefined, { ref: false });
      allowance += (perSecond * STEP_MS) / 1_000;
    }
    const deadline = performance.now() + HANDSHAKE_MS;
    while (open.size > 0 && performance.now() < deadline && !signal.aborted) await sleep(20);
    for (const connection of open) connection.terminate();
  }
}

function shuffled(connections: StreamConnection[]): StreamConnection[] {
  for (let i = connections.length - 1; i > 0; i--) {
    const j = randomInt(0, i + 1);
    [connections[i], connections[j]] = [connections[j] as StreamConnection, connections[i] as StreamConnection];
  }
  return connections;
}

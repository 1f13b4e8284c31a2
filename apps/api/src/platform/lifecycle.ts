import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { READY_STATES, ReadyzAnswer } from '@ziggy/contracts';
import { Logger } from './logger.ts';
import { withinDeadline } from './deadline.ts';

export type ReadyState = (typeof READY_STATES)[number];
export type CheckName = ReadyzAnswer['checks'][number]['name'];
/** Says how a dependency is, now. It may ask the dependency; it is given one second. */
export type ReadyProbe = () => ReadyState | Promise<ReadyState>;

const PROBE_DEADLINE_MS = 1_000;
const PROBE_REUSED_MS = 1_000;
const WORST_FIRST: readonly ReadyState[] = ['down', 'draining', 'starting', 'degraded', 'ok'];

export type Phase = 'starting' | 'running' | 'draining';
const PHASE_STATE: Record<Phase, ReadyState> = { starting: 'starting', running: 'ok', draining: 'draining' };

/** Order of a stop, outside-in: tell the clients, silence the sources, write down what is left. */
export const STOP_STAGES = ['clients', 'sources', 'stores'] as const;
export type StopStage = (typeof STOP_STAGES)[number];

/** What a stop step is told: when it must be over, and a signal that aborts then. */
export interface StopTerms {
  readonly signal: AbortSignal;
  /** Milliseconds that the step has in all. */
  readonly withinMs: number;
}

interface StopStep {
  readonly stage: StopStage;
  readonly name: string;
  readonly run: (terms: StopTerms) => void | Promise<void>;
}

const STAGE_DEADLINE_MS: Record<StopStage, number> = { clients: 30_000, sources: 3_000, stores: 5_000 };
/** A person who presses Ctrl-C waits at most this long for the clients' goodbye; an orchestrator's SIGTERM gives the full drain. */
const HURRIED_CLIENTS_MS = 1_500;

/**
 * Start and stop of the process, seen by everything inside it. While it drains, requests are refused with 503 and
 * `/readyz` says so. Stop steps run in the order of their stage, those of one stage together, each with a deadline;
 * the HTTP server closes after the last stage, and the database after that.
 */
@Injectable()
export class Lifecycle implements BeforeApplicationShutdown {
  readonly #log: Logger;
  readonly #steps: StopStep[] = [];
  readonly #draining = new AbortController();
  #phase: Phase = 'starting';
  #hurried = false;
  #restart: (() => void) | null = null;

  constructor(logger: Logger) {
    this.#log = logger.child({ context: 'Lifecycle' });
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Aborts when the process begins to stop; long waits and pollers listen to it. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Registers work of the stop: `lifecycle.onStop('clients', 'market stream', ({ signal }) => drain(signal))`. */
  onStop(stage: StopStage, name: string, run: StopStep['run']): void {
    this.#steps.push({ stage, name, run });
  }

  /** Who can close this application and open it anew in the same process. */
  onRestart(restart: () => void): void {
    this.#restart = restart;
  }

  /** Asks for a new application in the same process: another market opens. @returns false where nobody can do that. */
  restart(): boolean {
    if (this.#restart === null || this.#phase === 'draining') return false;
    setImmediate(this.#restart);
    return true;
  }

  /** The server listens: from now on it is ready as far as its parts are. */
  started(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  /** Refuses new work at once. Idempotent. `hurried`: a person waits, so the clients' goodbye is short. */
  beginDraining(options: { hurried?: boolean } = {}): void {
    this.#phase = 'draining';
    this.#hurried ||= options.hurried === true;
    this.#draining.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.beginDraining();
    for (const stage of STOP_STAGES) {
      const withinMs = stage === 'clients' && this.#hurried ? HURRIED_CLIENTS_MS : STAGE_DEADLINE_MS[stage];
      await Promise.all(this.#steps.filter((step) => step.stage === stage).map((step) => this.#run(step, withinMs)));
    }
  }

  async #run(step: StopStep, withinMs: number): Promise<void> {
    const startedAt = performance.now();
    try {
      await withinDeadline(async (signal) => step.run({ signal, withinMs }), withinMs);
      this.#log.debug({ stage: step.stage, step: step.name, ms: Math.round(performance.now() - startedAt) }, 'stopped');
    } catch (error) {
      this.#log.error({ stage: step.stage, step: step.name, err: error }, 'a stop step failed; the stop goes on');
    }
  }
}

/**
 * What must be well before a load balancer may send traffic here. Each owner registers its part:
 * `readiness.register('source', () => (connected ? 'ok' : 'degraded'))`.
 */
@Injectable()
export class Readiness {
  readonly #probes = new Map<CheckName, ReadyProbe>();
  readonly #lifecycle: Lifecycle;
  #running: Promise<ReadyzAnswer['checks']> | null = null;
  #asked = -Infinity;

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  register(name: CheckName, probe: ReadyProbe): void {
    this.#probes.set(name, probe);
  }

  /** State of every part and the worst of them. Answers of the last second are reused, so that asking often costs nothing. */
  async check(): Promise<ReadyzAnswer> {
    const now = performance.now();
    if (this.#running === null || now - this.#asked > PROBE_REUSED_MS) {
      this.#asked = now;
      this.#running = Promise.all([...this.#probes].map(([name, probe]) => probed(name, probe)));
    }
    const checks = await this.#running;
    const states = [...checks.map((check) => check.status), PHASE_STATE[this.#lifecycle.phase]];
    return { status: WORST_FIRST.find((state) => states.includes(state)) ?? 'ok', checks };
  }
}

async function probed(name: CheckName, probe: ReadyProbe): Promise<ReadyzAnswer['checks'][number]> {
  const startedAt = performance.now();
  const status = await withinDeadline(async () => probe(), PROBE_DEADLINE_MS).catch(() => 'down' as const);
  return { name, status, latencyMs: Math.round((performance.now() - startedAt) * 100) / 100 };
}

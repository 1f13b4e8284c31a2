import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { ActiveMarket } from '../market/source/active-market.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import type { JobHandler, JobOutcome, JobRow, StopReason } from './job.entity.ts';
import { JobRepository } from './job.repository.ts';

/** Pause between two looks at the table: leases, cancels, new work. */
const LOOK_EVERY_MS = 500;
/** A worker that has not renewed for so long is taken for gone. */
export const LEASE_MS = 10_000;
/** Jobs of one process at once. */
const RUNNING_MAX = 4;
const PROGRESS_EVERY_MS = 500;

interface Running {
  readonly over: AbortController;
  readonly done: Promise<void>;
}

/** Takes jobs from the table and runs them, one worker a process. */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log: Logger;
  readonly #handlers = new Map<string, JobHandler>();
  readonly #running = new Map<string, Running>();
  readonly #worker: string;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #stopped = false;

  constructor(
    private readonly jobs: JobRepository,
    private readonly market: ActiveMarket,
    private readonly lifecycle: Lifecycle,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'Jobs' });
    this.#worker = `${process.pid}-${market.since}-${market.leadership.node}`;
  }

  /** Handlers say what they do before the application starts. */
  register(handler: JobHandler): void {
    this.#handlers.set(handler.kind, handler);
  }

  onApplicationBootstrap(): void {
    // Before the sources fall silent: what is recorded ends with all that came.
    this.lifecycle.onStop('clients', 'jobs', () => this.#stop());
    this.#timer = setInterval(() => this.kick(), LOOK_EVERY_MS);
    this.kick();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#stop();
  }

  /** Looks at the table now. */
  kick(): void {
    if (this.#stopped) return;
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#log.warn({ err: error }, 'the table of jobs does not answer; it is tried again'))
      .finally(() => (this.#looking = null));
  }

  async #look(): Promise<void> {
    if (this.#running.size > 0) {
      const held = await this.jobs.renew(this.#worker, LEASE_MS);
      for (const { id, cancel_asked } of held) if (cancel_asked) this.#abort(id, 'canceled');
    }
    while (!this.#stopped && this.#running.size < RUNNING_MAX && this.#handlers.size > 0) {
      const job = await this.jobs.take(this.#worker, this.market.id, [...this.#handlers.keys()], LEASE_MS);
      if (job === null) return;
      this.#start(job);
    }
  }

  #start(job: JobRow): void {
    const over = new AbortController();
    const done = this.#run(job, over.signal).finally(() => {
      this.#running.delete(job.id);
      this.kick();
    });
    this.#running.set(job.id, { over, done });
  }

  async #run(job: JobRow, signal: AbortSignal): Promise<void> {
    let outcome: JobOutcome;
    try {
      const handler = this.#handlers.get(job.kind) as JobHandler;
      outcome = await handler.run({
        id: job.id,
        input: job.input,
        again: job.taken > 1,
        signal,
        progress: this.#teller(job.id),
      });
    } catch (error) {
      this.#log.error({ err: error, jobId: job.id, kind: job.kind }, 'a job failed');
      outcome = { state: 'failed', problem: { code: 'internal', detail: 'The log says why.' }, result: null };
    }
    this.#log.info({ jobId: job.id, kind: job.kind, ...outcome }, 'a job ended');
    await this.jobs
      .finish(job.id, this.#worker, outcome, outcome.state)
      .catch((error: unknown) => this.#log.error({ err: error, jobId: job.id }, 'the end of a job was not stored'));
  }

  /** Writes progress at most twice a second. */
  #teller(id: string): (ratio: number | null, stage: string) => void {
    let last = -Infinity;
    return (ratio, stage) => {
      const now = performance.now();
      if (now - last < PROGRESS_EVERY_MS) return;
      last = now;
      this.jobs.progress(id, this.#worker, ratio, stage).catch(() => undefined);
    };
  }

  #abort(id: string, reason: StopReason): void {
    this.#running.get(id)?.over.abort(reason);
  }

  async #stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#stopped = true;
    await this.#looking;
    for (const id of this.#running.keys()) this.#abort(id, 'stopping');
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }
}

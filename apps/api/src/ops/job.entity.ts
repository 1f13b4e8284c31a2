import type { JobKind, JobState } from '@ziggy/contracts';

export interface JobProblem {
  readonly code: string;
  readonly detail: string;
}

/** A row of `job`. Times are epoch ms. */
export interface JobRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly user_id: string;
  readonly kind: JobKind;
  readonly input: unknown;
  readonly state: JobState;
  readonly progress: number | null;
  readonly stage: string;
  readonly resource: string;
  readonly cancel_asked: boolean;
  readonly taken: number;
  readonly problem: JobProblem | null;
  readonly result: Record<string, unknown> | null;
  readonly created_ms: number;
  readonly started_ms: number | null;
  readonly finished_ms: number | null;
}

/** How a job ended. */
export interface JobOutcome {
  readonly state: 'succeeded' | 'failed' | 'canceled';
  readonly problem: JobProblem | null;
  readonly result: Record<string, unknown> | null;
}

/** Why the signal of a running job aborts: somebody canceled it, or the process stops. */
export type StopReason = 'canceled' | 'stopping';

/** What running work is given. */
export interface JobTerms {
  readonly id: string;
  readonly input: unknown;
  /** Taken before by a worker that is gone. */
  readonly again: boolean;
  /** Its reason is a {@link StopReason}; work ends within 2 s of it. */
  readonly signal: AbortSignal;
  /** @param ratio done of all, 0..1; null when nobody knows. */
  progress(ratio: number | null, stage: string): void;
}

/** Does one kind of job. What it throws fails the job openly. */
export interface JobHandler {
  readonly kind: JobKind;
  run(terms: JobTerms): Promise<JobOutcome>;
}

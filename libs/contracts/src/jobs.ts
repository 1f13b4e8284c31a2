import { queryInt, timestamp } from './shared.ts';
import { z } from './zod.ts';

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const;
export const JOB_KINDS = ['tape_record', 'tape_import'] as const;

/** A piece of long work. */
export const job = z
  .object({
    id: z.string(),
    kind: z.enum(JOB_KINDS).meta({ 'x-open': true }),
    state: z.enum(JOB_STATES),
    progressRatio: z.number().min(0).max(1).nullable().meta({ description: 'Done of all; null when nobody knows.' }),
    stage: z.string().meta({ description: 'What it is doing, in words.' }),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    etaMs: z.int().min(0).nullable(),
    cancelable: z.boolean(),
    resource: z.string().meta({ description: 'Path of what it makes.' }),
    problem: z
      .object({ code: z.string(), detail: z.string() })
      .nullable()
      .meta({ description: 'Why it failed, or ended early.' }),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'What came of it, by kind; an import answers an ImportReport.' }),
  })
  .meta({ id: 'Job' });
export const jobsQuery = z.strictObject({
  kind: z.enum(JOB_KINDS).optional(),
  state: z.enum(JOB_STATES).optional(),
  limit: queryInt(1, 200).default(50),
  cursor: z.string().max(200).optional(),
});
export const jobsAnswer = z.object({ items: z.array(job), nextCursor: z.string().nullable() }).meta({ id: 'Jobs' });
export const jobParams = z.strictObject({
  id: z
    .string()
    .regex(/^job_[A-Za-z0-9]{8,40}$/)
    .meta({ description: 'Id of the job.' }),
});
/** Answer of a route that began long work. */
export const jobStarted = z.object({ job, resource: z.string() }).meta({ id: 'JobStarted' });

export type WireJob = z.infer<typeof job>;
export type JobKind = (typeof JOB_KINDS)[number];
export type JobState = (typeof JOB_STATES)[number];
export type JobsQuery = z.output<typeof jobsQuery>;
export type JobsAnswer = z.infer<typeof jobsAnswer>;
export type JobParams = z.output<typeof jobParams>;
export type JobStarted = z.infer<typeof jobStarted>;

import * as z from 'zod';

export const STREAM_CONFIG = Symbol('STREAM_CONFIG');

export interface StreamConfig {
  /** Longest time a live value waits for the socket's outbox, in milliseconds. */
  readonly enqueueTimeoutMs: number;
}

export const streamVariables = {
  WS_ENQUEUE_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(1)
    .max(60_000)
    .default(50)
    .meta({ description: 'Longest time a live value waits for the outbox of a socket, in milliseconds.' }),
};

export function readStreamConfig(env: z.output<z.ZodObject<typeof streamVariables>>): StreamConfig {
  return { enqueueTimeoutMs: env.WS_ENQUEUE_TIMEOUT_MS };
}

import type * as z from 'zod';

/** One kind of message, in the words of the people who read about it. */
export interface MessageEntry {
  readonly schema: z.ZodType;
  readonly summary: string;
  /** One that passes the schema; a test holds it to that. */
  readonly example: Readonly<Record<string, unknown>>;
}

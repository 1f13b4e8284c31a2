/** What one request may cost; the values of the design's section on sizes and times. */
export const HTTP_LIMITS = {
  bodyBytes: 1024 * 1024,
  jsonDepth: 8,
  urlBytes: 8 * 1024,
  headerBytes: 16 * 1024,
  /** From the last byte of the request to the answer. */
  answerMs: 10_000,
  /** From the first byte of the request to its last. */
  receiveMs: 10_000,
} as const;

export type HttpLimits = { readonly [Name in keyof typeof HTTP_LIMITS]: number };

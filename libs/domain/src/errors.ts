/** What went wrong, as data; one filter in the API turns a kind into a status. Codes are registered in contracts. */
export type DomainErrorCode =
  | 'market_mixed'
  | 'insufficient_data'
  | 'invalid_state'
  | 'version_conflict'
  | 'not_found'
  | 'unknown_symbol'
  | 'source_unavailable'
  | 'unsupported_interval'
  | 'range_too_large'
  | 'validation_failed';

/** One fault of the caller's input. `value` is cut at 64 characters. */
export interface InputFault {
  readonly in: 'body' | 'query' | 'path' | 'header';
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly value?: string;
  readonly allowed?: readonly string[];
}

/** A failure that the domain knows by name. Framework-free: it never carries a status. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: DomainErrorCode;
  readonly faults: readonly InputFault[];
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: DomainErrorCode,
    message: string,
    more: { faults?: readonly InputFault[]; extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.faults = more.faults ?? [];
    this.extra = more.extra ?? {};
  }
}

/**
 * The one registry of every code on the wire: REST problems, stream errors and close codes.
 * Codes are stable; clients switch on them. `temporary` means: try again, with backoff.
 */
export interface ProblemDefinition {
  readonly status: number;
  readonly title: string;
  readonly temporary: boolean;
  /** What a caller can do about it, shown on `/docs/errors/<code>`. */
  readonly remedy: string;
}

const permanent = (status: number, title: string, remedy: string): ProblemDefinition => ({
  status,
  title,
  temporary: false,
  remedy,
});
const temporary = (status: number, title: string, remedy: string): ProblemDefinition => ({
  status,
  title,
  temporary: true,
  remedy,
});

export const PROBLEMS = {
  malformed_json: permanent(
    400,
    'The body is not valid JSON',
    'Send one JSON document, encoded as UTF-8; `position` points at the fault.',
  ),
  malformed_request: permanent(
    400,
    'The request cannot be read',
    'Check the request line, the percent-encoding and the headers.',
  ),
  invalid_cursor: permanent(
    400,
    'The cursor does not belong to this query',
    'Use `nextCursor` of the previous page with the same filters, or start again without a cursor.',
  ),
  idempotency_key_required: permanent(
    400,
    'This write needs an Idempotency-Key',
    'Send `Idempotency-Key` with 8 to 64 of A-Z a-z 0-9 _ -; the same key again gives the stored answer.',
  ),
  unauthenticated: permanent(
    401,
    'Credentials are missing or wrong',
    'Send the credentials that `WWW-Authenticate` names.',
  ),
  token_expired: permanent(401, 'The access token has expired', 'Refresh it with `POST /auth/refresh` and try again.'),
  token_revoked: permanent(401, 'The session or key was ended', 'Sign in again, or use another key.'),
  invalid_credentials: permanent(
    401,
    'The credentials are not valid',
    'Check address, password and code. Whether an address exists is never told.',
  ),
  second_factor_required: permanent(
    401,
    'A second factor is needed',
    'Send the same again with `code`: a one-time code, or a recovery code.',
  ),
  fresh_sign_in_required: permanent(
    401,
    'Prove your password again',
    'Call `POST /auth/login` within the session; for five minutes it then counts as fresh.',
  ),
  forbidden: permanent(403, 'Not allowed for this role or key', '`needRole` or `needScope` says what is needed.'),
  person_required: permanent(403, 'Only a signed-in person may do this', 'Sign in; an API key is not enough.'),
  origin_refused: permanent(
    403,
    'Pages of this origin are refused',
    'Serve the page from the same origin, or add its origin to `ALLOWED_ORIGINS`.',
  ),
  csrf_failed: permanent(403, 'The request does not prove where it comes from', 'Send the header `X-CSRF: 1`.'),
  setup_closed: permanent(403, 'The setup is over', 'Sign in, or ask an administrator for an invitation.'),
  route_not_found: permanent(404, 'No such path', 'See `/docs` for every path.'),
  not_found: permanent(404, 'Not found', 'Check the id; things of other organisations are never found.'),
  unknown_symbol: permanent(
    404,
    'Unknown symbol',
    'Look the symbol up with `/market/search`; `nearest` lists similar ones.',
  ),
  method_not_allowed: permanent(
    405,
    'Method not allowed on this path',
    'Use one of the methods in the `Allow` header.',
  ),
  not_acceptable: permanent(406, 'No representation matches the Accept header', 'Accept `application/json`.'),
  request_timeout: temporary(408, 'The request took too long to arrive', 'Send the whole request promptly.'),
  version_conflict: permanent(
    409,
    'Somebody changed it in the meantime',
    'Take `current`, apply the change to it and send its version.',
  ),
  idempotency_key_reused: permanent(
    409,
    'The Idempotency-Key belongs to another request',
    'Use a new key for each new request; the same key only to repeat one unchanged.',
  ),
  idempotency_in_progress: temporary(
    409,
    'The first request with this Idempotency-Key still runs',
    'Repeat it with the same key a little later.',
  ),
  already_exists: permanent(409, 'It exists already', 'Choose another name or address, or change what exists.'),
  invalid_state: permanent(409, 'Not possible in the present state', 'Read the resource and act on its state.'),
  preview_stale: permanent(
    409,
    'It is no longer what the preview saw',
    'Make the dry run again and send the hash that it answers.',
  ),
  expired: permanent(410, 'It is no longer valid', 'Ask for a new one.'),
  body_too_large: permanent(413, 'The body is too large', 'Send at most `limitBytes` bytes.'),
  uri_too_long: permanent(414, 'The URL is too long', 'Keep the URL under 8 KiB; ask for fewer symbols at once.'),
  unsupported_media_type: permanent(415, 'Unsupported media type', 'Send `Content-Type: application/json`.'),
  validation_failed: permanent(
    422,
    'The input is not valid',
    'Every fault is listed in `errors`, with what is allowed.',
  ),
  unsupported_interval: permanent(422, 'Unsupported interval', 'Use one of `allowed`.'),
  range_too_large: permanent(422, 'The range is too large', 'Ask for at most `max`.'),
  export_too_large: permanent(
    422,
    'The export has too many rows',
    'Narrow the range; at most 50 000 rows are written as CSV.',
  ),
  weak_password: permanent(422, 'The password is too easy to guess', '`rules` lists what it breaks.'),
  not_configured: permanent(422, 'This is not set up here', '`setting` names the configuration that is missing.'),
  market_mixed: permanent(422, 'Two markets in one figure', 'Ask for values of one market at a time.'),
  insufficient_data: permanent(422, 'Not enough data', 'Wait until `need` values exist.'),
  file_invalid: permanent(
    422,
    'The file holds bad rows',
    'Mend the rows that are named, or leave them out with `skipBad`.',
  ),
  too_many_jobs: temporary(429, 'Too many jobs', 'Wait until one of your jobs has ended, or cancel one.'),
  rate_limited: temporary(429, 'Too many requests', 'Wait for `Retry-After` seconds.'),
  sign_in_locked: temporary(
    429,
    'Too many failed sign-ins',
    'Wait for `Retry-After` seconds, or ask an administrator for a reset link.',
  ),
  headers_too_large: permanent(431, 'The headers are too large', 'Send at most 16 KiB of headers.'),
  internal: permanent(
    500,
    'Internal error',
    'This is a defect of the server. Report the request id; it finds the cause in the log.',
  ),
  upstream_failed: temporary(502, 'A service behind this one failed', 'Try again later, with backoff.'),
  starting: temporary(503, 'The server is starting', 'Try again after `Retry-After` seconds.'),
  draining: temporary(503, 'The server is stopping', 'Try again; another replica will answer.'),
  overloaded: temporary(503, 'The server is overloaded', 'Try again later, with backoff.'),
  deadline: temporary(503, 'The answer took too long', 'Try again, or ask for less.'),
  database_unavailable: temporary(503, 'The database does not answer', 'Try again later, with backoff.'),
  source_unavailable: temporary(
    503,
    'The market source does not answer and nothing is stored',
    'Try again later; see `/market/sources`.',
  ),
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Precise words for one input fault, in `errors[].code` of a problem. */
export const INPUT_FAULT_CODES = [
  'required',
  'invalid_type',
  'invalid_value',
  'out_of_range',
  'too_long',
  'symbol_invalid',
  'limit_exceeded',
  'range_invalid',
  'parameter_unknown',
] as const;
export type InputFaultCode = (typeof INPUT_FAULT_CODES)[number];

/** Why a value is absent. A null value always stands beside one of these. */
export const NULL_REASONS = [
  'warm_up',
  'missing_bar',
  'incomplete_bar',
  'stale',
  'degenerate',
  'no_source',
  'coverage',
  'quarantined',
  'pending',
  'no_data',
  'insufficient_data',
  'not_configured',
  'venue_closed',
  'unknown_symbol',
  'wrong_class',
  'not_returned',
  'source_timeout',
  'source_unavailable',
] as const;
export type NullReason = (typeof NULL_REASONS)[number];

export interface StreamErrorDefinition {
  readonly code: number;
  readonly temporary: boolean;
  readonly message: string;
}

/** Errors of the streams; the socket stays open. */
export const STREAM_ERRORS = {
  bad_json: { code: 100, temporary: false, message: 'The frame is not one JSON object.' },
  unknown_type: { code: 101, temporary: false, message: 'Unknown command.' },
  validation: { code: 102, temporary: false, message: 'The command is not valid.' },
  unauthenticated: { code: 103, temporary: false, message: 'Sign in first.' },
  forbidden: { code: 104, temporary: false, message: 'Not allowed.' },
  unknown_symbol: { code: 105, temporary: false, message: 'Unknown symbol.' },
  symbol_limit: { code: 106, temporary: false, message: 'Too many symbols on this connection.' },
  rate_limited: { code: 107, temporary: true, message: 'Too many commands.' },
  too_large: { code: 108, temporary: false, message: 'The command is too large.' },
  unrecoverable_position: { code: 109, temporary: false, message: 'The position cannot be recovered.' },
  overloaded: { code: 110, temporary: true, message: 'The server is overloaded.' },
  token_expired: { code: 111, temporary: false, message: 'The token has expired.' },
  other_user: { code: 112, temporary: false, message: 'The token belongs to another user.' },
  internal: { code: 113, temporary: true, message: 'Internal error.' },
} as const satisfies Record<string, StreamErrorDefinition>;
export type StreamErrorName = keyof typeof STREAM_ERRORS;

/** Close codes: 4000-4499 may reconnect, 4500-4999 may not. */
export const CLOSE_CODES = {
  normal: 1000,
  going_away: 1001,
  unsupported_data: 1003,
  invalid_utf8: 1007,
  too_big: 1009,
  internal: 1011,
  service_restart: 1012,
  try_later: 1013,
  drain: 4001,
  token_expired: 4002,
  slow_consumer: 4003,
  no_pong: 4004,
  resync: 4005,
  command_rate: 4007,
  idle: 4008,
  lifetime: 4009,
  bad_token: 4500,
  protocol_abuse: 4501,
  auth_timeout: 4502,
  forbidden: 4503,
  connection_limit: 4504,
  kicked: 4505,
  replaced: 4507,
} as const;
export type CloseName = keyof typeof CLOSE_CODES;

/** Whether a client may come back after this close code. */
export function mayReconnect(closeCode: number): boolean {
  return closeCode < 4500 || closeCode > 4999;
}

/** SQLSTATE classes and socket errors that mean: the database is away, not: the query is wrong. */
const AWAY_CODES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '57014',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
]);
/** Of a server that is not there yet beside these: its name or its address is not known to the network. */
const UNREACHED_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);
/** What `pg` says without a code: no connection in time, or one that ended. */
const AWAY_WORDS = /timeout exceeded when trying to connect|timeout expired|Connection terminated/;

/** The code of an error or of the driver's error inside it; null without one. */
export function errorCodeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const own = 'code' in error ? error.code : undefined;
  if (typeof own === 'string') return own;
  return 'driverError' in error ? errorCodeOf(error.driverError) : null;
}

/** Whether a code says that the database is away. */
export function isDatabaseCode(code: string): boolean {
  return AWAY_CODES.has(code);
}

/** Whether an error says that the database is away. */
export function isDatabaseAway(error: unknown): boolean {
  const code = errorCodeOf(error);
  if (code !== null && AWAY_CODES.has(code)) return true;
  return error instanceof Error && AWAY_WORDS.test(error.message);
}

/** Whether an error says that a connection could not be had now and may be had later; never: that it is refused to us. */
export function isDatabaseUnreached(error: unknown): boolean {
  const code = errorCodeOf(error);
  return isDatabaseAway(error) || (code !== null && UNREACHED_CODES.has(code));
}

/** Whether the server is there and lets us not in: wrong password or user, no such database, no right to connect. */
export function isDatabaseRefusal(error: unknown): boolean {
  return ['28000', '28P01', '3D000', '42501'].includes(errorCodeOf(error) ?? '');
}

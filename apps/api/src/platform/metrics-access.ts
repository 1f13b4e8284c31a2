import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerConfig } from '../config/server.config.ts';
import { ProblemError } from './problem.ts';

/** Lets the caller read `/metrics` or throws. Without a token the path does not exist in production. */
export function metricsAllowed(
  config: Pick<ServerConfig, 'environment' | 'metricsToken'>,
  authorization: string | undefined,
): void {
  if (config.metricsToken === null) {
    if (config.environment === 'production')
      throw new ProblemError('route_not_found', 'There is nothing at this path.');
    return;
  }
  if (authorization !== undefined && same(authorization, `Bearer ${config.metricsToken}`)) return;
  throw new ProblemError('unauthenticated', 'Metrics ask for the token of METRICS_TOKEN.', {
    headers: { 'www-authenticate': 'Bearer realm="metrics"' },
  });
}

// Hashed first, so that neither the length nor the first differing byte can be timed.
function same(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

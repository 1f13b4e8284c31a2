import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerConfig } from '../config/server.config.ts';

/** Whether an `Authorization` header brings the token of `METRICS_TOKEN`; never when none is set. */
export function bringsMetricsToken(
  { metricsToken }: Pick<ServerConfig, 'metricsToken'>,
  authorization: string | undefined,
): boolean {
  return metricsToken !== null && authorization !== undefined && same(authorization, `Bearer ${metricsToken}`);
}

// Hashed first, so that neither the length nor the first differing byte can be timed.
function same(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

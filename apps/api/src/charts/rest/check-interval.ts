import type { InputFaultCode } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import type { Interval } from '@ziggy/domain';
import type { MarketSource } from '@ziggy/market-sources';

/** @throws DomainError `unsupported_interval` with those that the source has, when it has no bars of this interval. */
export function checkInterval(source: Pick<MarketSource, 'capabilities'>, interval: Interval): void {
  const { intervals } = source.capabilities();
  if (intervals.includes(interval)) return;
  const fault = {
    in: 'query' as const,
    path: 'interval',
    code: 'invalid_value' satisfies InputFaultCode,
    message: 'The market source has no bars of this interval.',
    value: interval,
    allowed: [...intervals],
  };
  throw new DomainError('unsupported_interval', `The market source has no ${interval} bars.`, {
    faults: [fault],
    extra: { allowed: [...intervals] },
  });
}

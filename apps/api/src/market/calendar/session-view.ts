import type { SessionAnswer, SessionQuery } from '@ziggy/contracts';
import { calendarOf, DomainError } from '@ziggy/domain';
import type { InputFaultCode } from '@ziggy/contracts';
import { iso } from '../quotes/wire-provenance.ts';

const FIRST_DATE = '2000-01-01';
const LAST_DATE = '2050-12-31';

/**
 * A venue's trading day, and what is next.
 * @param marketNow market time, epoch ms
 * @throws DomainError `validation_failed` for a date outside the calendars' years.
 */
export function sessionView(query: SessionQuery, marketNow: number): SessionAnswer {
  const calendar = calendarOf(query.exchange);
  const date = query.date ?? calendar.sessionAt(marketNow)?.date ?? calendar.dateAt(marketNow);
  if (date < FIRST_DATE || date > LAST_DATE) throw outside(date);
  const session = calendar.session(date);
  const opening = calendar.nextOpening(marketNow);
  const last = calendar.lastOpened(marketNow);
  return {
    exchange: query.exchange,
    timezone: calendar.timezone,
    date,
    isSession: session !== null,
    reason: calendar.reason(date),
    phase: calendar.phaseAt(marketNow),
    preOpen: iso(session?.preOpen ?? null),
    open: iso(session?.open ?? null),
    close: iso(session?.close ?? null),
    postClose: iso(session?.postClose ?? null),
    halfDay: session?.halfDay ?? false,
    nextOpen: iso(opening.open),
    nextClose: iso(last.close > marketNow ? last.close : opening.close),
    marketNow: iso(marketNow),
  };
}

function outside(date: string): DomainError {
  const fault = {
    in: 'query',
    path: 'date',
    code: 'range_invalid' satisfies InputFaultCode,
    message: `The calendars cover ${FIRST_DATE} to ${LAST_DATE}.`,
    value: date,
    allowed: [`${FIRST_DATE}..${LAST_DATE}`],
  } as const;
  return new DomainError('validation_failed', `date: ${fault.message}`, { faults: [fault] });
}

export { parseSymbol, SYMBOL_PATTERN } from './symbol.ts';
export type { Symbol } from './symbol.ts';
export {
  INTERVALS,
  INTERVAL_MS,
  TIMEFRAMES,
  TIMEFRAME_MS,
  isInterval,
  isTimeframe,
  storedInterval,
} from './interval.ts';
export type { Interval, Timeframe } from './interval.ts';
export { MICRO, fromMicro, toMicro } from './money.ts';
export type { MicroPrice } from './money.ts';
export { KINDS, combine, worseKind } from './provenance.ts';
export type { Kind, Provenance } from './provenance.ts';
export { DomainError } from './errors.ts';
export type { DomainErrorCode, InputFault } from './errors.ts';
export type { Clock, MarketClock } from './clock.ts';
export { ASSET_CLASSES, CALENDAR_IDS, PHASES } from './market.ts';
export type { AssetClass, Bar, BarFlag, CalendarId, Instrument, Phase, QuoteUpdate } from './market.ts';
export { calendarOf } from './calendar/calendars.ts';
export { TradingCalendar } from './calendar/trading-calendar.ts';
export type { BarBounds, CalendarOverride, Session } from './calendar/trading-calendar.ts';

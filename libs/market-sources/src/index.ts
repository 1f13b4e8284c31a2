export { CALENDAR_EVENT_KINDS, MarketSource, SourceError } from './port.ts';
export type {
  BarsQuery,
  CalendarEvent,
  CalendarEventKind,
  CallContext,
  CorporateAction,
  EventsQuery,
  RawNews,
  SourceCapabilities,
  SourceClock,
  SourceErrorCode,
  SourceHealth,
} from './port.ts';
export type { TimerHandle, Timers } from './timers.ts';
export { TapeError, makeTape } from './tape/tape.ts';
export type { Tape, TapeBar, TapeErrorCode, TapeEvent, TapeHeader, TapeQuote, TapeRecord } from './tape/tape.ts';
export { SP500_TAPE, loadSp500Daily } from './tape/sp500-daily.ts';
export { TAPE_DEFAULT_SPEED, TapeSource } from './tape/tape-source.ts';
export type { TapeSourceOptions, TapeStatus } from './tape/tape-source.ts';
export { TAPE_SPEED_MAX, TAPE_SPEED_MIN } from './tape/tape-player.ts';
export type { PlayerState, TapeSpeed } from './tape/tape-player.ts';
export { FAULT_KINDS, parseFaults } from './simulated/faults.ts';
export type { Fault, FaultKind } from './simulated/faults.ts';
export { NEWS_LEADS } from './simulated/headlines.ts';
export type { NewsLead } from './simulated/headlines.ts';
export { SimulatedSource } from './simulated/simulated-source.ts';
export type { SimulatedSourceOptions } from './simulated/simulated-source.ts';
export { YAHOO_LICENCE_NOTE, YahooSource } from './yahoo/yahoo-source.ts';
export type { ProbeResult, YahooSourceOptions } from './yahoo/yahoo-source.ts';
export type { DriftNote } from './yahoo/calls.ts';
export type { SourceLogger } from './yahoo/client.ts';
export type { WireRecord, WireTapeLine } from './yahoo/wire.ts';

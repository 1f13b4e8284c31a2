export { CALENDAR_EVENT_KINDS, MarketSource, SourceError } from './port.ts';
export type {
  BarsQuery,
  CalendarEvent,
  CalendarEventKind,
  CallContext,
  CorporateAction,
  EventsQuery,
  QuotePoll,
  RawNews,
  Replay,
  ReplayStatus,
  SourceCapabilities,
  SourceClock,
  SourceErrorCode,
  WireAnswer,
  SourceHealth,
} from './port.ts';
export type { TimerHandle, Timers } from './timers.ts';
export { TapeError, buildsBars, makeTape } from './tape/tape.ts';
export type {
  MemoryTape,
  Tape,
  TapeBar,
  TapeErrorCode,
  TapeEvent,
  TapeHeader,
  TapeHealth,
  TapeNews,
  TapeQuote,
  TapeRecord,
  TapeTitle,
} from './tape/tape.ts';
export { openTape, summarizeTape } from './tape/tape-file.ts';
export type { TapeFile, TapeFileSummary } from './tape/tape-file.ts';
export { PART_SUFFIX, TAPE_FILE_ENDS, TAPE_SUFFIX } from './tape/tape-layout.ts';
export type { TapeEnd } from './tape/tape-layout.ts';
export { recoverTape } from './tape/tape-recovery.ts';
export type { Recovery } from './tape/tape-recovery.ts';
export { TapeWriter } from './tape/tape-writer.ts';
export { SP500_TAPE, loadSp500Daily } from './tape/sp500-daily.ts';
export { TAPE_DAILY_SPEED, TapeSource, tapeMarket } from './tape/tape-source.ts';
export type { TapeSourceOptions } from './tape/tape-source.ts';
export { TAPE_SPEED_MAX, TAPE_SPEED_MIN } from './tape/tape-speed.ts';
export type { TapeSpeed } from './tape/tape-speed.ts';
export type { PlayerState } from './tape/tape-player-options.ts';
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

export { MarketSource, SourceError } from './port.ts';
export type {
  BarsQuery,
  CallContext,
  CorporateAction,
  SourceCapabilities,
  SourceClock,
  SourceErrorCode,
  SourceHealth,
} from './port.ts';

import type { NullReason, QuoteEntry, WireQuote } from '@ziggy/contracts';
import type { Provenance, Symbol } from '@ziggy/domain';
import type { ActiveMarket } from '../source/active-market.ts';
import { changeOf, changePctOf, decimal } from './quote-record.ts';
import type { QuoteRecord } from './quote-record.ts';
import type { Venues } from '../calendar/venues.ts';
import { wireProvenance } from './wire-provenance.ts';

/** A symbol somebody asked for, and what is known of it. */
export interface AskedQuote {
  readonly symbol: Symbol;
  readonly record: QuoteRecord | undefined;
  /** Why there is no value, where there is none. */
  readonly missing: NullReason;
  /** Why no newer value came in place of one past its ceiling. */
  readonly expired: NullReason;
}

export interface QuoteViewContext {
  readonly market: string;
  readonly sourceId: string;
  readonly venues: Venues;
  readonly marketNow: number;
}

/** How values of this market look now. */
export function viewContext(market: Pick<ActiveMarket, 'id' | 'source' | 'now'>, venues: Venues): QuoteViewContext {
  return { market: market.id, sourceId: market.source, venues, marketNow: market.now() };
}

/** Ingest batch and position: the id under which `/market/lineage` tells where a value came from. */
export function lineageIdOf(batchId: number, position: number): string {
  return `${batchId}.${position}`;
}

export function provenanceOf(record: QuoteRecord, context: QuoteViewContext): Provenance {
  const { update } = record;
  return {
    market: context.market,
    source: context.sourceId,
    kind: update.kind,
    asOf: update.exchangeAt,
    receivedAt: update.receivedAt,
    delayMinutes: update.delayMinutes,
    stale: record.stale,
    lineageId: record.batchId === null ? null : lineageIdOf(record.batchId, update.seq),
  };
}

/** A record as the API shows it. */
export function quoteView(record: QuoteRecord, withBrain: boolean, context: QuoteViewContext): WireQuote {
  const { update, instrument } = record;
  const { price } = record;
  const known = price !== null;
  return {
    name: instrument.name,
    assetClass: instrument.assetClass,
    currency: instrument.currency,
    price: decimal(price),
    bid: known ? decimal(update.bid) : null,
    ask: known ? decimal(update.ask) : null,
    bidSize: known ? update.bidSize : null,
    askSize: known ? update.askSize : null,
    open: decimal(update.open),
    high: decimal(update.high),
    low: decimal(update.low),
    prevClose: decimal(update.prevClose),
    change: changeOf(price, update.prevClose),
    changePct: changePctOf(price, update.prevClose),
    volume: update.volume,
    avgVolume20: record.avgVolume20,
    marketState: context.venues.state(instrument.calendar, context.marketNow).phase,
    flags: [],
    ...(withBrain && record.brain !== null ? { brain: record.brain } : {}),
    v: record.v,
    ...wireProvenance(provenanceOf(record, context), context.marketNow),
  };
}

/** One asked symbol: its quote, or why there is none. A value past its ceiling is none. */
export function quoteEntry(
  { symbol, record, missing, expired }: AskedQuote,
  withBrain: boolean,
  context: QuoteViewContext,
): QuoteEntry {
  if (record === undefined) return { symbol, quote: null, reason: missing };
  if (record.expired) return { symbol, quote: null, reason: expired };
  return { symbol, quote: quoteView(record, withBrain, context), reason: null };
}

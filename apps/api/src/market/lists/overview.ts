import type {
  NullReason,
  OverviewAnswer,
  OverviewItem,
  OverviewQuery,
  RegimeLabel,
  SessionAnswer,
} from '@ziggy/contracts';
import { calendarOf, combine, fromMicro } from '@ziggy/domain';
import type { Bar, Instrument, Symbol } from '@ziggy/domain';
import { presentBreadth } from './breadth.ts';
import { movers } from './movers.ts';
import { changePctOf, decimal } from '../quotes/quote-record.ts';
import type { QuoteRecord } from '../quotes/quote-record.ts';
import { provenanceOf } from '../quotes/quote-view.ts';
import { noProvenance } from './tracked.ts';
import type { UniverseParts } from './tracked.ts';
import { wireProvenance } from '../quotes/wire-provenance.ts';

/** One asked symbol with what is known of it. */
export interface OverviewRow {
  readonly symbol: Symbol;
  readonly instrument: Instrument | null;
  readonly record: QuoteRecord | undefined;
  /** Why there is no value, where there is none. */
  readonly missing: NullReason;
  /** Complete daily bars, split-adjusted, ascending. */
  readonly daily: readonly Bar[];
}

export interface OverviewParts extends UniverseParts {
  readonly rows: readonly OverviewRow[];
  readonly query: OverviewQuery;
  readonly session: SessionAnswer;
  readonly regime: {
    readonly label: RegimeLabel | null;
    readonly confidence: number | null;
    readonly since: string | null;
    readonly reason: NullReason | null;
  };
}

const SPARK_MAX = 60;
const MOVERS = 3;
const DAY_MS = 86_400_000;

export function overview(parts: OverviewParts): OverviewAnswer {
  const { rows, context, regime } = parts;
  const items = rows.map((row) => item(row, parts));
  const shown = rows.flatMap(({ record }) => (record === undefined ? [] : [provenanceOf(record, context)]));
  return {
    session: parts.session,
    items,
    ...universeView(parts),
    regime: { label: regime.label, confidence: regime.confidence, since: regime.since, reason: regime.reason },
    news: [],
    nextCursor: null,
    ...wireProvenance(shown.length === 0 ? noProvenance(parts.context, parts.kind) : combine(shown), context.marketNow),
  };
}

function item(row: OverviewRow, parts: OverviewParts): OverviewItem {
  const { record, instrument, symbol } = row;
  const { context, query } = parts;
  const price = record?.price ?? null;
  const past =
    record === undefined || instrument === null ? row.daily : before(row.daily, instrument, record.update.exchangeAt);
  const since = context.marketNow - query.periodDays * DAY_MS;
  return {
    symbol,
    name: instrument?.name ?? null,
    assetClass: instrument?.assetClass ?? null,
    sector: instrument?.sector ?? null,
    price: decimal(price),
    change1dPct: changePctOf(price, record?.update.prevClose ?? null),
    change5dPct: changePctOf(price, past.at(-5)?.c ?? null),
    change20dPct: changePctOf(price, past.at(-20)?.c ?? null),
    changePeriodPct: changePctOf(price, past.findLast((bar) => bar.closeTime <= since)?.c ?? null),
    sinceOpenPct: query.sinceOpen === 'true' ? changePctOf(price, record?.update.open ?? null) : null,
    refClose: decimal(record?.update.prevClose ?? null),
    spark: spark(row.daily, since),
    brain: record?.brain ?? null,
    reason: record === undefined ? row.missing : record.expired ? 'stale' : null,
    ...wireProvenance(
      record === undefined ? noProvenance(parts.context, parts.kind) : provenanceOf(record, context),
      context.marketNow,
    ),
  };
}

/** Bars of sessions before the one that the price belongs to: a change of five days does not begin today. */
function before(daily: readonly Bar[], instrument: Instrument, at: number): readonly Bar[] {
  const today = calendarOf(instrument.calendar).lastOpened(at).open;
  const newest = daily.at(-1);
  return newest === undefined || newest.openTime < today ? daily : daily.filter((bar) => bar.openTime < today);
}

/** Closes of the period's bars; longer periods take the newest 60. */
function spark(daily: readonly Bar[], since: number): number[] {
  const closes = daily
    .filter((bar) => bar.openTime >= since)
    .slice(-SPARK_MAX)
    .map((bar) => Math.round(fromMicro(bar.c) * 1e6) / 1e6);
  return closes.length < 2 ? [] : closes;
}

/** Movers and breadth over the equities of the universe, from fresh quotes only. */
function universeView(parts: OverviewParts): Pick<OverviewAnswer, 'breadth' | 'movers'> {
  const top = (list: 'gainers' | 'losers') =>
    movers({ list, universe: 'tracked', limit: MOVERS }, parts).items.map(({ symbol, value, quote }) => ({
      symbol,
      name: quote.name,
      changePct: value,
    }));
  return { breadth: presentBreadth(parts), movers: { gainers: top('gainers'), losers: top('losers') } };
}

import type {
  NullReason,
  OverviewAnswer,
  OverviewItem,
  OverviewQuery,
  RegimeLabel,
  SessionAnswer,
} from '@ziggy/contracts';
import { calendarOf, combine, fromMicro } from '@ziggy/domain';
import type { Bar, Instrument, Kind, Provenance, Symbol } from '@ziggy/domain';
import { changePctOf, decimal } from './quote-record.ts';
import type { QuoteRecord } from './quote-record.ts';
import { provenanceOf } from './quote-view.ts';
import type { QuoteViewContext } from './quote-view.ts';
import { wireProvenance } from './wire-provenance.ts';

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

export interface OverviewParts {
  readonly rows: readonly OverviewRow[];
  readonly query: OverviewQuery;
  readonly context: QuoteViewContext;
  /** Best kind of the market, for an answer without a value. */
  readonly kind: Kind;
  readonly universe: readonly Instrument[];
  readonly recordOf: (symbol: Symbol) => QuoteRecord | undefined;
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
/** Under this share of fresh quotes, breadth says nothing about the market. */
const BREADTH_COVERAGE = 0.8;
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
    ...wireProvenance(shown.length === 0 ? nothing(parts) : combine(shown), context.marketNow),
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
    ...wireProvenance(record === undefined ? nothing(parts) : provenanceOf(record, context), context.marketNow),
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
function universeView({ universe, recordOf }: OverviewParts): Pick<OverviewAnswer, 'breadth' | 'movers'> {
  const equities = universe.filter(({ assetClass }) => assetClass === 'equity');
  const moved: { symbol: Symbol; name: string; changePct: number }[] = [];
  for (const { symbol, name } of equities) {
    const record = recordOf(symbol);
    if (record === undefined || record.stale) continue;
    const changePct = changePctOf(record.price, record.update.prevClose);
    if (changePct !== null) moved.push({ symbol, name, changePct });
  }
  moved.sort((a, b) => b.changePct - a.changePct || (a.symbol < b.symbol ? -1 : 1));
  const advancers = moved.filter(({ changePct }) => changePct > 0);
  const decliners = moved.filter(({ changePct }) => changePct < 0);
  const covered = equities.length > 0 && moved.length >= BREADTH_COVERAGE * equities.length;
  return {
    breadth: covered
      ? {
          advancers: advancers.length,
          decliners: decliners.length,
          unchanged: moved.length - advancers.length - decliners.length,
          coverage: { used: moved.length, missing: equities.length - moved.length },
        }
      : null,
    movers: { gainers: advancers.slice(0, MOVERS), losers: decliners.slice(-MOVERS).reverse() },
  };
}

function nothing({ context, kind }: OverviewParts): Provenance {
  return {
    market: context.market,
    source: context.sourceId,
    kind,
    asOf: null,
    receivedAt: null,
    delayMinutes: null,
    stale: false,
    lineageId: null,
  };
}

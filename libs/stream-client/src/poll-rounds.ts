import { DEFAULT_INDICATORS, QUOTES_MAX_SYMBOLS, barsAnswer, quotesAnswer } from '@ziggy/contracts';
import type { BarsAnswer, QuoteEntry } from '@ziggy/contracts';
import type { BarSnapshot, IndicatorPoint, SeriesOrigin } from './bar-cache.ts';
import type { Interest } from './intents.ts';
import type { ConditionalGet } from './poller.ts';
import type { QuoteItem } from './quote-cache.ts';

/** Reads the quotes of `symbols` over REST; nothing when nothing changed. */
export async function pollQuotes(
  get: ConditionalGet,
  symbols: readonly string[],
  signal: AbortSignal,
): Promise<QuoteItem[]> {
  const items: QuoteItem[] = [];
  for (let from = 0; from < symbols.length; from += QUOTES_MAX_SYMBOLS) {
    const list = symbols
      .slice(from, from + QUOTES_MAX_SYMBOLS)
      .map(encodeURIComponent)
      .join(',');
    const body = await get.json(`/market/quotes?symbols=${list}&include=brain`, signal);
    if (body === null) continue;
    for (const entry of quotesAnswer.parse(body).items) {
      const item = quoteItem(entry);
      if (item) items.push(item);
    }
  }
  return items;
}

/** A REST quote in the form of the stream; `null` when the server has none, or no time for it. */
export function quoteItem({ symbol, quote }: QuoteEntry): QuoteItem | null {
  if (!quote || quote.asOf === null || quote.brain === undefined) return null;
  const { price, change, changePct, bid, ask, volume, source, kind, brain, v, stale } = quote;
  const asOf = Date.parse(quote.asOf);
  return {
    symbol,
    v,
    ts: asOf,
    stale,
    via: 'poll',
    data: { price, change, changePct, bid, ask, volume, source, kind, asOf, brain },
  };
}

/** Reads the newest bars of one key: all of them (`whole`), or the last two, which is where changes happen. */
export async function pollBars(
  get: ConditionalGet,
  interest: Interest,
  whole: boolean,
  signal: AbortSignal,
): Promise<BarsAnswer | null> {
  const query = new URLSearchParams({
    interval: interest.timeframe ?? '1d',
    limit: whole ? '500' : '2',
    indicators: DEFAULT_INDICATORS.join(','),
  });
  const body = await get.json(`/market/bars/${encodeURIComponent(interest.symbol)}?${query}`, signal);
  return body === null ? null : barsAnswer.parse(body);
}

export function barsOrigin(answer: BarsAnswer): SeriesOrigin {
  return {
    source: answer.source,
    kind: answer.kind,
    asOf: answer.asOf === null ? null : Date.parse(answer.asOf),
    stale: answer.stale,
    via: 'poll',
  };
}

export function barsImage(answer: BarsAnswer): BarSnapshot {
  const bars = answer.items.map(({ openTime, closeTime, ...rest }) => ({
    ...rest,
    openTime: Date.parse(openTime),
    closeTime: Date.parse(closeTime),
  }));
  return { bars, indicators: answer.indicators };
}

/** The values of each indicator at bar `index` of an image. */
export function pointAt(image: BarSnapshot, index: number): IndicatorPoint {
  return Object.fromEntries(
    Object.entries(image.indicators).map(([id, columns]) => [
      id,
      Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[index] ?? null])),
    ]),
  );
}

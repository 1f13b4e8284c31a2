import type { AssetClass, Symbol } from '@ziggy/domain';
import type { CorporateAction } from '../port.ts';
import { countOf, fieldsOf, instantOf, listOf, numberOf, priceOf, textOf } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Venue } from './venues.ts';
import { assetClassOf, tickOf, venueOf } from './venues.ts';

/** One row of a chart as it came: split-adjusted decimals. */
export interface ChartRow {
  /** Epoch ms. */
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
}

export interface ChartSplit {
  readonly exAt: number;
  /** Shares after for one before. */
  readonly ratio: number;
}

export interface ChartDividend {
  readonly exAt: number;
  /** Cash per share of today, that is split-adjusted. */
  readonly amount: number;
}

/** A chart answer, each field checked. */
export interface Chart {
  /** The library's schema check refused the answer; what is here passed our own. */
  readonly drifted: boolean;
  readonly venue: Venue | null;
  readonly assetClass: AssetClass | null;
  readonly name: string | null;
  readonly currency: string | null;
  readonly tick: number | null;
  readonly last: {
    readonly price: number | null;
    readonly at: number | null;
    readonly high: number | null;
    readonly low: number | null;
    readonly volume: number | null;
    readonly previousClose: number | null;
  };
  /** Ascending. */
  readonly rows: readonly ChartRow[];
  /** Rows without a close, or whose prices do not fit together: gaps. */
  readonly dropped: number;
  readonly splits: readonly ChartSplit[];
  readonly dividends: readonly ChartDividend[];
}

/** A high may lie below the close by the noise of 32-bit prices; more than this share is not noise. */
const NOISE = 1e-4;

/** Reads a chart in the library's `object` form; null when it is not one. */
export function readChart(answer: unknown, drifted = false): Chart | null {
  const chart = fieldsOf(answer);
  const meta = fieldsOf(chart?.['meta']);
  if (chart === null || meta === null) return null;
  const { rows, dropped } = readRows(chart);
  const events = fieldsOf(chart['events']);
  const assetClass = assetClassOf(textOf(meta['instrumentType']));
  return {
    drifted,
    venue: venueOf(textOf(meta['exchangeName'])),
    assetClass,
    name: textOf(meta['longName']) ?? textOf(meta['shortName']),
    currency: currencyOf(meta['currency']),
    tick: assetClass === null ? null : tickOf(numberOf(meta['priceHint']), assetClass),
    last: {
      price: priceOf(meta['regularMarketPrice']),
      at: instantOf(meta['regularMarketTime']),
      high: priceOf(meta['regularMarketDayHigh']),
      low: priceOf(meta['regularMarketDayLow']),
      volume: countOf(meta['regularMarketVolume']),
      previousClose: priceOf(meta['previousClose']),
    },
    rows,
    dropped,
    splits: readSplits(events),
    dividends: readDividends(events),
  };
}

export function currencyOf(value: unknown): string | null {
  const text = textOf(value);
  return text !== null && /^[A-Za-z]{3}$/.test(text) ? text : null;
}

function readRows(chart: Fields): { rows: ChartRow[]; dropped: number } {
  const times = listOf(chart['timestamp']);
  const quote = fieldsOf(listOf(fieldsOf(chart['indicators'])?.['quote'])[0]) ?? {};
  const column = (name: string): readonly unknown[] => listOf(quote[name]);
  const [opens, highs, lows, closes, volumes] = ['open', 'high', 'low', 'close', 'volume'].map(column) as [
    readonly unknown[],
    readonly unknown[],
    readonly unknown[],
    readonly unknown[],
    readonly unknown[],
  ];
  const rows: ChartRow[] = [];
  let dropped = 0;
  for (const [i, time] of times.entries()) {
    const row = soundRow(instantOf(time), [opens[i], highs[i], lows[i], closes[i]].map(numberOf), countOf(volumes[i]));
    if (row === null) dropped += 1;
    else rows.push(row);
  }
  rows.sort((a, b) => a.at - b.at);
  return { rows, dropped };
}

function soundRow(at: number | null, prices: readonly (number | null)[], volume: number | null): ChartRow | null {
  const [open, high, low, close] = prices;
  if (at === null || open == null || high == null || low == null || close == null) return null;
  const top = Math.max(open, close);
  const bottom = Math.min(open, close);
  if (!(bottom > 0) || !(low > 0) || high < top * (1 - NOISE) || low > bottom * (1 + NOISE)) return null;
  return { at, open, high: Math.max(high, top), low: Math.min(low, bottom), close, volume };
}

function readSplits(events: Fields | null): ChartSplit[] {
  const splits: ChartSplit[] = [];
  for (const value of Object.values(fieldsOf(events?.['splits']) ?? {})) {
    const split = fieldsOf(value);
    const exAt = instantOf(split?.['date']);
    const [numerator, denominator] = [numberOf(split?.['numerator']), numberOf(split?.['denominator'])];
    if (exAt === null || numerator === null || denominator === null) continue;
    const ratio = numerator / denominator;
    if (ratio > 0 && Number.isFinite(ratio) && ratio !== 1) splits.push({ exAt, ratio });
  }
  return splits.sort((a, b) => a.exAt - b.exAt);
}

function readDividends(events: Fields | null): ChartDividend[] {
  const dividends: ChartDividend[] = [];
  for (const value of Object.values(fieldsOf(events?.['dividends']) ?? {})) {
    const dividend = fieldsOf(value);
    const exAt = instantOf(dividend?.['date']);
    const amount = numberOf(dividend?.['amount']);
    if (exAt !== null && amount !== null && amount > 0) dividends.push({ exAt, amount });
  }
  return dividends.sort((a, b) => a.exAt - b.exAt);
}

/** Shares of today that one share of a past moment has become: the product of the ratios of all later splits. */
export function splitFactor(splits: readonly ChartSplit[], at: number): number {
  return splits.reduce((factor, split) => (split.exAt > at ? factor * split.ratio : factor), 1);
}

/** Splits and dividends as the market saw them, ascending: cash per share of that day. */
export function actionsOf(symbol: Symbol, chart: Pick<Chart, 'splits' | 'dividends'>): CorporateAction[] {
  const splits = chart.splits.map(({ exAt, ratio }): CorporateAction => ({
    symbol,
    type: 'split',
    exAt,
    ratio,
    amount: null,
    knownAt: exAt,
  }));
  const dividends = chart.dividends.flatMap(({ exAt, amount }): CorporateAction[] => {
    // A split on the same day comes first: the dividend is of the new share.
    const micro = priceOf(amount * splitFactor(chart.splits, exAt));
    return micro === null ? [] : [{ symbol, type: 'dividend', exAt, ratio: null, amount: micro, knownAt: exAt }];
  });
  return [...splits, ...dividends].sort((a, b) => a.exAt - b.exAt);
}

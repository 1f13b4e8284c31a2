import type { Interval } from './interval.ts';
import type { Kind } from './provenance.ts';
import type { Symbol } from './symbol.ts';

export const ASSET_CLASSES = ['equity', 'etf', 'index', 'crypto', 'fx', 'future', 'fund'] as const;
export type AssetClass = (typeof ASSET_CLASSES)[number];

/** Phase of a venue's day. `continuous` never happens to XNYS; round-the-clock venues are always `open`. */
export const PHASES = ['pre', 'open', 'post', 'closed'] as const;
export type Phase = (typeof PHASES)[number];

export const CALENDAR_IDS = ['XNYS', 'XLON', 'XETR', '24x7', 'FX24x5'] as const;
export type CalendarId = (typeof CALENDAR_IDS)[number];

export interface Instrument {
  readonly symbol: Symbol;
  readonly name: string;
  readonly assetClass: AssetClass;
  /** Market identifier code of the venue, e.g. `XNYS`. */
  readonly mic: string;
  readonly currency: string;
  /** Smallest price step in micro-units, at least 1. */
  readonly tick: number;
  readonly calendar: CalendarId;
  readonly sector: string | null;
  /** Days (epoch ms) between which the listing is valid; `null` is open-ended. */
  readonly validFrom: number | null;
  readonly validTo: number | null;
  readonly aliases: readonly string[];
}

/**
 * One observation of a symbol's market, as a source reports it. Prices in micro-units, sizes and volume in units,
 * times in epoch ms of market time. Unknown is `null`, never 0.
 */
export interface QuoteUpdate {
  readonly symbol: Symbol;
  readonly price: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly bidSize: number | null;
  readonly askSize: number | null;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly prevClose: number | null;
  /** Volume of the day so far. */
  readonly volume: number | null;
  readonly marketState: Phase;
  /** Time of the last trade at the exchange. */
  readonly exchangeAt: number;
  readonly receivedAt: number;
  readonly delayMinutes: number | null;
  readonly kind: Kind;
  /** Rises per symbol. */
  readonly seq: number;
}

export type BarFlag = 'partial' | 'volume_reset' | 'open_carried' | 'derived_raw' | 'synthetic_path' | 'chart_derived';

/** One bar. Prices in micro-units; `[openTime, closeTime)` in epoch ms; `complete` is `closed` on the wire. */
export interface Bar {
  readonly market: string;
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly openTime: number;
  readonly closeTime: number;
  /** When the finished bar became known; at or after `closeTime` when complete. */
  readonly availableAt: number;
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly volume: number | null;
  readonly complete: boolean;
  readonly extended: boolean;
  readonly flags: readonly BarFlag[];
  readonly source: string;
  readonly kind: Kind;
}

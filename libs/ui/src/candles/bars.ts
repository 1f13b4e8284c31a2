/** One bar as the wire brings it: times in epoch ms, prices in units of currency. */
export interface ChartBar {
  readonly openTime: number;
  readonly closeTime: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Null when the source gives none; never 0 for that. */
  readonly volume: number | null;
  /** False while the bar is still forming. */
  readonly closed: boolean;
  readonly flags?: readonly string[] | undefined;
}

/** One drawn output of an indicator. */
export interface IndicatorLine {
  /** Name of the output in the values, e.g. `signal`. */
  readonly name: string;
  readonly label: string;
  readonly style?: 'line' | 'histogram' | 'points';
  /** Drawn so many bars to the right of the bar it belongs to. */
  readonly displacement?: number;
}

/**
 * An indicator whose values the server computed. `values` holds one entry per bar of the same snapshot and output; null is
 * warm-up or a gap and is drawn as a gap.
 */
export interface IndicatorView {
  /** As asked for, e.g. `macd(12,26,9)`. */
  readonly id: string;
  readonly label: string;
  /** Over the candles, or in a pane of its own. */
  readonly pane: 'price' | 'own';
  readonly lines: readonly IndicatorLine[];
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
  readonly decimals?: number;
  /** Large counts, written short: 4.56M. */
  readonly compact?: boolean;
  /** Conventional levels to draw, e.g. 30 and 70. */
  readonly levels?: readonly number[];
}

/** Values of all indicators at one bar: by indicator id, then output name. */
export type IndicatorPoint = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

/** A stretch of session time without bars. */
export interface ChartGap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** A split or dividend, marked at the first bar of its ex-date (`YYYY-MM-DD`, in the venue). */
export interface ChartAction {
  readonly exDate: string;
  /** One letter. */
  readonly mark: string;
}

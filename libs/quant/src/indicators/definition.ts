/** One regular, complete bar in decimal prices; `v` is `null` where the source has no volume. */
export interface IndicatorBar {
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly v: number | null;
  /** Trading day of the bar. Indicators that start anew each session are null without it. */
  readonly session?: string | undefined;
}

export interface IndicatorParam {
  readonly name: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers are allowed. */
  readonly integer: boolean;
}

/** `price` is drawn over the candles; `own` has a pane with its own scale. */
export type IndicatorPane = 'price' | 'own';
export type IndicatorUnit = 'price' | 'ratio' | 'percent' | '0-100' | 'volume' | 'number';

export interface IndicatorOutput {
  readonly name: string;
  readonly unit: IndicatorUnit;
  /** Bars to the right at which a chart draws the value; the value itself belongs to its own bar. */
  readonly displacement?: number;
}

/** Bars as columns: one pass over the objects serves every indicator of a request. `v` is NaN where unknown. */
export interface BarColumns {
  readonly length: number;
  readonly o: Float64Array;
  readonly h: Float64Array;
  readonly l: Float64Array;
  readonly c: Float64Array;
  readonly v: Float64Array;
  /** Empty where unknown. */
  readonly session: string[];
}

/** The calculation of one indicator over one gapless run of bars. */
export interface Kernel {
  /**
   * Writes the outputs of the bar in row `t` to row `t` of `out`, NaN where there is none. Rows must come in order, and
   * every input that the definition needs is known. With `commit` false the bar is provisional and nothing is
   * remembered. Rows of shared columns rather than objects: no number is copied or boxed on the way.
   */
  step(x: BarColumns, t: number, commit: boolean, out: readonly Float64Array[]): void;
  /**
   * Steps over every row in order and remembers them. Each kernel spells this loop out: its call then knows one `step`
   * only, which the compiler inlines; one loop for all of them costs three times as much.
   */
  run(x: BarColumns, out: readonly Float64Array[]): void;
}

/** `lower` must be less than `upper`, or at most as large where they may be `equal`. Names of parameters. */
export interface ParameterOrder {
  readonly lower: string;
  readonly upper: string;
  readonly equal: boolean;
}

export interface IndicatorDefinition {
  readonly name: string;
  readonly title: string;
  readonly params: readonly IndicatorParam[];
  readonly outputs: readonly IndicatorOutput[];
  readonly pane: IndicatorPane;
  /** The formula in words and its origin. */
  readonly definition: string;
  /** Bar values that must be known; an unknown one ends the run. */
  readonly needs: readonly ('o' | 'h' | 'l' | 'c' | 'v' | 'session')[];
  /** Position of the first value of each output. */
  firstIndex(params: readonly number[]): readonly number[];
  /**
   * Bars to read before the first one shown, so that no output is null there and the seed of a recursion weighs less
   * than a millionth.
   */
  warmUpBars(params: readonly number[]): number;
  /** Two parameters that must stand in order, each within its bounds. */
  readonly order?: ParameterOrder;
  create(params: readonly number[]): Kernel;
}

export const MAX_PERIOD = 500;

/** A number of bars, 1..500. */
export function period(value: number, name = 'n'): IndicatorParam {
  return { name, default: value, min: 1, max: MAX_PERIOD, integer: true };
}

/** ln 1e6: the seed of a recursion with factor 1 − α weighs a millionth after 13.8 ÷ α bars. */
const SETTLE = 13.8;
export const settleExponential = (n: number): number => Math.ceil((SETTLE * (n + 1)) / 2);
export const settleWilder = (n: number): number => Math.ceil(SETTLE * n);

/** What is wrong with parameters that are each within bounds; `null` when nothing is. */
export function orderFault({ order, params }: IndicatorDefinition, values: readonly number[]): string | null {
  if (order === undefined) return null;
  const value = (name: string): number => values[params.findIndex((param) => param.name === name)] ?? Number.NaN;
  const [low, high] = [value(order.lower), value(order.upper)];
  if (low < high || (order.equal && low === high)) return null;
  return order.equal
    ? `${order.lower} must not be more than ${order.upper}`
    : `${order.lower} must be less than ${order.upper}`;
}

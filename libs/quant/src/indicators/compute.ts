import { indicatorNamed } from './catalogue.ts';
import type { BarColumns, IndicatorBar, IndicatorDefinition, Kernel } from './definition.ts';
import type { IndicatorSpec } from './parse.ts';

/** Values of one bar by output name; `null` before the first index and where an input is null. */
export type IndicatorValues = Record<string, number | null>;

/** One indicator fed bar by bar. */
export interface Indicator {
  /** Takes the next closed bar. */
  next(bar: IndicatorBar): IndicatorValues;
  /** The values if `bar` were the next one; nothing is remembered. For the forming bar. */
  peek(bar: IndicatorBar): IndicatorValues;
}

/** No price or volume is larger; within it no product or sum of a window can overflow and poison a recursion. */
const LARGEST = 1e15;

function isValue(x: number): boolean {
  return x > -LARGEST && x < LARGEST;
}

type Need = IndicatorDefinition['needs'][number];

function isKnown(needs: readonly Need[], x: BarColumns, t: number): boolean {
  for (const need of needs) {
    if (need === 'session' ? x.session[t] === '' : !isValue(x[need][t]!)) return false;
  }
  return true;
}

/** The columns, of those that are needed, in which every row is known; looked at once per request, not once per indicator. */
function knownThroughout(x: BarColumns, needs: ReadonlySet<Need>): ReadonlySet<Need> {
  const known = new Set<Need>();
  for (const need of needs) {
    if (need === 'session' ? !x.session.includes('') : areValues(x[need])) known.add(need);
  }
  return known;
}

function areValues(column: Float64Array): boolean {
  for (let t = 0; t < column.length; t++) if (!isValue(column[t]!)) return false;
  return true;
}

/**
 * Feeds a kernel. An unknown input ends the run: that bar is null and the kernel starts anew behind it, so a window,
 * a recursion or a cumulative sum never bridges a gap.
 */
class Run implements Indicator {
  readonly definition: IndicatorDefinition;
  readonly #params: readonly number[];
  /** One row, for bars that come one by one. */
  readonly #row = emptyColumns(1);
  readonly #out: readonly Float64Array[];
  #kernel: Kernel;

  constructor(spec: IndicatorSpec) {
    const definition = indicatorNamed(spec.name);
    if (definition === undefined) throw new RangeError(`unknown indicator ${spec.name}`);
    this.definition = definition;
    this.#params = spec.params;
    this.#out = definition.outputs.map(() => new Float64Array(1));
    this.#kernel = definition.create(spec.params);
  }

  next(bar: IndicatorBar): IndicatorValues {
    setRow(this.#row, 0, bar);
    this.#step(this.#row, 0, true, this.#out);
    return this.#values();
  }

  peek(bar: IndicatorBar): IndicatorValues {
    setRow(this.#row, 0, bar);
    this.#step(this.#row, 0, false, this.#out);
    return this.#values();
  }

  /** Every output over whole columns, NaN where null. */
  all(columns: BarColumns, known: ReadonlySet<Need>): readonly Float64Array[] {
    const out = this.definition.outputs.map(() => new Float64Array(columns.length));
    if (this.definition.needs.every((need) => known.has(need))) {
      this.#kernel.run(columns, out);
    } else {
      for (let t = 0; t < columns.length; t++) this.#step(columns, t, true, out);
    }
    return out;
  }

  #step(x: BarColumns, t: number, commit: boolean, out: readonly Float64Array[]): void {
    if (isKnown(this.definition.needs, x, t)) {
      this.#kernel.step(x, t, commit, out);
      return;
    }
    for (const column of out) column[t] = Number.NaN;
    if (commit) this.#kernel = this.definition.create(this.#params);
  }

  #values(): IndicatorValues {
    const values: IndicatorValues = {};
    for (const [i, output] of this.definition.outputs.entries()) {
      const value = this.#out[i]![0]!;
      values[output.name] = isFinite(value) ? value : null;
    }
    return values;
  }
}

/**
 * The incremental form of a parsed indicator.
 * @throws RangeError when the spec does not come from `parseIndicators` and names no indicator.
 */
export function createIndicator(spec: IndicatorSpec): Indicator {
  return new Run(spec);
}

/**
 * The batch form: for each id its outputs, each as long as `bars`. Bar for bar the same numbers as the incremental form,
 * because it is the same code.
 * @throws RangeError as `createIndicator`.
 */
export function computeIndicators(
  specs: readonly IndicatorSpec[],
  bars: readonly IndicatorBar[],
): Record<string, Record<string, (number | null)[]>> {
  return mapOutputs(indicatorColumns(specs, bars), nullable);
}

/**
 * The batch form for bulk work: NaN (or an infinity, from a zero divisor) where `computeIndicators` says null. Twice as
 * fast on long series, since an array that holds nulls boxes every number.
 */
export function indicatorColumns(
  specs: readonly IndicatorSpec[],
  bars: readonly IndicatorBar[],
): Record<string, Record<string, Float64Array>> {
  const runs = specs.map((spec) => new Run(spec));
  const needs = new Set(runs.flatMap(({ definition }) => definition.needs));
  const columns = columnsOf(bars, needs);
  const known = knownThroughout(columns, needs);
  const result: Record<string, Record<string, Float64Array>> = {};
  for (const [i, spec] of specs.entries()) {
    const run = runs[i]!;
    const values = run.all(columns, known);
    result[spec.id] = Object.fromEntries(run.definition.outputs.map((output, o) => [output.name, values[o]!]));
  }
  return result;
}

function mapOutputs<A, B>(
  byId: Record<string, Record<string, A>>,
  f: (values: A) => B,
): Record<string, Record<string, B>> {
  const result: Record<string, Record<string, B>> = {};
  for (const [id, outputs] of Object.entries(byId)) {
    result[id] = Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, f(values)]));
  }
  return result;
}

function nullable(values: Float64Array): (number | null)[] {
  const result = new Array<number | null>(values.length).fill(null);
  for (let t = 0; t < values.length; t++) if (isFinite(values[t]!)) result[t] = values[t]!;
  return result;
}

function emptyColumns(length: number): BarColumns {
  const column = (): Float64Array => new Float64Array(length);
  const session = new Array<string>(length).fill('');
  return { length, o: column(), h: column(), l: column(), c: column(), v: column(), session };
}

function setRow(columns: BarColumns, t: number, bar: IndicatorBar): void {
  columns.o[t] = bar.o;
  columns.h[t] = bar.h;
  columns.l[t] = bar.l;
  columns.c[t] = bar.c;
  columns.v[t] = bar.v ?? Number.NaN;
  columns.session[t] = bar.session ?? '';
}

/** Only what somebody needs is copied: most requests need the closes, and hardly any the sessions. */
function columnsOf(bars: readonly IndicatorBar[], needs: ReadonlySet<Need>): BarColumns {
  const { length } = bars;
  const column = (need: 'o' | 'h' | 'l' | 'c'): Float64Array => {
    const values = new Float64Array(needs.has(need) ? length : 0);
    for (let t = 0; t < values.length; t++) values[t] = bars[t]![need];
    return values;
  };
  const v = new Float64Array(needs.has('v') ? length : 0);
  for (let t = 0; t < v.length; t++) v[t] = bars[t]!.v ?? Number.NaN;
  const session = needs.has('session') ? bars.map((bar) => bar.session ?? '') : [];
  return { length, o: column('o'), h: column('h'), l: column('l'), c: column('c'), v, session };
}

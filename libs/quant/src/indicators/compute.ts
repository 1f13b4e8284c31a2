import { indicatorNamed } from './catalogue.ts';
import type { IndicatorBar, IndicatorDefinition, Kernel, KernelBar } from './definition.ts';
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

/**
 * Feeds a kernel. An unknown input ends the run: that bar is null and the kernel starts anew behind it, so a window,
 * a recursion or a cumulative sum never bridges a gap.
 */
class Run implements Indicator {
  readonly definition: IndicatorDefinition;
  readonly out: Float64Array;
  readonly #params: readonly number[];
  readonly #input: KernelBar = { o: 0, h: 0, l: 0, c: 0, v: 0, session: '' };
  readonly #needs: { o: boolean; h: boolean; l: boolean; c: boolean; v: boolean; session: boolean };
  #kernel: Kernel;

  constructor(spec: IndicatorSpec) {
    const definition = indicatorNamed(spec.name);
    if (definition === undefined) throw new RangeError(`unknown indicator ${spec.name}`);
    this.definition = definition;
    this.#params = spec.params;
    this.out = new Float64Array(definition.outputs.length);
    const needs = (name: IndicatorDefinition['needs'][number]): boolean => definition.needs.includes(name);
    this.#needs = {
      o: needs('o'),
      h: needs('h'),
      l: needs('l'),
      c: needs('c'),
      v: needs('v'),
      session: needs('session'),
    };
    this.#kernel = definition.create(spec.params);
  }

  next(bar: IndicatorBar): IndicatorValues {
    this.step(bar, true);
    return this.#values();
  }

  peek(bar: IndicatorBar): IndicatorValues {
    this.step(bar, false);
    return this.#values();
  }

  /** Leaves the outputs in `out`, NaN where null. */
  step(bar: IndicatorBar, commit: boolean): void {
    const input = this.#input;
    input.o = bar.o;
    input.h = bar.h;
    input.l = bar.l;
    input.c = bar.c;
    input.v = bar.v ?? Number.NaN;
    input.session = bar.session ?? '';
    if (this.#isKnown(input)) {
      this.#kernel.step(input, commit, this.out);
      return;
    }
    this.out.fill(Number.NaN);
    if (commit) this.#kernel = this.definition.create(this.#params);
  }

  #isKnown(bar: KernelBar): boolean {
    const needs = this.#needs;
    return (
      (!needs.c || isValue(bar.c)) &&
      (!needs.h || isValue(bar.h)) &&
      (!needs.l || isValue(bar.l)) &&
      (!needs.o || isValue(bar.o)) &&
      (!needs.v || isValue(bar.v)) &&
      (!needs.session || bar.session !== '')
    );
  }

  #values(): IndicatorValues {
    const values: IndicatorValues = {};
    for (const [i, output] of this.definition.outputs.entries()) values[output.name] = orNull(this.out[i]!);
    return values;
  }
}

/** No price or volume is larger; within it no product or sum of a window can overflow and poison a recursion. */
const LARGEST = 1e15;

function isValue(x: number): boolean {
  return x > -LARGEST && x < LARGEST;
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
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
 */
export function computeIndicators(
  specs: readonly IndicatorSpec[],
  bars: readonly IndicatorBar[],
): Record<string, Record<string, (number | null)[]>> {
  const result: Record<string, Record<string, (number | null)[]>> = {};
  for (const spec of specs) {
    const run = new Run(spec);
    const columns = run.definition.outputs.map(() => new Array<number | null>(bars.length).fill(null));
    for (let t = 0; t < bars.length; t++) {
      run.step(bars[t]!, true);
      for (let i = 0; i < columns.length; i++) columns[i]![t] = orNull(run.out[i]!);
    }
    result[spec.id] = Object.fromEntries(run.definition.outputs.map((output, i) => [output.name, columns[i]!]));
  }
  return result;
}

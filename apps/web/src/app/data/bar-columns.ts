import type { BarsAnswer, StreamBar } from '@ziggy/contracts';
import type { IndicatorColumns, IndicatorPoint } from '@ziggy/stream-client';

/** Values by indicator id and output, one per bar. */
export type Columns = Record<string, Record<string, (number | null)[]>>;

/** Bars, ascending by opening time, and the indicator values in step with them. */
export interface BarImage {
  readonly bars: readonly StreamBar[];
  readonly indicators: IndicatorColumns;
}

/** The bars of a REST answer in the form of the stream. */
export function imageOf({ items, indicators }: BarsAnswer): BarImage {
  const bars = items.map(({ openTime, closeTime, ...rest }) => ({
    ...rest,
    openTime: Date.parse(openTime),
    closeTime: Date.parse(closeTime),
  }));
  return { bars, indicators };
}

/** Values of every indicator at one bar. */
export function pointAt(indicators: IndicatorColumns, index: number): IndicatorPoint {
  return Object.fromEntries(
    Object.entries(indicators).map(([id, outputs]) => [
      id,
      Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, values[index] ?? null])),
    ]),
  );
}

export function copyColumns(columns: IndicatorColumns): Columns {
  return mapColumns(columns, (values) => [...values]);
}

function mapColumns(
  columns: IndicatorColumns,
  map: (values: readonly (number | null)[]) => (number | null)[],
): Columns {
  return Object.fromEntries(
    Object.entries(columns).map(([id, outputs]) => [
      id,
      Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, map(values)])),
    ]),
  );
}

/**
 * Both sets of bars in one, ascending. Where both hold a bar, a closed one wins over a forming one, of two closed the one of
 * `other`, of two forming the newer. A value of `other` wins where it has one; an indicator that neither has at a bar is
 * null there.
 * @param newer which of two forming bars is the later news
 */
export function united(held: BarImage, other: BarImage, newer: 'held' | 'other'): BarImage {
  const bars: StreamBar[] = [];
  const fromHeld: number[] = [];
  const fromOther: number[] = [];
  let left = 0;
  let right = 0;
  while (left < held.bars.length || right < other.bars.length) {
    const a = held.bars[left];
    const b = other.bars[right];
    const takesA = a !== undefined && (b === undefined || a.openTime <= b.openTime);
    const takesB = b !== undefined && (a === undefined || b.openTime <= a.openTime);
    bars.push(takesA && takesB ? chosen(a, b, newer) : ((takesA ? a : b) as StreamBar));
    fromHeld.push(takesA ? left++ : -1);
    fromOther.push(takesB ? right++ : -1);
  }
  const indicators: Columns = {};
  for (const id of new Set([...Object.keys(held.indicators), ...Object.keys(other.indicators)])) {
    const outputs: Record<string, (number | null)[]> = {};
    for (const name of namesOf(held, other, id)) {
      const mine = held.indicators[id]?.[name];
      const theirs = other.indicators[id]?.[name];
      outputs[name] = bars.map(
        (_, index) => theirs?.[fromOther[index] as number] ?? mine?.[fromHeld[index] as number] ?? null,
      );
    }
    indicators[id] = outputs;
  }
  return { bars, indicators };
}

function chosen(held: StreamBar, other: StreamBar, newer: 'held' | 'other'): StreamBar {
  if (held.closed !== other.closed) return held.closed ? held : other;
  return held.closed || newer === 'other' ? other : held;
}

function namesOf(held: BarImage, other: BarImage, id: string): Set<string> {
  return new Set([...Object.keys(held.indicators[id] ?? {}), ...Object.keys(other.indicators[id] ?? {})]);
}

/** Puts one bar in its place, at the end as a rule; a value that `point` lacks stays, and is null for a new bar. */
export function putBar(
  image: { bars: StreamBar[]; indicators: Columns },
  bar: StreamBar,
  point: IndicatorPoint,
): number {
  const { bars, indicators } = image;
  let index = bars.length;
  while (index > 0 && (bars[index - 1] as StreamBar).openTime >= bar.openTime) index--;
  const known = bars[index]?.openTime === bar.openTime;
  bars.splice(index, known ? 1 : 0, bar);
  for (const [id, outputs] of Object.entries(point)) {
    const columns = (indicators[id] ??= {});
    for (const name of Object.keys(outputs))
      columns[name] ??= new Array<number | null>(bars.length - (known ? 0 : 1)).fill(null);
  }
  for (const [id, columns] of Object.entries(indicators)) {
    for (const [name, column] of Object.entries(columns)) {
      const value = point[id]?.[name];
      if (known) column[index] = value === undefined ? (column[index] ?? null) : value;
      else column.splice(index, 0, value ?? null);
    }
  }
  return index;
}

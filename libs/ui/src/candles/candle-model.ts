import type { ChartBar, ChartGap, IndicatorPoint, IndicatorView } from './bars.ts';
import type { ZoneShift } from './zone-shift.ts';

/** Most bars a chart holds; older ones are dropped first. */
export const MAX_BARS = 20_000;
/** A gap is drawn as at most this many missing bars: enough to be seen, not enough to push the data away. */
const MAX_MISSING_PER_GAP = 120;
const DAY_SECONDS = 86_400;

/** A place on the time axis: a bar, or a missing one. `time` is wall-clock seconds, rising. */
export interface Slot {
  readonly time: number;
  readonly bar: ChartBar | null;
  /** Values of the indicators here, by `id` and output name. */
  readonly point: IndicatorPoint;
}

export interface Snapshot {
  readonly bars: readonly ChartBar[];
  readonly gaps: readonly ChartGap[];
  readonly indicators: readonly IndicatorView[];
  readonly intervalMs: number;
  readonly shift: ZoneShift;
}

/** What an update did: a new bar at the right, a change of the last or an older one, or nothing. */
export type Change =
  | { readonly kind: 'appended' | 'last' | 'older'; readonly slot: Slot; readonly dropped: boolean }
  | { readonly kind: 'none' };

const NOTHING: Change = { kind: 'none' };

/**
 * The bars of one chart on a wall-clock axis. Every slot keeps its bar, so the true epoch is never lost to the shift.
 * Snapshots cost O(n); an update of the newest bar is O(1), of an older one O(log n).
 */
export class CandleModel {
  private slots: Slot[] = [];
  private shift: ZoneShift | null = null;
  private intervalMs = 0;

  get all(): readonly Slot[] {
    return this.slots;
  }

  get last(): Slot | null {
    return this.slots.at(-1) ?? null;
  }

  /** Opening time of the oldest bar held; null when there is none. */
  get oldest(): number | null {
    for (const { bar } of this.slots) if (bar) return bar.openTime;
    return null;
  }

  load({ bars, gaps, indicators, intervalMs, shift }: Snapshot): void {
    this.shift = shift;
    this.intervalMs = intervalMs;
    const skip = Math.max(0, bars.length - MAX_BARS);
    const missing = missingTimes(bars, gaps, intervalMs);
    const slots: Slot[] = [];
    let at = 0;
    let previous = -Infinity;
    for (let index = skip; index < bars.length; index += 1) {
      const bar = bars[index] as ChartBar;
      // Out of order or doubled: the first of a time stays; the library accepts only rising times.
      if (bar.openTime <= previous) continue;
      for (; at < missing.length && (missing[at] as number) < bar.openTime; at += 1) {
        if ((missing[at] as number) > previous && slots.length > 0)
          slots.push(this.slot(slots, missing[at] as number, null, {}));
      }
      slots.push(this.slot(slots, bar.openTime, bar, pointAt(indicators, index)));
      previous = bar.openTime;
    }
    this.slots = slots;
  }

  /**
   * Takes one bar with the values of its indicators (undefined keeps those of the slot); a bar that lies between or before
   * those held is not taken.
   */
  apply(bar: ChartBar, point?: IndicatorPoint): Change {
    const last = this.last;
    if (!last || !last.bar || bar.openTime > last.bar.openTime) return this.append(bar, point ?? {});
    if (bar.openTime === last.bar.openTime) {
      const slot = { time: last.time, bar, point: point ?? last.point };
      this.slots[this.slots.length - 1] = slot;
      return { kind: 'last', slot, dropped: false };
    }
    const index = this.indexOfEpoch(bar.openTime);
    const found = index === -1 ? undefined : this.slots[index];
    if (!found?.bar || found.bar.openTime !== bar.openTime) return NOTHING;
    const slot = { time: found.time, bar, point: point ?? found.point };
    this.slots[index] = slot;
    return { kind: 'older', slot, dropped: false };
  }

  /** Index of the slot at an axis time, or the nearest before it; -1 when all are later. */
  indexOfTime(time: number): number {
    return floorIndex(this.slots, (slot) => slot.time <= time);
  }

  /** The first bar of a day (`YYYY-MM-DD` on the axis' wall clock), or the one of its week; null when none of the week from then on is held. */
  firstOfDay(date: string): Slot | null {
    const wall = Date.parse(date) / 1000;
    if (this.intervalMs > DAY_SECONDS * 1000) {
      const week = this.slots[floorIndex(this.slots, (slot) => slot.time <= wall)];
      return week?.bar != null && wall - week.time < 7 * DAY_SECONDS ? week : null;
    }
    const index = floorIndex(this.slots, (slot) => slot.time < wall) + 1;
    const found = this.slots.slice(index, index + MAX_MISSING_PER_GAP + 1).find((slot) => slot.bar !== null);
    // Before the oldest bar nothing is known of the day, so nothing is marked.
    if (!found || (index === 0 && found.time >= wall + DAY_SECONDS)) return null;
    return found.time < wall + 7 * DAY_SECONDS ? found : null;
  }

  /** Index of the bar that opened at an instant, or of the nearest before it; -1 when there is none. */
  indexOfEpoch(openTime: number): number {
    const wall = this.axisTime(openTime);
    let index = floorIndex(this.slots, (slot) => slot.time <= wall + 2);
    while (index >= 0 && (this.slots[index] as Slot).bar === null) index -= 1;
    while (index > 0 && ((this.slots[index] as Slot).bar?.openTime ?? Infinity) > openTime) index -= 1;
    return index;
  }

  private append(bar: ChartBar, point: IndicatorPoint): Change {
    const slot = this.slot(this.slots, bar.openTime, bar, point);
    this.slots.push(slot);
    // Dropped in blocks, so that the shift of the array is paid once in a thousand bars.
    const dropped = this.slots.length > MAX_BARS + 1000;
    if (dropped) this.slots.splice(0, this.slots.length - MAX_BARS);
    return { kind: 'appended', slot, dropped };
  }

  private slot(before: readonly Slot[], openTime: number, bar: ChartBar | null, point: IndicatorPoint): Slot {
    // The hour that autumn repeats would go back; a second's step keeps the axis rising and the epoch is in the bar.
    const floor = (before.at(-1)?.time ?? -Infinity) + 1;
    return { time: Math.max(floor, this.axisTime(openTime)), bar, point };
  }

  private axisTime(openTime: number): number {
    const wall = this.shift?.wallSeconds(openTime) ?? Math.floor(openTime / 1000);
    return this.intervalMs >= DAY_SECONDS * 1000 ? Math.floor(wall / DAY_SECONDS) * DAY_SECONDS : wall;
  }
}

function floorIndex(slots: readonly Slot[], before: (slot: Slot) => boolean): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(slots[middle] as Slot)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Opening times that gaps stand for, rising, on the grid of the interval counted from the bar before the gap. */
function missingTimes(bars: readonly ChartBar[], gaps: readonly ChartGap[], intervalMs: number): number[] {
  if (intervalMs <= 0) return [];
  const held = new Set(bars.map((bar) => bar.openTime));
  const times: number[] = [];
  for (const { from, to } of [...gaps].sort((a, b) => a.from - b.from)) {
    let count = 0;
    for (let at = from; at < to && count < MAX_MISSING_PER_GAP; at += intervalMs) {
      if (held.has(at) || at <= (times.at(-1) ?? -Infinity)) continue;
      times.push(at);
      count += 1;
    }
  }
  return times;
}

function pointAt(indicators: readonly IndicatorView[], index: number): IndicatorPoint {
  const point: Record<string, Record<string, number | null>> = {};
  for (const { id, lines, values } of indicators) {
    const outputs: Record<string, number | null> = {};
    for (const { name } of lines) outputs[name] = values[name]?.[index] ?? null;
    point[id] = outputs;
  }
  return point;
}

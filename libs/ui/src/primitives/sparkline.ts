import { Component, computed, input } from '@angular/core';
import { reasonText } from '../format/reading.ts';

/** The line of a sparkline in a box, or null with fewer than two real points: no curve without points. */
export interface SparkShape {
  readonly path: string;
  readonly tone: 'up' | 'down' | 'flat';
}

/**
 * Lays points out over the width, the least at the bottom and the greatest at the top. A missing point breaks the line.
 * @param points values, oldest first; null or not finite is a gap.
 */
export function sparkShape(
  points: readonly (number | null)[] | null,
  width: number,
  height: number,
): SparkShape | null {
  if (!points) return null;
  let least = Infinity;
  let most = -Infinity;
  let count = 0;
  let first = 0;
  let last = 0;
  for (const point of points) {
    if (point === null || !Number.isFinite(point)) continue;
    if (count === 0) first = point;
    last = point;
    count += 1;
    if (point < least) least = point;
    if (point > most) most = point;
  }
  if (count < 2) return null;
  const step = points.length > 1 ? width / (points.length - 1) : 0;
  const scale = most > least ? (height - 2) / (most - least) : 0;
  let path = '';
  let pen = 'M';
  points.forEach((point, index) => {
    if (point === null || !Number.isFinite(point)) {
      pen = 'M';
      return;
    }
    const y = scale === 0 ? height / 2 : height - 1 - (point - least) * scale;
    path += `${pen}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return { path, tone: last > first ? 'up' : last < first ? 'down' : 'flat' };
}

/** A small line of real bars; a dash with its reason when there are fewer than two. */
@Component({
  selector: 'z-sparkline',
  template: `@if (shape(); as line) {
      <svg
        class="z-spark"
        role="img"
        [attr.aria-label]="label() + ', ' + words()"
        [attr.data-tone]="line.tone"
        [attr.width]="width()"
        [attr.height]="height()"
        [attr.viewBox]="'0 0 ' + width() + ' ' + height()"
        preserveAspectRatio="none"
      >
        <path [attr.d]="line.path" />
      </svg>
    } @else {
      <span class="z-fig" data-missing [attr.title]="why()"
        ><span class="z-fig-text">—</span><span class="z-sr">, {{ why() }}</span></span
      >
    }`,
  host: { '[attr.data-field]': 'field()', '[attr.data-format]': '"spark"' },
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      justify-content: flex-end;
    }
  `,
})
export class Sparkline {
  /** Values, oldest first; null inside is a gap. */
  readonly points = input.required<readonly (number | null)[] | null>();
  readonly field = input.required<string>();
  readonly label = input.required<string>();
  readonly reason = input<string | null>(null);
  readonly width = input(72);
  readonly height = input(18);
  protected readonly shape = computed(() => sparkShape(this.points(), this.width(), this.height()));
  protected readonly words = computed(
    () => ({ up: 'rising', down: 'falling', flat: 'unchanged' })[this.shape()?.tone ?? 'flat'],
  );
  protected readonly why = computed(() => {
    const reason = this.reason();
    return reason ? reasonText(reason) : 'fewer than two bars';
  });
}

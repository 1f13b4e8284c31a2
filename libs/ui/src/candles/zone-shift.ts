const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_CACHED = 20_000;

/**
 * Wall-clock seconds of a zone, for a chart library that knows only UTC: what it writes as UTC reads as the exchange's
 * clock. The offset is asked of Intl (about 5 µs) twice a day at most, and by the hour on days when clocks change.
 */
export class ZoneShift {
  readonly zone: string;
  private readonly format: Intl.DateTimeFormat | null;
  private readonly offsets = new Map<number, number>();

  /** @param zone IANA name; an unknown one throws RangeError, as Intl does. */
  constructor(zone: string) {
    this.zone = zone;
    this.format =
      zone === 'UTC'
        ? null
        : new Intl.DateTimeFormat('en-US', {
            timeZone: zone,
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
          });
  }

  /** Seconds since 1970 on the wall clock of the zone at an instant (epoch ms). */
  wallSeconds(epochMs: number): number {
    return Math.floor((epochMs + this.offsetMs(epochMs)) / 1000);
  }

  private offsetMs(epochMs: number): number {
    if (!this.format) return 0;
    const day = Math.floor(epochMs / DAY_MS) * DAY_MS;
    const atStart = this.cached(day);
    if (atStart === this.cached(day + DAY_MS)) return atStart;
    return this.cached(Math.floor(epochMs / (HOUR_MS / 4)) * (HOUR_MS / 4));
  }

  private cached(epochMs: number): number {
    let offset = this.offsets.get(epochMs);
    if (offset === undefined) {
      if (this.offsets.size >= MAX_CACHED) this.offsets.clear();
      offset = this.measure(epochMs);
      this.offsets.set(epochMs, offset);
    }
    return offset;
  }

  private measure(epochMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.format?.formatToParts(epochMs) ?? []) part[type] = Number(value);
    const wall = Date.UTC(
      part['year'] ?? 1970,
      (part['month'] ?? 1) - 1,
      part['day'],
      part['hour'],
      part['minute'],
      part['second'],
    );
    return wall - Math.floor(epochMs / 1000) * 1000;
  }
}

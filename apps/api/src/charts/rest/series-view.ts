import type { WireBar } from '@ziggy/contracts';
import { combine, fromMicro, INTERVAL_MS } from '@ziggy/domain';
import type { Bar, Instrument, Interval, Provenance } from '@ziggy/domain';
import type { ActiveMarket } from '../../market/source/active-market.ts';
import type { Venues } from '../../market/calendar/venues.ts';
import { iso } from '../../market/quotes/wire-provenance.ts';
import { shown } from '../live/chart-series.ts';
import type { SeriesBar } from '../history/weekly-bars.ts';

/** Bars that are older than two intervals and a minute while the venue is open are stale (market-data.md section 2). */
const STALE_INTERVALS = 2;
const STALE_SPARE_MS = 60_000;
const DAILY_STALE_MS = 3_600_000;

/** A bar as the API shows it. */
export function wireBar(bar: SeriesBar): WireBar {
  return {
    openTime: iso(bar.openTime),
    closeTime: iso(bar.closeTime),
    open: shown(fromMicro(bar.o)) as number,
    high: shown(fromMicro(bar.h)) as number,
    low: shown(fromMicro(bar.l)) as number,
    close: shown(fromMicro(bar.c)) as number,
    volume: bar.volume,
    closed: bar.complete,
    flags: [...bar.flags],
  };
}

/**
 * Provenance of a series: its worst kind, the time of its newest bar, and whether a newer one is overdue.
 * @param at market time as of which the series speaks, epoch ms
 */
export function seriesProvenance(
  market: Pick<ActiveMarket, 'id' | 'source' | 'kind' | 'now'>,
  venues: Venues,
  instrument: Instrument,
  interval: Interval,
  items: readonly Bar[],
  at = market.now(),
): Provenance {
  const base = { market: market.id, source: market.source, delayMinutes: null, lineageId: null };
  const newest = items.at(-1);
  if (newest === undefined) return { ...base, kind: market.kind, asOf: null, receivedAt: null, stale: false };
  const stale = isOverdue(at, venues, instrument, interval, newest);
  const parts = items.map(({ kind }): Provenance => ({ ...base, kind, asOf: null, receivedAt: null, stale: false }));
  const asOf = newest.complete ? newest.closeTime : newest.availableAt;
  return { ...combine(parts), asOf, receivedAt: newest.availableAt, stale };
}

function isOverdue(now: number, venues: Venues, instrument: Instrument, interval: Interval, newest: Bar): boolean {
  const venue = venues.state(instrument.calendar, now);
  if (interval === '1d') {
    // Due a while after each close, however long the session before; where nothing ever closes, after each day.
    const due = venue.lastClose ?? newest.closeTime + INTERVAL_MS['1d'];
    return newest.closeTime < due && now - due > DAILY_STALE_MS;
  }
  const due = STALE_INTERVALS * INTERVAL_MS[interval] + STALE_SPARE_MS;
  if (venue.phase === 'open') return now - Math.max(newest.closeTime, venue.phaseSince) > due;
  return venue.lastClose !== null && newest.closeTime < venue.lastClose && now - venue.lastClose > due;
}

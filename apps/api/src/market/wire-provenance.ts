import type { WireProvenance } from '@ziggy/contracts';
import type { Provenance } from '@ziggy/domain';

/** A UTC instant as the API writes it. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  if (ms === null) return null;
  const minute = Math.floor(ms / MINUTE_MS);
  // Bars begin and end on whole minutes: five thousand of them cost a fifth of what `Date` takes.
  return minute * MINUTE_MS === ms ? wholeMinute(minute) : new Date(ms).toISOString();
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** `THH:MM:00.000Z` of each minute of a day. */
const TIMES = Array.from({ length: DAY_MINUTES }, (_, minute) => new Date(minute * MINUTE_MS).toISOString().slice(10));
/** The day that was written last, and its date. */
let lastDay = Number.NaN;
let lastDate = '';

function wholeMinute(minute: number): string {
  const day = Math.floor(minute / DAY_MINUTES);
  if (day !== lastDay) {
    lastDate = new Date(day * DAY_MINUTES * MINUTE_MS).toISOString().slice(0, -14);
    lastDay = day;
  }
  return lastDate + (TIMES[minute - day * DAY_MINUTES] as string);
}

/** Provenance as the API writes it; the age is measured on the market clock. */
export function wireProvenance(provenance: Provenance, marketNow: number): WireProvenance {
  const since = provenance.receivedAt ?? provenance.asOf;
  return {
    market: provenance.market,
    source: provenance.source,
    kind: provenance.kind,
    asOf: iso(provenance.asOf),
    receivedAt: iso(provenance.receivedAt),
    stale: provenance.stale,
    delayMinutes: provenance.delayMinutes,
    lineageId: provenance.lineageId,
    ageMs: since === null ? null : Math.max(0, Math.round(marketNow - since)),
  };
}

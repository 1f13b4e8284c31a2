import type { WireProvenance } from '@ziggy/contracts';
import type { Provenance } from '@ziggy/domain';

/** Seconds whose text is held; quotes of one answer fall into few of them. A power of two. */
const SECONDS_HELD = 256;
const heldSeconds = new Float64Array(SECONDS_HELD).fill(Number.NaN);
const heldTexts: string[] = Array.from({ length: SECONDS_HELD }, () => '');

/** A UTC instant as the API writes it. Dates are formatted once a second of theirs, since answers are full of them. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  if (ms === null) return null;
  const second = Math.floor(ms / 1_000);
  const rest = ms - second * 1_000;
  // Before 1970 and in fractions of a millisecond the plain way is the right one.
  if (second < 0 || !Number.isInteger(rest)) return new Date(ms).toISOString();
  const slot = second % SECONDS_HELD;
  if (heldSeconds[slot] !== second) {
    heldTexts[slot] = new Date(ms).toISOString().slice(0, -4);
    heldSeconds[slot] = second;
  }
  return `${heldTexts[slot]}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}

/** Provenance as the API writes it; the age is measured on the market clock. */
export function wireProvenance(provenance: Provenance, marketNow: number): WireProvenance {
  return {
    market: provenance.market,
    source: provenance.source,
    kind: provenance.kind,
    asOf: iso(provenance.asOf),
    receivedAt: iso(provenance.receivedAt),
    stale: provenance.stale,
    delayMinutes: provenance.delayMinutes,
    lineageId: provenance.lineageId,
    ageMs: ageOf(provenance.receivedAt ?? provenance.asOf, marketNow),
  };
}

/** Age of a value on the market clock, whole ms; `null` when nobody knows since when it is. */
export function ageOf(since: number | null, marketNow: number): number | null {
  return since === null ? null : Math.max(0, Math.round(marketNow - since));
}

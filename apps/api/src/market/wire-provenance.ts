import type { WireProvenance } from '@ziggy/contracts';
import type { Provenance } from '@ziggy/domain';

/** A UTC instant as the API writes it. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
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

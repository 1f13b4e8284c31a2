import { DomainError } from './errors.ts';

/** How good a value's origin is, best first. A derived value is never better than its worst input. */
export const KINDS = ['live', 'delayed', 'end_of_day', 'recorded', 'simulated'] as const;
export type Kind = (typeof KINDS)[number];

/** Where a value came from and when. Times are epoch milliseconds, UTC. */
export interface Provenance {
  /** Identity of the running market, e.g. `yahoo`, `sim:1:9f2c01ab`, `tape:5d41402abc4b/1`. */
  readonly market: string;
  /** Id of the source, e.g. `simulated`; ids of several inputs are sorted and joined by `+`. */
  readonly source: string;
  readonly kind: Kind;
  /** The source's own time of the value (market time). */
  readonly asOf: number | null;
  /** When this platform received it (market time). */
  readonly receivedAt: number | null;
  /** Contractual delay in minutes; `null` when the source does not state one. */
  readonly delayMinutes: number | null;
  readonly stale: boolean;
  readonly lineageId: string | null;
}

/** The worse of two kinds. */
export function worseKind(a: Kind, b: Kind): Kind {
  return KINDS.indexOf(a) >= KINDS.indexOf(b) ? a : b;
}

/**
 * The provenance of a figure computed from `inputs`: worst kind, earliest time (null if any is null),
 * largest delay, stale if any is.
 * @throws DomainError `market_mixed` when inputs come from two markets; `coverage` when there is no input.
 */
export function combine(inputs: readonly Provenance[]): Provenance {
  const first = inputs[0];
  if (!first) throw new DomainError('insufficient_data', 'A figure without inputs has no provenance.');
  let { kind, asOf, receivedAt, delayMinutes, stale } = first;
  let lineageId = first.lineageId;
  const sources = new Set(first.source.split('+'));
  for (let i = 1; i < inputs.length; i++) {
    const next = inputs[i] as Provenance;
    if (next.market !== first.market) {
      throw new DomainError('market_mixed', `Values of ${first.market} and ${next.market} cannot make one figure.`);
    }
    kind = worseKind(kind, next.kind);
    asOf = earliest(asOf, next.asOf);
    receivedAt = earliest(receivedAt, next.receivedAt);
    delayMinutes =
      delayMinutes === null || next.delayMinutes === null ? null : Math.max(delayMinutes, next.delayMinutes);
    stale ||= next.stale;
    if (next.lineageId !== lineageId) lineageId = null;
    for (const source of next.source.split('+')) sources.add(source);
  }
  return {
    market: first.market,
    source: [...sources].sort().join('+'),
    kind,
    asOf,
    receivedAt,
    delayMinutes,
    stale,
    lineageId,
  };
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}

import type { NullReason, RegimeLabel } from '@ziggy/contracts';

/** The regime after one session close. A null label stands beside a reason, and then decisions abstain. */
export interface RegimeState {
  readonly label: RegimeLabel | null;
  /** First session (YYYY-MM-DD) of the unbroken run of this label. */
  readonly since: string | null;
  /** Chance that the label holds at the next session close, 0..1. */
  readonly confidence: number | null;
  /** Chances of Panic, RiskOff, Chop, RiskOn at the next session close; they sum to 1. */
  readonly next: readonly [number, number, number, number] | null;
  /** What put or keeps the market in this label, as codes. */
  readonly triggers: readonly string[];
  readonly reason: NullReason | null;
  /** Close of the session that was judged, epoch ms. */
  readonly asOf: number | null;
}

/** Before the first session. */
export const UNKNOWN_REGIME: RegimeState = {
  label: null,
  since: null,
  confidence: null,
  next: null,
  triggers: [],
  reason: 'warm_up',
  asOf: null,
};

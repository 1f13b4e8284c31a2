import type { NullReason } from '@ziggy/contracts';

/** What the machine sees of one session, taken at its close. `null` is unknown. */
export interface RegimeInput {
  /** YYYY-MM-DD. */
  readonly session: string;
  /** Close of the session, epoch ms. */
  readonly asOf: number;
  /** Mid-rank of vol20 within its last 252 values, 0..1. */
  readonly idxVolPct: number | null;
  /** Annualised 20-day volatility of the index, and the median of its last 252 values. */
  readonly idxVol20: number | null;
  readonly idxVol20Median252: number | null;
  /** Log return of the session. */
  readonly idxRet1: number | null;
  /** Standard deviation of one day as known the session before. */
  readonly idxSigmaDayPrev: number | null;
  /** Per cent of the universe above its 50-day mean, 0..100. */
  readonly breadth50: number | null;
  /** t-statistic of the 20-day trend of the index. */
  readonly idxSlope20T: number | null;
  /** Evidence only; no rule reads them. */
  readonly idxRet5: number | null;
  readonly idxDd252: number | null;
  /** Why an input is null, where the producer knows. */
  readonly reasons?: Readonly<Partial<Record<RegimeInputName, NullReason>>>;
}

export type RegimeInputName = Exclude<keyof RegimeInput, 'session' | 'asOf' | 'reasons'>;

/** The inputs that rules read, those of the index first. */
export const RULE_INPUTS = [
  'idxVolPct',
  'idxVol20',
  'idxVol20Median252',
  'idxRet1',
  'idxSigmaDayPrev',
  'idxSlope20T',
  'breadth50',
] as const satisfies readonly RegimeInputName[];

/** What the rules say of a session, one bit each; a set of facts is one small number. */
export const FACT = {
  /** A Panic entry rule holds. */
  panic: 1,
  /** No Panic rule, and volatility is back below its 85th percentile. */
  calm: 2,
  offEnters: 4,
  offLeaves: 8,
  onEnters: 16,
  onLeaves: 32,
} as const;

/** A session in which everything that a rule reads is known. */
interface World {
  readonly volPct: number;
  /** vol20 above 1.75 times its median: rank alone panics 2.3 times a year on constant volatility. */
  readonly loud: boolean;
  /** The index fell by more than 3 % or 3.5 daily sigmas. */
  readonly fell: boolean;
  readonly breadth: number;
  readonly slopeT: number;
}

function factsOf(w: World): number {
  const panic = (w.volPct > 0.95 && w.loud) || w.fell;
  let facts = panic ? FACT.panic : 0;
  if (!panic && w.volPct < 0.85) facts |= FACT.calm;
  if (w.breadth < 40 && w.slopeT < 0) facts |= FACT.offEnters;
  if (w.breadth >= 45 || w.slopeT > 1) facts |= FACT.offLeaves;
  if (w.breadth > 60 && w.slopeT > 0) facts |= FACT.onEnters;
  if (w.breadth <= 55 || w.slopeT < -1) facts |= FACT.onLeaves;
  return facts;
}

// One value from each interval that the thresholds cut out: together they stand for every value an unknown could have.
const ANY_VOL_PCT = [0.5, 0.9, 0.96];
const ANY_BREADTH = [39, 42, 50, 57, 61];
const ANY_SLOPE_T = [-2, -0.5, 0, 0.5, 2];
const ANY_BOOLEAN = [false, true];

const known = (value: number | null): value is number => value !== null && Number.isFinite(value);
const orAny = (value: number | null, any: readonly number[]): readonly number[] => (known(value) ? [value] : any);

function possiblyLoud(input: RegimeInput): readonly boolean[] {
  const { idxVol20, idxVol20Median252 } = input;
  return known(idxVol20) && known(idxVol20Median252) ? [idxVol20 > 1.75 * idxVol20Median252] : ANY_BOOLEAN;
}

function possiblyFell(input: RegimeInput): readonly boolean[] {
  const { idxRet1, idxSigmaDayPrev } = input;
  if (!known(idxRet1)) return ANY_BOOLEAN;
  if (idxRet1 < -0.03) return [true];
  // No sigma makes a rise a fall.
  if (idxRet1 >= 0) return [false];
  return known(idxSigmaDayPrev) ? [idxRet1 < -3.5 * idxSigmaDayPrev] : ANY_BOOLEAN;
}

/** Every set of facts that some value of the unknown inputs would give: one element when nothing that matters is unknown. */
export function possibleFacts(input: RegimeInput): number[] {
  const facts = new Set<number>();
  for (const volPct of orAny(input.idxVolPct, ANY_VOL_PCT))
    for (const loud of possiblyLoud(input))
      for (const fell of possiblyFell(input))
        for (const breadth of orAny(input.breadth50, ANY_BREADTH))
          for (const slopeT of orAny(input.idxSlope20T, ANY_SLOPE_T))
            facts.add(factsOf({ volPct, loud, fell, breadth, slopeT }));
  return [...facts];
}

/** Codes of the Panic rules that certainly hold. */
export function panicTriggers(input: RegimeInput): string[] {
  const { idxRet1, idxSigmaDayPrev, idxVolPct } = input;
  const codes: string[] = [];
  const loud = possiblyLoud(input);
  if (known(idxVolPct) && idxVolPct > 0.95 && loud.length === 1 && loud[0]) codes.push('volatility_spike');
  if (known(idxRet1) && idxRet1 < -0.03) codes.push('fall_3pct');
  if (known(idxRet1) && known(idxSigmaDayPrev) && idxRet1 < -3.5 * idxSigmaDayPrev) codes.push('fall_3_5_sigma');
  return codes;
}

/** The first rule input that is unknown, index inputs before breadth, and why. */
export function unknownReason(input: RegimeInput): NullReason | null {
  for (const name of RULE_INPUTS) {
    if (known(input[name])) continue;
    return input.reasons?.[name] ?? (name === 'breadth50' ? 'coverage' : 'warm_up');
  }
  return null;
}

import type { NullReason } from '@ziggy/contracts';
import type { ClosedBar } from '../bars.ts';
import { breadth50, FeatureEngine, type FeatureValue } from '../features/feature-engine.ts';
import { sqrt } from '../numerics.ts';
import type { RegimeInput, RegimeInputName } from './regime-rules.ts';

/** Any constant would do: the rules compare volatilities of one scale, and sigma of a day divides it out. */
const SESSIONS_PER_YEAR = 252;

/**
 * The machine's inputs for every session of the index, from closed daily bars. Sessions are those of the index: a
 * member's bars between them are left out, and a session that a listed member misses counts as a missing bar.
 * 20 years of the index take about 0.1 s (the median of a year is sorted anew each session), a member adds about 2 ms.
 *
 * @param index ascending daily bars; a bar that repeats a session is left out.
 * @param universe bars of the members breadth is taken over; fewer than 20, or less than 80 % known, gives `null`.
 * @param sessionOf calendar day (YYYY-MM-DD) of a bar's open; rises with time.
 */
export function regimeInputs(
  index: readonly ClosedBar[],
  universe: ReadonlyMap<string, readonly ClosedBar[]>,
  sessionOf: (openTime: number) => string,
): RegimeInput[] {
  const engine = new FeatureEngine({ barsPerYear: SESSIONS_PER_YEAR });
  const members = [...universe.values()].map((bars) => new Member(bars, sessionOf));
  const inputs: RegimeInput[] = [];
  let last = '';
  for (const bar of index) {
    const session = sessionOf(bar.openTime);
    if (session <= last) continue;
    last = session;
    const vol20Before = engine.value('vol20');
    engine.push(bar);
    const breadth = breadth50(members.map((member) => member.cSma50At(session)));
    inputs.push(inputOf(session, bar.closeTime, engine, vol20Before, breadth));
  }
  return inputs;
}

function inputOf(
  session: string,
  asOf: number,
  engine: FeatureEngine,
  vol20Before: FeatureValue,
  breadth: FeatureValue,
): RegimeInput {
  const features: Record<RegimeInputName, FeatureValue> = {
    idxVolPct: engine.value('volPct252'),
    idxVol20: engine.value('vol20'),
    idxVol20Median252: engine.value('vol20Median252'),
    idxRet1: engine.value('ret1'),
    idxSigmaDayPrev: vol20Before,
    breadth50: breadth,
    idxSlope20T: engine.value('slope20T'),
    idxRet5: engine.value('ret5'),
    idxDd252: engine.value('dd252'),
  };
  const reasons: Partial<Record<RegimeInputName, NullReason>> = {};
  for (const [name, feature] of Object.entries(features)) {
    if (feature.reason !== undefined) reasons[name as RegimeInputName] = feature.reason;
  }
  return {
    session,
    asOf,
    idxVolPct: features.idxVolPct.value,
    idxVol20: features.idxVol20.value,
    idxVol20Median252: features.idxVol20Median252.value,
    idxRet1: features.idxRet1.value,
    idxSigmaDayPrev: vol20Before.value === null ? null : vol20Before.value / sqrt(SESSIONS_PER_YEAR),
    breadth50: breadth.value,
    idxSlope20T: features.idxSlope20T.value,
    idxRet5: features.idxRet5.value,
    idxDd252: features.idxDd252.value,
    reasons,
  };
}

/** A member of the universe walked along the sessions of the index. */
class Member {
  readonly #bars: readonly ClosedBar[];
  readonly #sessionOf: (openTime: number) => string;
  readonly #engine = new FeatureEngine({ barsPerYear: SESSIONS_PER_YEAR });
  #at = 0;

  constructor(bars: readonly ClosedBar[], sessionOf: (openTime: number) => string) {
    this.#bars = bars;
    this.#sessionOf = sessionOf;
  }

  cSma50At(session: string): number | null {
    while (this.#at < this.#bars.length && this.#sessionAt(this.#at) < session) this.#at++;
    const bar = this.#at < this.#bars.length && this.#sessionAt(this.#at) === session ? this.#bars[this.#at]! : null;
    // Before its listing a member has no bars to miss.
    if (bar !== null || this.#engine.length > 0) this.#engine.push(bar);
    return this.#engine.value('cSma50').value;
  }

  #sessionAt(position: number): string {
    return this.#sessionOf(this.#bars[position]!.openTime);
  }
}

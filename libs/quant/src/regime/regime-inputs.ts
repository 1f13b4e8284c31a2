import type { NullReason } from '@ziggy/contracts';
import { isPrice, type ClosedBar } from '../bars.ts';
import { LOOKBACK } from '../features/definitions.ts';
import { breadth50, FeatureEngine, type FeatureValue } from '../features/feature-engine.ts';
import { sqrt } from '../numerics.ts';
import type { RegimeInput, RegimeInputName } from './regime-rules.ts';

/** Any constant would do: the rules compare volatilities of one scale, and sigma of a day divides it out. */
const SESSIONS_PER_YEAR = 252;
const BREADTH_BARS = LOOKBACK.cSma50;
const DAY_MS = 86_400_000;

/**
 * The machine's inputs for the sessions of the index after one, from closed daily bars. Sessions are those of the index: a
 * member's bars between them are left out, and a session that a listed member misses counts as a missing bar.
 * The cost is linear in sessions told × members: about 0.1 s for 20 years of the index, a few milliseconds more per member;
 * sessions that are not told only warm the index's features up.
 *
 * @param index ascending daily bars; a bar that repeats a session is left out.
 * @param universe bars of the members breadth is taken over; fewer than 20, or less than 80 % known, gives `null`.
 * @param sessionOf calendar day (YYYY-MM-DD) of a bar's open; rises with time.
 * @param after the last session that is known already; `null` tells every one.
 */
export function regimeInputs(
  index: readonly ClosedBar[],
  universe: ReadonlyMap<string, readonly ClosedBar[]>,
  sessionOf: (openTime: number) => string,
  after: string | null = null,
): RegimeInput[] {
  const engine = new FeatureEngine({ barsPerYear: SESSIONS_PER_YEAR });
  const first = after === null ? 0 : index.findIndex(({ openTime }) => sessionOf(openTime) > after);
  if (first < 0) return [];
  // Breadth looks no further back than its window, in sessions of the index.
  const walkFrom = index[Math.max(0, first - BREADTH_BARS)]?.openTime ?? 0;
  const members = [...universe.values()].map((bars) => new Member(since(bars, walkFrom), sessionOf));
  const inputs: RegimeInput[] = [];
  let last = '';
  for (const bar of index) {
    const session = sessionOf(bar.openTime);
    if (session <= last) continue;
    last = session;
    if (after !== null && session <= after) {
      engine.push(bar);
      if (bar.openTime >= walkFrom) for (const member of members) member.cSma50At(session);
      continue;
    }
    const vol20Before = engine.value('vol20');
    engine.push(bar);
    const breadth = breadth50(members.map((member) => member.cSma50At(session)));
    inputs.push(inputOf(session, bar.closeTime, engine, vol20Before, breadth));
  }
  return inputs;
}

/** The bars from an instant on, and those of the day before: a member's venue may open at another time. */
function since(bars: readonly ClosedBar[], from: number): readonly ClosedBar[] {
  return bars.slice(bars.findLastIndex(({ openTime }) => openTime < from - DAY_MS) + 1);
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

/**
 * A member of the universe walked along the sessions of the index, with just enough state to say whether it closes above
 * its 50-day mean. Micro prices are integers, so the running sum is exact and cannot drift.
 */
class Member {
  readonly #bars: readonly ClosedBar[];
  readonly #sessionOf: (openTime: number) => string;
  readonly #closes = new Float64Array(BREADTH_BARS);
  #sum = 0;
  /** Bars since the listing or the last gap. */
  #run = 0;
  #at = 0;
  #session = '';

  constructor(bars: readonly ClosedBar[], sessionOf: (openTime: number) => string) {
    this.#bars = bars;
    this.#sessionOf = sessionOf;
    this.#read();
  }

  /** The feature cSma50 at the close of `session`, `null` when a bar of its window is not there. */
  cSma50At(session: string): number | null {
    while (this.#at < this.#bars.length && this.#session < session) this.#advance();
    const close = this.#at < this.#bars.length && this.#session === session ? this.#bars[this.#at]!.c : null;
    if (!isPrice(close)) {
      this.#run = 0;
      this.#sum = 0;
      return null;
    }
    const slot = this.#run % BREADTH_BARS;
    if (this.#run >= BREADTH_BARS) this.#sum -= this.#closes[slot]!;
    this.#closes[slot] = close;
    this.#sum += close;
    this.#run++;
    return this.#run < BREADTH_BARS ? null : close / (this.#sum / BREADTH_BARS) - 1;
  }

  #advance(): void {
    this.#at++;
    this.#read();
  }

  #read(): void {
    const bar = this.#bars[this.#at];
    if (bar !== undefined) this.#session = this.#sessionOf(bar.openTime);
  }
}

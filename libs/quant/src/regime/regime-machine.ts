import { REGIMES, type RegimeLabel } from '@ziggy/contracts';
import { FACT, panicTriggers, possibleFacts, unknownReason, type RegimeInput } from './regime-rules.ts';
import { UNKNOWN_REGIME, type RegimeState } from './regime-state.ts';

/** Sessions a label is held before it may change, except into Panic. */
const MIN_DWELL = 3;
/** Calm sessions in a row that end a Panic. */
const CALM_SESSIONS = 3;

/** Index into REGIMES; START is before the first session, when nothing is held yet. */
const PANIC = 0;
const RISK_OFF = 1;
const CHOP = 2;
const RISK_ON = 3;
const START = 4;

/** What the machine remembers: its label, how long it has held it (up to 3), the calm sessions of a Panic. */
const memory = (label: number, held: number, calm: number): number => label * 16 + Math.min(held, MIN_DWELL) * 4 + calm;
const labelOf = (m: number): number => m >> 4;
const heldOf = (m: number): number => (m >> 2) & 3;
const calmOf = (m: number): number => m & 3;

const FIRST = memory(START, MIN_DWELL, 0);

/** One session of the machine for one certain past and one certain present (brain.md section 4). */
function transition(m: number, facts: number): number {
  const label = labelOf(m);
  const held = heldOf(m);
  if (facts & FACT.panic) return memory(PANIC, label === PANIC ? held + 1 : 1, 0);
  const calm = label === PANIC && facts & FACT.calm ? calmOf(m) + 1 : 0;
  if (!leaves(label, held, calm, facts)) return memory(label, held + 1, Math.min(calm, CALM_SESSIONS - 1));
  return memory(successor(facts), 1, 0);
}

function leaves(label: number, held: number, calm: number, facts: number): boolean {
  if (label === START) return true;
  if (held < MIN_DWELL) return false;
  if (label === PANIC) return calm >= CALM_SESSIONS;
  if (label === RISK_OFF) return (facts & FACT.offLeaves) !== 0;
  if (label === RISK_ON) return (facts & FACT.onLeaves) !== 0;
  return successor(facts) !== CHOP;
}

/** The first entry rule that holds, else Chop; Panic is decided before. */
function successor(facts: number): number {
  if (facts & FACT.offEnters) return RISK_OFF;
  return facts & FACT.onEnters ? RISK_ON : CHOP;
}

/**
 * The market regime, session by session (brain.md section 4).
 *
 * An unknown input is neither true nor false. The machine therefore follows every memory that the unknown values allow,
 * a set of at most a few dozen small numbers, and names a label only when all of them agree. So a label is never a
 * default: it is what the rules say whatever the missing values were. Once a Panic or three clear sessions make the
 * branches meet, the label is back without a reset.
 */
export class RegimeMachine {
  #memories: readonly number[] = [FIRST];
  #state: RegimeState = UNKNOWN_REGIME;
  #session = '';
  /** Transitions seen between two known labels of neighbouring sessions, row-major. */
  readonly #seen = new Uint32Array(16);

  /** State after the newest session. */
  get state(): RegimeState {
    return this.#state;
  }

  /**
   * Judges the next session. A session that is not later than the newest one is ignored: counting it twice would
   * shorten the dwell.
   * @returns the new state, also kept in `state`.
   */
  step(input: RegimeInput): RegimeState {
    if (input.session <= this.#session) return this.#state;
    this.#session = input.session;
    const facts = possibleFacts(input);
    const memories = new Set<number>();
    for (const m of this.#memories) for (const f of facts) memories.add(transition(m, f));
    this.#memories = [...memories];
    const label = labelOf(this.#memories[0]!);
    const certain = this.#memories.every((m) => labelOf(m) === label);
    this.#state = certain ? this.#known(label, input, facts) : this.#unknown(input);
    return this.#state;
  }

  #unknown(input: RegimeInput): RegimeState {
    // With today's inputs all known the doubt comes from an earlier session, whose reason still stands.
    const reason = unknownReason(input) ?? this.#state.reason;
    return { ...UNKNOWN_REGIME, reason, asOf: input.asOf };
  }

  #known(label: number, input: RegimeInput, facts: readonly number[]): RegimeState {
    const before = this.#state.label === null ? -1 : REGIMES.indexOf(this.#state.label);
    if (before >= 0) this.#seen[before * 4 + label]!++;
    const next = this.#next(label);
    return {
      label: REGIMES[label] as RegimeLabel,
      since: before === label ? this.#state.since : input.session,
      confidence: next[label]!,
      next,
      triggers: triggersOf(label, input, facts),
      reason: null,
      asOf: input.asOf,
    };
  }

  /** Dirichlet-smoothed transition chances, prior 1 per label: (n_ij + 1) ÷ (n_i + 4). */
  #next(label: number): [number, number, number, number] {
    const row = this.#seen.subarray(label * 4, label * 4 + 4);
    const total = row[0]! + row[1]! + row[2]! + row[3]! + 4;
    return [(row[0]! + 1) / total, (row[1]! + 1) / total, (row[2]! + 1) / total, (row[3]! + 1) / total];
  }
}

/** Entry rules that certainly hold today; when none explains the label, what holds it. */
function triggersOf(label: number, input: RegimeInput, possible: readonly number[]): string[] {
  const facts = possible.reduce((all, f) => all & f);
  const codes = panicTriggers(input);
  if (facts & FACT.offEnters) codes.push('risk_off_entry');
  if (facts & FACT.onEnters) codes.push('risk_on_entry');
  const holding = whatHolds(label, facts);
  return holding === null ? codes : [...codes, holding];
}

function whatHolds(label: number, facts: number): string | null {
  if (label === PANIC) return facts & FACT.panic ? null : facts & FACT.calm ? 'cooling_down' : 'volatility_not_calm';
  if (label === RISK_OFF) return held(facts & FACT.offEnters, facts & FACT.offLeaves);
  if (label === RISK_ON) return held(facts & FACT.onEnters, facts & FACT.onLeaves);
  return facts & (FACT.offEnters | FACT.onEnters) ? 'minimum_dwell' : 'no_entry_rule';
}

function held(enters: number, leaving: number): string | null {
  if (enters !== 0) return null;
  return leaving !== 0 ? 'minimum_dwell' : 'inside_band';
}

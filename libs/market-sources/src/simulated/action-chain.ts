import type { CorporateAction } from '../port.ts';
import { ln } from './exact-math.ts';
import { MODEL } from './params.ts';
import { priceOf } from './price.ts';
import type { SessionTable } from './sessions.ts';
import { Stream } from './stream.ts';
import type { Profile } from './universe.ts';

const { floor } = Math;
const { actions: ACTIONS } = MODEL;
const LN_ABOVE = ln(ACTIONS.split.above);
const LN_BELOW = ln(ACTIONS.split.below);

/** How a raw price lies to the holder's (total return) price from one session on. */
export interface Level {
  /** First session of the level. */
  readonly from: number;
  /** Log of raw price over total-return price. */
  readonly offset: number;
  /** Shares that one share of the first session has become. */
  readonly shares: number;
  /** Split ratio of the session itself; 1 without a split. */
  readonly split: number;
}

interface Announced {
  readonly exIndex: number;
  readonly knownIndex: number;
  readonly type: 'split' | 'dividend';
  /** Ratio of a split, micro-units of a dividend. */
  readonly value: number;
}

const FIRST: Level = { from: 0, offset: 0, shares: 1, split: 1 };

/**
 * Dividends and splits of one equity. The model moves the price that a holder sees who keeps every dividend; the raw price
 * falls short of it by what was paid and divided. Both are known from the closes before, so nothing looks ahead.
 */
export class ActionChain {
  readonly #profile: Profile;
  readonly #sessions: SessionTable;
  readonly #close: (index: number) => number;
  /** Sessions from which the level changes, ascending. */
  readonly #levels: Level[] = [FIRST];
  readonly #announced: Announced[] = [];
  /** Announced, not yet at the ex-date. */
  #pending: Announced[] = [];
  readonly #yield: number;
  readonly #firstEx: number;
  #reached = 0;
  #above = 0;
  #below = 0;

  /** @param close log of the total-return price at the close of a session */
  constructor(seed: string, profile: Profile, sessions: SessionTable, close: (index: number) => number) {
    const stream = new Stream(`${seed}|actions|${profile.symbol}|`);
    const { payers, yield: range, everySessions } = ACTIONS.dividend;
    const pays = stream.uniform() < payers;
    this.#yield = pays ? range.min + (range.max - range.min) * stream.uniform() : 0;
    this.#firstEx = ACTIONS.lead + floor(stream.uniform() * everySessions);
    this.#profile = profile;
    this.#sessions = sessions;
    this.#close = close;
  }

  /** The level of a session, from its open on. Reads closes up to the session before. */
  level(index: number): Level {
    while (this.#reached < index) this.#finish(this.#reached++);
    const levels = this.#levels;
    let low = 0;
    let high = levels.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((levels[middle] as Level).from <= index) low = middle;
      else high = middle - 1;
    }
    const level = levels[low] as Level;
    return level.from === index || level.split === 1 ? level : { ...level, split: 1 };
  }

  /** What had been announced by the close of a session and goes ex in `[from, to)`, by ex-date. */
  known(index: number, from: number, to: number): CorporateAction[] {
    this.level(index + 1);
    const found: CorporateAction[] = [];
    for (const { exIndex, knownIndex, type, value } of this.#announced) {
      const session = this.#sessions.find(exIndex);
      if (knownIndex > index || session === null || session.open < from || session.open >= to) continue;
      found.push({
        symbol: this.#profile.symbol,
        type,
        exAt: session.open,
        ratio: type === 'split' ? value : null,
        amount: type === 'dividend' ? value : null,
        knownAt: this.#sessions.at(knownIndex).close,
      });
    }
    return found.sort((a, b) => a.exAt - b.exAt || (a.type === 'split' ? -1 : 1));
  }

  /** Closes a session: announces what its close decides, then opens the level of the next one. */
  #finish(index: number): void {
    const level = this.#levels.at(-1) as Level;
    const raw = this.#close(index) + level.offset;
    this.#watchSplit(index, raw);
    const exIndex = index + ACTIONS.lead;
    const paysNow = exIndex >= this.#firstEx && (exIndex - this.#firstEx) % ACTIONS.dividend.everySessions === 0;
    if (this.#yield > 0 && paysNow) this.#declare(index, raw);
    if (this.#pending.length === 0) return;
    const due = this.#pending.filter((action) => action.exIndex === index + 1);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter((action) => action.exIndex !== index + 1);
    this.#levels.push(this.#after(index, level, due));
  }

  #watchSplit(index: number, raw: number): void {
    this.#above = raw > LN_ABOVE ? this.#above + 1 : 0;
    this.#below = raw < LN_BELOW ? this.#below + 1 : 0;
    const { sessions, ratio, reverseRatio } = ACTIONS.split;
    if (this.#pending.some(({ type }) => type === 'split')) return;
    if (this.#above >= sessions) this.#announce(index, 'split', ratio);
    else if (this.#below >= sessions) this.#announce(index, 'split', reverseRatio);
  }

  /** A dividend in money of the ex-date: a split that is announced by now comes before it, for both wait equally long. */
  #declare(index: number, raw: number): void {
    const split = this.#pending.find(({ type }) => type === 'split')?.value ?? 1;
    const { step, everySessions } = ACTIONS.dividend;
    const quarter = (this.#yield * everySessions) / MODEL.sessionsPerYear.XNYS;
    const amount = floor((priceOf(this.#profile, raw) * quarter) / split / step + 0.5) * step;
    if (amount > 0) this.#announce(index, 'dividend', amount);
  }

  #announce(index: number, type: Announced['type'], value: number): void {
    const action = { exIndex: index + ACTIONS.lead, knownIndex: index, type, value };
    this.#announced.push(action);
    this.#pending.push(action);
  }

  #after(index: number, level: Level, due: readonly Announced[]): Level {
    const split = due.find(({ type }) => type === 'split')?.value ?? 1;
    const dividend = due.find(({ type }) => type === 'dividend')?.value ?? 0;
    let offset = level.offset - (split === 1 ? 0 : ln(split));
    if (split !== 1) this.#above = this.#below = 0;
    const close = priceOf(this.#profile, this.#close(index) + offset);
    if (dividend > 0 && dividend < close) offset += ln(1 - dividend / close);
    return { from: index + 1, offset, shares: level.shares * split, split };
  }
}

import { drawBlocks, drawMinutes, emptyParts } from './components.ts';
import type { Parts } from './components.ts';
import { exp, ln } from './exact-math.ts';
import type { FactorSessions } from './factor-session.ts';
import { MODEL } from './params.ts';
import { HashPrefix } from './sha256.ts';
import { shapeOf } from './session-shape.ts';
import type { SessionShape } from './session-shape.ts';
import { Stream } from './stream.ts';
import type { SymbolChain } from './symbol-chain.ts';

const { abs, floor, sqrt } = Math;

/** Blocks of the longest session. */
const MOST_BLOCKS = 64;
/** Most that a bridge rises above both its ends, in standard deviations, for the smallest uniform a stream yields. */
const REACH = 3.4;

/**
 * One symbol's session in outline: everything a daily bar needs and the frame into which the minutes are drawn.
 * `ends` and `own` are scratch of the {@link SessionPaths} that made it: valid until its next outline.
 */
export interface Outline {
  readonly index: number;
  readonly shape: SessionShape;
  /** Log prices at the close before, at the open and at the close. */
  readonly before: number;
  readonly open: number;
  readonly close: number;
  /** Log prices of the extremes. */
  readonly high: number;
  readonly low: number;
  /** Log moves since the open at the ends of the blocks. */
  readonly ends: Float64Array;
  readonly load: number;
  readonly own: Parts;
  /** Jumps inside the session: minute and size, the market's (with its load) and the symbol's. */
  readonly commonJump: number;
  readonly commonJumpMinute: number;
  readonly ownJump: number;
  readonly ownJumpMinute: number;
  /** Units of the day; null where there is no volume. */
  readonly volume: number | null;
  readonly heat: number;
}

/** A sudden move inside a session: its log size and the minute that it falls into. */
export interface Jump {
  readonly minute: number;
  readonly size: number;
}

/**
 * Log moves since the open by minute, and the share of the day's volume traded by the end of each. Scratch, and longer than
 * used, like the ends of an {@link Outline}: a history of minutes is otherwise mostly the making of arrays.
 */
export interface MinuteMoves {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly traded: Float64Array;
}

/** Minutes of the longest session. */
const MOST_MINUTES = 1_500;

/** Where a session's minutes are drawn. */
export interface Scratch extends MinuteMoves {
  readonly own: Parts;
}

export function emptyScratch(): Scratch {
  const values = () => new Float64Array(MOST_MINUTES);
  return { own: emptyParts(MOST_MINUTES), high: values(), low: values(), close: values(), traded: values() };
}

/** Highest point above its start of a Brownian bridge that moves by `x` with variance `v`, for a uniform `u`. */
function bridgeHigh(x: number, v: number, u: number): number {
  return (x + sqrt(x * x - 2 * v * ln(u))) * 0.5;
}

/** Draws the insides of one symbol's sessions. Each session is drawn from its own streams, in any order. */
export class SessionPaths {
  readonly chain: SymbolChain;
  readonly #common: FactorSessions | null;
  readonly #minutesKey: HashPrefix;
  readonly #stream = new Stream('');
  readonly #own = emptyParts(MOST_BLOCKS);
  readonly #ends = new Float64Array(MOST_BLOCKS);
  readonly #scratch: Scratch;

  /** @param scratch may be shared by paths that are not drawn at the same time */
  constructor(seed: string, chain: SymbolChain, common: FactorSessions | null, scratch: Scratch) {
    this.#scratch = scratch;
    this.chain = chain;
    this.#common = common;
    this.#minutesKey = new HashPrefix(`${seed}|minutes|${chain.profile.symbol}|`);
  }

  outline(index: number): Outline {
    const { sessions, profile } = this.chain;
    const stream = this.#stream;
    const day = this.chain.day(index, stream);
    const shape = shapeOf(profile.calendar, sessions.at(index));
    const share = MODEL.overnight[profile.calendar as 'XNYS' | '24x7' | 'FX24x5'];
    const common = this.#common?.session(index) ?? null;
    const ownOvernight = share * day.move + sqrt(share * (1 - share) * day.variance) * stream.normal();
    const volumeDraw = stream.normal();
    const own = this.#own;
    drawBlocks(stream, shape, day.move - ownOvernight, (1 - share) * day.variance, own);
    const open = day.before + ownOvernight + (common ? day.load * common.overnight : 0);
    const frame = {
      ...{ load: day.load, own, ownJump: day.jump, ownJumpMinute: floor(day.jumpAt * shape.minutes) },
      ...{ commonJump: common ? day.load * common.jump : 0, commonJumpMinute: common ? common.jumpMinute : 0 },
    };
    const span = this.#walkBlocks(stream, shape, frame, common?.blocks ?? null, day.after - open);
    return {
      ...{ index, shape, before: day.before, open, close: day.after, ends: this.#ends },
      ...{ high: open + span.high, low: open + span.low, heat: day.heat },
      ...frame,
      volume: this.#dayVolume(volumeDraw, day.after - day.before),
    };
  }

  /** The jump that is the symbol's own; an index has the market's. */
  jump(index: number): Jump | null {
    const { sessions, profile } = this.chain;
    if (profile.model === 'index') {
      const common = this.#common?.session(index);
      return common === undefined || common.jump === 0 ? null : { minute: common.jumpMinute, size: common.jump };
    }
    const { jump, jumpAt } = this.chain.day(index, this.#stream);
    if (jump === 0) return null;
    return { minute: floor(jumpAt * shapeOf(profile.calendar, sessions.at(index)).minutes), size: jump };
  }

  /** Ends of the blocks and the session's extremes, as bridges between the ends reach them. */
  #walkBlocks(
    stream: Stream,
    shape: SessionShape,
    frame: Pick<Outline, 'load' | 'own' | 'commonJump' | 'commonJumpMinute' | 'ownJump' | 'ownJumpMinute'>,
    common: Parts | null,
    total: number,
  ): { high: number; low: number } {
    const count = shape.blocks.length;
    const { blockMinutes } = shape;
    const ends = this.#ends;
    const commonJumpBlock = floor(frame.commonJumpMinute / blockMinutes);
    const ownJumpBlock = floor(frame.ownJumpMinute / blockMinutes);
    let at = 0;
    let high = total > 0 ? total : 0;
    let low = total < 0 ? total : 0;
    for (let k = 0; k < count; k++) {
      let x = frame.own.moves[k] as number;
      let v = frame.own.variances[k] as number;
      if (common) {
        x += frame.load * (common.moves[k] as number);
        v += frame.load * frame.load * (common.variances[k] as number);
      }
      if (k === commonJumpBlock) x += frame.commonJump;
      if (k === ownJumpBlock) x += frame.ownJump;
      if (k === count - 1) x = total - at; // what rounding left over
      const up = stream.uniform();
      const down = stream.uniform();
      // Most blocks come nowhere near the extremes; the logarithms are for those that may.
      const reach = REACH * sqrt(v);
      if (at + (x > 0 ? x : 0) + reach > high) {
        const top = at + bridgeHigh(x, v, up);
        if (top > high) high = top;
      }
      if (at + (x < 0 ? x : 0) - reach < low) {
        const bottom = at - bridgeHigh(-x, v, down);
        if (bottom < low) low = bottom;
      }
      at = k === count - 1 ? total : at + x;
      ends[k] = at;
    }
    return { high, low };
  }

  #dayVolume(draw: number, move: number): number | null {
    const { profile } = this.chain;
    if (profile.dayVolume === null) return null;
    const { daySigma, perMove } = MODEL.volume;
    const surprise = abs(move) / sqrt(profile.ownVariance + MODEL.market.sigmaDaily * MODEL.market.sigmaDaily);
    return floor(profile.dayVolume * exp(daySigma * draw + perMove * (surprise > 4 ? 4 : surprise)));
  }

  /** The minutes of a session: inside its outline, meeting its extremes exactly. Valid until the next outline or minutes. */
  minutes(outline: Outline): MinuteMoves {
    const { shape } = outline;
    const count = shape.minutes;
    const stream = this.#stream.rekey(this.#minutesKey, this.chain.sessions.at(outline.index).date);
    drawMinutes(stream, shape, outline.own, this.#scratch.own);
    const common = this.#common?.minutes(outline.index) ?? null;
    const moves = this.#scratch;
    this.#walkMinutes(stream, outline, common, moves);
    const path = [moves.high, moves.low, moves.close];
    meetExtreme(outline, moves.high, path, count, 1);
    meetExtreme(outline, moves.low, path, count, -1);
    return moves;
  }

  #walkMinutes(
    stream: Stream,
    outline: Outline,
    common: Parts | null,
    { own, high, low, close, traded }: Scratch,
  ): void {
    const { shape, load } = outline;
    const { blockMinutes, minutes: count } = shape;
    const { minuteSigma } = MODEL.volume;
    const commonJumpMinute = outline.commonJump === 0 ? -1 : outline.commonJumpMinute;
    const ownJumpMinute = outline.ownJump === 0 ? -1 : outline.ownJumpMinute;
    let at = 0;
    let volume = 0;
    let block = 0;
    let lastOfBlock = blockMinutes - 1;
    for (let j = 0; j < count; j++) {
      let x = own.moves[j] as number;
      let v = own.variances[j] as number;
      if (common) {
        x += load * (common.moves[j] as number);
        v += load * load * (common.variances[j] as number);
      }
      if (j === commonJumpMinute) x += outline.commonJump;
      if (j === ownJumpMinute) x += outline.ownJump;
      let next = at + x;
      if (j === lastOfBlock || j === count - 1) {
        next = outline.ends[block] as number;
        x = next - at; // what rounding left over
        block++;
        lastOfBlock += blockMinutes;
      }
      high[j] = at + bridgeHigh(x, v, stream.uniform());
      low[j] = at - bridgeHigh(-x, v, stream.uniform());
      at = next;
      close[j] = at;
      const effort = v > 0 ? abs(x) / sqrt(v) : 0;
      volume += (shape.volume[j] as number) * (0.5 + (effort > 5 ? 5 : effort)) * exp(minuteSigma * stream.normal());
      traded[j] = volume;
    }
    for (let j = 0; j < count; j++) traded[j] = (traded[j] as number) / volume;
  }
}

/**
 * Moves the path monotonically so that its extreme on one side is the outline's: distances beyond a base are scaled.
 * The base is the outermost block end, so that little of the path changes; it comes nearer to the open and close when
 * the scale would be more than {@link MODEL}.session.stretch, so that no lone spike reaches for the extreme.
 */
function meetExtreme(
  outline: Outline,
  extremes: Float64Array,
  path: readonly Float64Array[],
  count: number,
  side: 1 | -1,
): void {
  const target = ((side === 1 ? outline.high : outline.low) - outline.open) * side;
  const total = (outline.close - outline.open) * side;
  const innermost = total > 0 ? total : 0;
  let base = innermost;
  for (let k = 0; k < outline.shape.blocks.length; k++) {
    const end = (outline.ends[k] as number) * side;
    if (end > base) base = end;
  }
  let reached = Number.NEGATIVE_INFINITY;
  let where = 0;
  for (let j = 0; j < count; j++) {
    const value = (extremes[j] as number) * side;
    if (value > reached) {
      reached = value;
      where = j;
    }
  }
  const { stretch } = MODEL.session;
  if (target - base > stretch * (reached - base)) {
    const nearer = (stretch * reached - target) / (stretch - 1);
    base = nearer > innermost ? nearer : innermost;
  }
  if (reached > base) {
    const scale = (target - base) / (reached - base);
    for (const values of path) {
      for (let j = 0; j < count; j++) {
        const beyond = (values[j] as number) * side - base;
        if (beyond > 0) {
          const moved = base + beyond * scale;
          values[j] = side * (moved < target ? moved : target);
        }
      }
    }
  }
  extremes[where] = side * target;
}

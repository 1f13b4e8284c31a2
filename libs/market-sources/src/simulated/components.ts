import { exp } from './exact-math.ts';
import { MODEL } from './params.ts';
import type { SessionShape } from './session-shape.ts';
import type { Stream } from './stream.ts';

const { min, sqrt } = Math;

const { logVolatility } = MODEL.session;
const MINUTE_KICK = logVolatility.sigma * sqrt(1 - logVolatility.rho * logVolatility.rho);

/** Moves of one component (the market's or a symbol's own) over parts of a session, and their variances. May be longer than used. */
export interface Parts {
  readonly moves: Float64Array;
  readonly variances: Float64Array;
}

export function emptyParts(count: number): Parts {
  return { moves: new Float64Array(count), variances: new Float64Array(count) };
}

/**
 * Splits a component's session move over the blocks of the shape: variance by the shape times an AR(1) log-volatility, moves
 * drawn and tied to the session's move in proportion to variance.
 */
export function drawBlocks(stream: Stream, shape: SessionShape, move: number, variance: number, into: Parts): void {
  const count = shape.blocks.length;
  const { moves, variances } = into;
  let level = logVolatility.sigma * stream.normal();
  let total = 0;
  for (let k = 0; k < count; k++) {
    const weight = (shape.blocks[k] as number) * exp(2 * level);
    variances[k] = weight;
    total += weight;
    level = shape.blockRho * level + shape.blockKick * stream.normal();
  }
  const scale = variance / total;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const v = (variances[k] as number) * scale;
    variances[k] = v;
    const drawn = sqrt(v) * stream.normal();
    moves[k] = drawn;
    sum += drawn;
  }
  tie(moves, variances, 0, count, move - sum, variance);
}

/** Splits blocks over minutes in the same way; each block's minutes sum to the block. @returns `into`, filled */
export function drawMinutes(stream: Stream, shape: SessionShape, blocks: Parts, into: Parts): Parts {
  const { moves, variances } = into;
  let level = logVolatility.sigma * stream.normal();
  for (let k = 0; k < shape.blocks.length; k++) {
    const from = k * shape.blockMinutes;
    const to = min(from + shape.blockMinutes, shape.minutes);
    let total = 0;
    for (let j = from; j < to; j++) {
      const weight = (shape.variance[j] as number) * exp(2 * level);
      variances[j] = weight;
      total += weight;
      level = logVolatility.rho * level + MINUTE_KICK * stream.normal();
    }
    const variance = blocks.variances[k] as number;
    const scale = variance / total;
    let sum = 0;
    for (let j = from; j < to; j++) {
      const v = (variances[j] as number) * scale;
      variances[j] = v;
      const drawn = sqrt(v) * stream.normal();
      moves[j] = drawn;
      sum += drawn;
    }
    tie(moves, variances, from, to, (blocks.moves[k] as number) - sum, variance);
  }
  return into;
}

function tie(
  moves: Float64Array,
  variances: Float64Array,
  from: number,
  to: number,
  gap: number,
  variance: number,
): void {
  if (variance === 0) return;
  const share = gap / variance;
  for (let i = from; i < to; i++) moves[i] = (moves[i] as number) + share * (variances[i] as number);
}

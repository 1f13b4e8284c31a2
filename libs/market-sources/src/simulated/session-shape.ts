import type { CalendarId, Session } from '@ziggy/domain';
import { exp } from './exact-math.ts';
import { MODEL } from './params.ts';

/** Minutes beyond which a session is laid out in long blocks. */
const LONG_SESSION = 720;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How activity is spread over a session's minutes; relative weights. */
export interface SessionShape {
  readonly minutes: number;
  readonly blockMinutes: number;
  /** Variance weight by minute. */
  readonly variance: Float64Array;
  /** Sums of the variance weights over blocks of `blockMinutes`; the last may be short. */
  readonly blocks: Float64Array;
  /** Volume weight by minute. */
  readonly volume: Float64Array;
  /** AR(1) of log-volatility from block to block. */
  readonly blockRho: number;
  readonly blockKick: number;
}

const shapes = new Map<string, SessionShape>();

/** Shape of a session; sessions of equal length (and, round the clock, equal start) share one. */
export function shapeOf(calendar: CalendarId, session: Session): SessionShape {
  const minutes = (session.close - session.open) / MINUTE_MS;
  const exchange = calendar !== '24x7' && calendar !== 'FX24x5';
  const firstHour = exchange ? 0 : Math.floor(session.open / HOUR_MS) % 24;
  const key = `${exchange ? 'exchange' : firstHour}/${minutes}`;
  const known = shapes.get(key);
  if (known) return known;
  const shape = exchange ? exchangeShape(minutes) : aroundTheClock(minutes, firstHour);
  shapes.set(key, shape);
  return shape;
}

function exchangeShape(minutes: number): SessionShape {
  const { open, close, floor } = MODEL.session;
  const { volume } = MODEL;
  const last = minutes - 1;
  return shape(
    minutes,
    (j) => floor + open.height * exp(-j / open.minutes) + close.height * exp(-(last - j) / close.minutes),
    (j) => 1 + volume.open * exp(-j / volume.openMinutes) + volume.close * exp(-(last - j) / volume.closeMinutes),
  );
}

function aroundTheClock(minutes: number, firstHour: number): SessionShape {
  const weight = (j: number) => MODEL.session.aroundTheClock[(firstHour + Math.floor(j / 60)) % 24] as number;
  return shape(minutes, weight, weight);
}

function shape(minutes: number, varianceAt: (j: number) => number, volumeAt: (j: number) => number): SessionShape {
  const variance = Float64Array.from({ length: minutes }, (_, j) => varianceAt(j));
  const volume = Float64Array.from({ length: minutes }, (_, j) => volumeAt(j));
  const blockMinutes = minutes > LONG_SESSION ? MODEL.session.longBlockMinutes : MODEL.session.blockMinutes;
  const blocks = new Float64Array(Math.ceil(minutes / blockMinutes));
  for (let j = 0; j < minutes; j++) {
    const block = Math.floor(j / blockMinutes);
    blocks[block] = (blocks[block] as number) + (variance[j] as number);
  }
  const { rho, sigma } = MODEL.session.logVolatility;
  let blockRho = 1;
  for (let j = 0; j < blockMinutes; j++) blockRho *= rho;
  const blockKick = sigma * Math.sqrt(1 - blockRho * blockRho);
  return { minutes, blockMinutes, variance, blocks, volume, blockRho, blockKick };
}

import { exp, ln } from './exact-math.ts';
import { MODEL } from './params.ts';
import type { MinutePath } from './sim-market.ts';
import { HashPrefix } from './sha256.ts';
import { Stream } from './stream.ts';
import type { Profile } from './universe.ts';

const { floor } = Math;

/** Trades in a minute; the ticks that a stream shows are some of them. */
export const TRADES = MODEL.ticks.perMinute;
export const MINUTE_MS = 60_000;
const SLOT_MS = MINUTE_MS / TRADES;
const HALF = TRADES / 2;

/**
 * The trades of one minute of one symbol: from its open over its two extremes to its close, at keyed times, never
 * outside the minute's bar. Buffers are filled anew by {@link TickPath.fill}.
 */
export class TickPath {
  /** Milliseconds after the minute's open, rising. */
  readonly at = new Uint16Array(TRADES);
  readonly price = new Float64Array(TRADES);
  /** Uniform (0, 1) a trade: which side of the spread was hit, and how much stood there. */
  readonly side = new Float64Array(TRADES);
  /** Trades of the minute's two extremes; with the first and last they make its bar. */
  firstExtreme = 0;
  secondExtreme = 0;
  /** Spread in ticks, at least 1; null where nothing is quoted on two sides. */
  spreadTicks: number | null = null;
  readonly #stream = new Stream('');
  #keyedBy: MinutePath | null = null;
  #key = new HashPrefix('');

  fill(seed: string, profile: Profile, path: MinutePath, minute: number): void {
    if (this.#keyedBy !== path) {
      this.#keyedBy = path;
      this.#key = new HashPrefix(`${seed}|ticks|${profile.symbol}|${path.session.date}|`);
    }
    const stream = this.#stream.rekey(this.#key, String(minute));
    const { tick } = profile;
    const open = openOf(path, minute) / tick;
    const close = (path.close[minute] as number) / tick;
    const high = (path.high[minute] as number) / tick;
    const low = (path.low[minute] as number) / tick;
    this.firstExtreme = 1 + floor(stream.uniform() * (HALF - 1));
    this.secondExtreme = HALF + floor(stream.uniform() * (HALF - 1));
    const lowFirst = stream.uniform() < (close > open ? 0.7 : close < open ? 0.3 : 0.5);
    const amplitude = (high - low) * MODEL.ticks.noise;
    const first = lowFirst ? low : high;
    const second = lowFirst ? high : low;
    this.#leg(stream, 0, this.firstExtreme, open, first, low, high, amplitude, tick);
    this.#leg(stream, this.firstExtreme, this.secondExtreme, first, second, low, high, amplitude, tick);
    this.#leg(stream, this.secondExtreme, TRADES - 1, second, close, low, high, amplitude, tick);
    this.#trade(stream, TRADES - 1, close * tick);
    this.spreadTicks = spreadOf(profile, path, minute);
  }

  /** Trades from one key trade up to the next (not with it): a line with a wandering deviation, kept inside the bar. */
  #leg(
    stream: Stream,
    from: number,
    to: number,
    start: number,
    end: number,
    low: number,
    high: number,
    amplitude: number,
    tick: number,
  ): void {
    const slope = (end - start) / (to - from);
    this.#trade(stream, from, start * tick);
    let deviation = 0;
    for (let i = from + 1; i < to; i++) {
      deviation = MODEL.ticks.memory * deviation + amplitude * (stream.uniform() - 0.5);
      const level = floor(start + slope * (i - from) + deviation + 0.5);
      this.#trade(stream, i, (level < low ? low : level > high ? high : level) * tick);
    }
  }

  #trade(stream: Stream, i: number, price: number): void {
    const place = stream.uniform() * SLOT_MS;
    const whole = floor(place);
    this.at[i] = i * SLOT_MS + whole;
    this.side[i] = place - whole;
    this.price[i] = floor(price + 0.5);
  }
}

/** Price at which a minute opens: the close before it, or the session's open. Micro-units. */
export function openOf(path: MinutePath, minute: number): number {
  return minute === 0 ? path.day.open : (path.close[minute - 1] as number);
}

/** Volume of the day up to and with a trade of a minute; null where there is no volume. */
export function volumeAt(path: MinutePath, minute: number, trade: number): number | null {
  if (path.traded === null) return null;
  const before = minute === 0 ? 0 : (path.traded[minute - 1] as number);
  const after = path.traded[minute] as number;
  return before + floor(((after - before) * (trade + 1)) / TRADES);
}

/** Base spread x (volatility over its base)^0.8, wider after the open. */
function spreadOf(profile: Profile, path: MinutePath, minute: number): number | null {
  if (profile.spreadBps === null) return null;
  const { exponent, openHeight, openMinutes } = MODEL.spread;
  const heat = exp((exponent / 2) * ln(path.heat));
  const start = profile.calendar === 'XNYS' ? 1 + openHeight * exp(-minute / openMinutes) : 1;
  const spread = ((path.close[minute] as number) * profile.spreadBps * 1e-4 * heat * start) / profile.tick;
  return spread < 1 ? 1 : floor(spread + 0.5);
}

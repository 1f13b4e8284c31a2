import type { CalendarId, Session, Symbol } from '@ziggy/domain';
import { exp } from './exact-math.ts';
import { FactorSessions } from './factor-session.ts';
import { MarketFactor, PlainFactor } from './factors.ts';
import { LruMap } from './lru-map.ts';
import { MODEL, PARAMS_HASH } from './params.ts';
import { SessionPaths } from './session-path.ts';
import type { Outline } from './session-path.ts';
import { SessionTable } from './sessions.ts';
import { SymbolChain } from './symbol-chain.ts';
import { profilesOf } from './universe.ts';
import type { Profile } from './universe.ts';

const { floor, max, min } = Math;

const MINUTE_PATHS_KEPT = 512;

/** A daily bar. Prices in micro-units, volume in units. */
export interface DayBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly prevClose: number;
  readonly volume: number | null;
}

/** The minutes of one session, made once. Prices in micro-units; the open of a minute is the close before it. */
export interface MinutePath {
  readonly session: Session;
  readonly index: number;
  readonly day: DayBar;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Volume of the day up to the end of each minute; null where there is no volume. */
  readonly traded: Float64Array | null;
  /** Own volatility over its base. */
  readonly heat: number;
  /** Minutes in which the market or the symbol jumped: the hidden truth behind headlines. */
  readonly jumpMinutes: readonly number[];
}

/**
 * The simulated market as a function of seed, symbol and session. Nothing in it knows a clock, and nothing depends on
 * what was asked before: a symbol's days are a chain from the epoch, a session's inside has streams of its own.
 */
export class SimulatedMarket {
  readonly seed: string;
  readonly key: string;
  readonly profiles: readonly Profile[];
  readonly market: MarketFactor;
  readonly #bySymbol: ReadonlyMap<string, Profile>;
  readonly #tables = new Map<CalendarId, SessionTable>();
  readonly #sectors = new Map<string, PlainFactor>();
  readonly #crypto: PlainFactor;
  readonly #marketSessions: FactorSessions;
  readonly #cryptoSessions: FactorSessions;
  readonly #paths = new Map<string, SessionPaths>();
  readonly #minutes = new LruMap<string, MinutePath>(MINUTE_PATHS_KEPT);

  constructor(seed: string, universeSize: number) {
    this.seed = seed;
    this.key = `sim:${seed}:${PARAMS_HASH}`;
    this.profiles = profilesOf(seed, universeSize);
    this.#bySymbol = new Map(this.profiles.map((profile) => [profile.symbol, profile]));
    const exchange = this.sessions('XNYS');
    const crypto = this.sessions('24x7');
    this.market = new MarketFactor(seed, exchange);
    const { factorSigmaYear, garch } = MODEL.crypto;
    const variance = (factorSigmaYear * factorSigmaYear) / MODEL.sessionsPerYear['24x7'];
    this.#crypto = new PlainFactor(seed, 'crypto', crypto, garch, variance);
    this.#marketSessions = new FactorSessions(seed, this.market, exchange);
    this.#cryptoSessions = new FactorSessions(seed, this.#crypto, crypto);
  }

  profile(symbol: string): Profile | null {
    return this.#bySymbol.get(symbol) ?? null;
  }

  sessions(calendar: CalendarId): SessionTable {
    let table = this.#tables.get(calendar);
    if (!table) {
      table = new SessionTable(calendar);
      this.#tables.set(calendar, table);
    }
    return table;
  }

  /** Log price at a session's close. */
  logClose(symbol: Symbol, index: number): number {
    return this.#pathsOf(this.#listed(symbol)).chain.close(index);
  }

  day(profile: Profile, index: number): DayBar {
    return dayBar(profile, this.#pathsOf(profile).outline(index));
  }

  minutes(profile: Profile, index: number): MinutePath {
    return this.#minutes.getOr(`${profile.symbol}|${index}`, () => this.#drawMinutes(profile, index));
  }

  #drawMinutes(profile: Profile, index: number): MinutePath {
    const paths = this.#pathsOf(profile);
    const outline = paths.outline(index);
    const day = dayBar(profile, outline);
    const moves = paths.minutes(outline);
    const count = outline.shape.minutes;
    const high = new Float64Array(count);
    const low = new Float64Array(count);
    const close = new Float64Array(count);
    const traded = day.volume === null ? null : new Float64Array(count);
    let before = day.open;
    for (let j = 0; j < count; j++) {
      const last = j === count - 1 ? day.close : priceOf(profile, outline.open + (moves.close[j] as number));
      close[j] = last;
      high[j] = max(priceOf(profile, outline.open + (moves.high[j] as number)), before, last);
      low[j] = min(priceOf(profile, outline.open + (moves.low[j] as number)), before, last);
      before = last;
    }
    if (traded && day.volume !== null) {
      for (let j = 0; j < count; j++) traded[j] = floor(day.volume * (moves.traded[j] as number) + 1e-9);
      traded[count - 1] = day.volume;
    }
    const session = paths.chain.sessions.at(index);
    const jumpMinutes: number[] = [];
    if (outline.commonJump !== 0) jumpMinutes.push(outline.commonJumpMinute);
    if (outline.ownJump !== 0) jumpMinutes.push(outline.ownJumpMinute);
    return { session, index, day, high, low, close, traded, heat: outline.heat, jumpMinutes };
  }

  #pathsOf(profile: Profile): SessionPaths {
    const known = this.#paths.get(profile.symbol);
    if (known) return known;
    const chain = new SymbolChain(this.seed, profile, this.sessions(profile.calendar), {
      market: this.market,
      crypto: this.#crypto,
      sector: (name) => this.#sector(name),
    });
    const common =
      profile.model === 'fx' ? null : profile.model === 'crypto' ? this.#cryptoSessions : this.#marketSessions;
    const made = new SessionPaths(this.seed, chain, common);
    this.#paths.set(profile.symbol, made);
    return made;
  }

  #sector(name: string): PlainFactor {
    let factor = this.#sectors.get(name);
    if (!factor) {
      const { garch, sigmaYear } = MODEL.sector;
      factor = new PlainFactor(
        this.seed,
        `sector ${name}`,
        this.sessions('XNYS'),
        garch,
        (sigmaYear * sigmaYear) / 252,
      );
      this.#sectors.set(name, factor);
    }
    return factor;
  }

  #listed(symbol: Symbol): Profile {
    const profile = this.#bySymbol.get(symbol);
    if (!profile) throw new RangeError(`${symbol} is not listed in ${this.key}.`);
    return profile;
  }
}

/** Micro-price of a log price, on the symbol's tick and at least one. */
export function priceOf(profile: Profile, log: number): number {
  const ticks = floor((exp(log) * 1e6) / profile.tick + 0.5);
  return (ticks < 1 ? 1 : ticks) * profile.tick;
}

function dayBar(profile: Profile, outline: Outline): DayBar {
  const open = priceOf(profile, outline.open);
  const close = priceOf(profile, outline.close);
  return {
    open,
    close,
    high: max(priceOf(profile, outline.high), open, close),
    low: min(priceOf(profile, outline.low), open, close),
    prevClose: priceOf(profile, outline.before),
    volume: outline.volume,
  };
}

import type { CalendarId, Session, Symbol } from '@ziggy/domain';
import { ActionChain } from './action-chain.ts';
import type { Level } from './action-chain.ts';
import type { CorporateAction } from '../port.ts';
import { FactorSessions } from './factor-session.ts';
import { MarketFactor, PlainFactor } from './factors.ts';
import { LruMap } from './lru-map.ts';
import { MODEL, PARAMS_HASH } from './params.ts';
import { priceOf } from './price.ts';
import { sha256Hex } from './sha256.ts';
import { emptyScratch, SessionPaths } from './session-path.ts';
import type { Jump, Outline } from './session-path.ts';
import { SessionTable } from './sessions.ts';
import { SymbolChain } from './symbol-chain.ts';
import { profilesOf } from './universe.ts';
import type { Profile } from './universe.ts';

const { floor, max, min } = Math;

const MINUTE_PATHS_KEPT = 512;

const UNADJUSTED: Level = { from: 0, offset: 0, shares: 1, split: 1 };

/** A daily bar. Prices in micro-units, volume in units. */
export interface DayBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Close before, in shares of this session: after a split it is divided, so that a change says what a holder saw. */
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
  readonly #scratch = emptyScratch();
  readonly #actions = new Map<string, ActionChain>();
  readonly #minutes = new LruMap<string, MinutePath>(MINUTE_PATHS_KEPT);

  /** @param variant what makes this another market than the plain one of the seed, e.g. injected faults; '' for nothing */
  constructor(seed: string, universeSize: number, variant = '') {
    this.seed = seed;
    this.key = `sim:${seed}:${variant === '' ? PARAMS_HASH : sha256Hex(`${PARAMS_HASH}|${variant}`).slice(0, 8)}`;
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

  /** Log of what a holder who keeps every dividend has at a session's close (total return). */
  logClose(symbol: Symbol, index: number): number {
    return this.#pathsOf(this.#listed(symbol)).chain.close(index);
  }

  /** Raw close of a session in micro-units: cheap, for nothing of the session's inside is drawn. */
  close(profile: Profile, index: number): number {
    return priceOf(profile, this.#pathsOf(profile).chain.close(index) + this.level(profile, index).offset);
  }

  day(profile: Profile, index: number): DayBar {
    const outline = this.#pathsOf(profile).outline(index);
    return dayBar(profile, outline, this.level(profile, index - 1), this.level(profile, index));
  }

  /** How raw prices of a session lie to the holder's. */
  level(profile: Profile, index: number): Level {
    return index < 0 ? UNADJUSTED : (this.#actionsOf(profile)?.level(index) ?? UNADJUSTED);
  }

  /** What was announced by the close of a session and goes ex in `[from, to)` (epoch ms), by ex-date. */
  actions(profile: Profile, index: number, from: number, to: number): CorporateAction[] {
    return index < 0 ? [] : (this.#actionsOf(profile)?.known(index, from, to) ?? []);
  }

  /** The jump of a session that is the symbol's own, or for the index the market's; null without one. */
  jump(profile: Profile, index: number): Jump | null {
    return this.#pathsOf(profile).jump(index);
  }

  minutes(profile: Profile, index: number): MinutePath {
    return this.#minutes.getOr(`${profile.symbol}|${index}`, () => this.#drawMinutes(profile, index));
  }

  #drawMinutes(profile: Profile, index: number): MinutePath {
    const paths = this.#pathsOf(profile);
    const outline = paths.outline(index);
    const level = this.level(profile, index);
    const day = dayBar(profile, outline, this.level(profile, index - 1), level);
    const base = outline.open + level.offset;
    const moves = paths.minutes(outline);
    const count = outline.shape.minutes;
    const high = new Float64Array(count);
    const low = new Float64Array(count);
    const close = new Float64Array(count);
    const traded = day.volume === null ? null : new Float64Array(count);
    let before = day.open;
    for (let j = 0; j < count; j++) {
      const last = j === count - 1 ? day.close : priceOf(profile, base + (moves.close[j] as number));
      const top = last > before ? last : before;
      const bottom = last < before ? last : before;
      const reached = priceOf(profile, base + (moves.high[j] as number));
      const fell = priceOf(profile, base + (moves.low[j] as number));
      close[j] = last;
      high[j] = reached > top ? reached : top;
      low[j] = fell < bottom ? fell : bottom;
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
    const made = new SessionPaths(this.seed, chain, common, this.#scratch);
    this.#paths.set(profile.symbol, made);
    return made;
  }

  /** Only companies pay and split; funds, indices, coins and currencies do not in this model. */
  #actionsOf(profile: Profile): ActionChain | null {
    if (profile.model !== 'equity') return null;
    let actions = this.#actions.get(profile.symbol);
    if (!actions) {
      const { chain } = this.#pathsOf(profile);
      actions = new ActionChain(this.seed, profile, chain.sessions, (index) => chain.close(index));
      this.#actions.set(profile.symbol, actions);
    }
    return actions;
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

function dayBar(profile: Profile, outline: Outline, before: Level, level: Level): DayBar {
  const { offset } = level;
  const open = priceOf(profile, outline.open + offset);
  const close = priceOf(profile, outline.close + offset);
  const prevClose = priceOf(profile, outline.before + before.offset);
  return {
    open,
    close,
    high: max(priceOf(profile, outline.high + offset), open, close),
    low: min(priceOf(profile, outline.low + offset), open, close),
    prevClose: level.split === 1 ? prevClose : onTick(profile, prevClose / level.split),
    volume: outline.volume === null ? null : floor(outline.volume * level.shares + 1e-6),
  };
}

function onTick({ tick }: Profile, price: number): number {
  return max(1, floor(price / tick + 0.5)) * tick;
}

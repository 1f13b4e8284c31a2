import { ln } from './exact-math.ts';
import type { MarketFactor, PlainFactor } from './factors.ts';
import { MODEL, nextVariance } from './params.ts';
import type { Garch } from './params.ts';
import { Series } from './series.ts';
import { HashPrefix } from './sha256.ts';
import type { SessionTable } from './sessions.ts';
import { Stream } from './stream.ts';
import type { Profile } from './universe.ts';

const { sqrt } = Math;

/** Everything common that a symbol may load on. */
export interface Factors {
  readonly market: MarketFactor;
  readonly crypto: PlainFactor;
  sector(name: string): PlainFactor;
}

/** The part of a session's move that is the symbol's own (its sector's included), and where it starts. */
export interface OwnDay {
  /** Log price at the close before. */
  readonly before: number;
  /** Log price at this close. */
  readonly after: number;
  /** Load on the common factor in this session. */
  readonly load: number;
  /** Own move without the jump. */
  readonly move: number;
  readonly variance: number;
  readonly jump: number;
  /** Where in the session the jump falls, 0-1. */
  readonly jumpAt: number;
  /** Own volatility over its base, for spreads. */
  readonly heat: number;
}

const VOLATILITY_VARIANCE = MODEL.volatilityIndex.sigmaDaily * MODEL.volatilityIndex.sigmaDaily;

const GARCH: Readonly<Record<Profile['model'], Garch | null>> = {
  equity: MODEL.equity.garch,
  etf: MODEL.etf.garch,
  crypto: MODEL.crypto.garch,
  fx: MODEL.fx.garch,
  index: null,
  volatility: null,
};

/** Daily closes of one symbol from the epoch: one stream of chance a session, nothing of the session's inside. */
export class SymbolChain {
  readonly profile: Profile;
  readonly sessions: SessionTable;
  readonly #factors: Factors;
  readonly #key: HashPrefix;
  readonly #start: number;
  readonly #pull: number;
  readonly #closes = new Series();
  readonly #variances = new Series();
  readonly #stream = new Stream('');
  #h: number;

  constructor(seed: string, profile: Profile, sessions: SessionTable, factors: Factors) {
    this.profile = profile;
    this.sessions = sessions;
    this.#factors = factors;
    this.#key = new HashPrefix(`${seed}|day|${profile.symbol}|`);
    this.#start = ln(profile.startPrice);
    this.#pull = profile.model === 'crypto' ? MODEL.crypto.pull : profile.model === 'fx' ? MODEL.fx.pull : 0;
    this.#h = profile.ownVariance;
  }

  /** Log price at the close of a session; index -1 is the price before the first. */
  close(index: number): number {
    if (index < 0) {
      return this.profile.model === 'volatility' ? this.#factors.market.logExpectedVolatility(0) : this.#start;
    }
    this.#reach(index);
    return this.#closes.at(index);
  }

  /** The session's own part; leaves `stream` where the drawing of the session's inside goes on. */
  day(index: number, stream: Stream): OwnDay {
    this.#reach(index);
    const { profile } = this;
    const before = this.close(index - 1);
    const after = this.#closes.at(index);
    const h = this.#variances.at(index);
    const draw = this.#draw(index, h, stream);
    const load = this.#load(index);
    const common = this.#common(index);
    const sector = this.#sector();
    const sectorVariance = sector ? profile.load * profile.load * sector.day(index).variance : 0;
    return {
      before,
      after,
      load,
      move: after - before - load * common - draw.jump,
      variance: profile.model === 'volatility' ? VOLATILITY_VARIANCE : h + sectorVariance,
      jump: draw.jump,
      jumpAt: draw.jumpAt,
      heat: profile.ownVariance > 0 ? h / profile.ownVariance : 1,
    };
  }

  #reach(index: number): void {
    const garch = GARCH[this.profile.model];
    for (let i = this.#closes.length; i <= index; i++) {
      this.#variances.push(this.#h);
      if (this.profile.model === 'volatility') {
        this.#closes.push(this.#factors.market.logExpectedVolatility(i));
        continue;
      }
      const draw = this.#draw(i, this.#h, this.#stream);
      const sector = this.#sector();
      const common = this.#load(i) * this.#common(i) + (sector ? this.profile.load * sector.move(i) : 0);
      const before = i === 0 ? this.#start : this.#closes.at(i - 1);
      this.#closes.push(before + common + draw.shock + draw.jump - this.#pull * (before - this.#start));
      if (garch) this.#h = nextVariance(garch, this.profile.ownVariance, this.#h, draw.shock);
    }
  }

  /** The daily draws, always in this order. */
  #draw(index: number, h: number, stream: Stream): { shock: number; jump: number; jumpAt: number } {
    stream.rekey(this.#key, this.sessions.at(index).date);
    const garch = GARCH[this.profile.model];
    const shock = garch ? sqrt(h) * stream.studentT(garch.degrees) : 0;
    if (this.profile.jumpSigma === 0) return { shock, jump: 0, jumpAt: 0 };
    const jumped = stream.uniform() < MODEL.equity.jumps.perYear / 252;
    const size = this.profile.jumpSigma * stream.normal();
    return { shock, jump: jumped ? size : 0, jumpAt: stream.uniform() };
  }

  #load(index: number): number {
    const { model, beta } = this.profile;
    return model === 'equity' || model === 'etf' ? beta * this.#factors.market.stress(index) : beta;
  }

  #common(index: number): number {
    const { model } = this.profile;
    if (model === 'fx') return 0;
    return model === 'crypto' ? this.#factors.crypto.move(index) : this.#factors.market.move(index);
  }

  #sector(): PlainFactor | null {
    const { sector, load } = this.profile;
    return sector === null || load === 0 ? null : this.#factors.sector(sector);
  }
}

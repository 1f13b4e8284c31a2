import { ln } from './exact-math.ts';
import { MODEL, nextVariance } from './params.ts';
import type { Garch } from './params.ts';
import { Series } from './series.ts';
import type { SessionTable } from './sessions.ts';
import { HashPrefix } from './sha256.ts';
import { Stream } from './stream.ts';

const { sqrt } = Math;

/** What moved a factor in one session. Logs of price; variances of logs. */
export interface FactorDay {
  /** Whole move from close to close, the jump included. */
  readonly move: number;
  /** Variance of the move without the jump, as the model knew it before. */
  readonly variance: number;
  readonly jump: number;
  /** Where in the session the jump falls, 0-1. */
  readonly jumpAt: number;
}

const { jumps: JUMPS } = MODEL.market;
const JUMP_VARIANCE = (JUMPS.perYear / 252) * (JUMPS.mean * JUMPS.mean + JUMPS.sigma * JUMPS.sigma);

/** A source of common moves, session by session from the epoch. */
export interface Factor {
  readonly name: string;
  day(index: number): FactorDay;
  /** Multiplier of the loads on this factor in a session. */
  stress(index: number): number;
}

/** A factor without jumps: a sector, or the common part of crypto. */
export class PlainFactor implements Factor {
  readonly name: string;
  readonly #key: HashPrefix;
  readonly #sessions: SessionTable;
  readonly #garch: Garch;
  readonly #base: number;
  readonly #moves = new Series();
  readonly #variances = new Series();
  readonly #stream = new Stream('');
  #h: number;

  constructor(seed: string, name: string, sessions: SessionTable, garch: Garch, variance: number) {
    this.name = name;
    this.#key = new HashPrefix(`${seed}|factor|${name}|`);
    this.#sessions = sessions;
    this.#garch = garch;
    this.#base = variance;
    this.#h = variance;
  }

  day(index: number): FactorDay {
    this.#reach(index);
    return { move: this.#moves.at(index), variance: this.#variances.at(index), jump: 0, jumpAt: 0 };
  }

  /** Cheaper than `day(index).move` for chains. */
  move(index: number): number {
    this.#reach(index);
    return this.#moves.at(index);
  }

  stress(): number {
    return 1;
  }

  #reach(index: number): void {
    for (let i = this.#moves.length; i <= index; i++) {
      const stream = this.#stream.rekey(this.#key, this.#sessions.at(i).date);
      const e = sqrt(this.#h) * stream.studentT(this.#garch.degrees);
      this.#moves.push(e);
      this.#variances.push(this.#h);
      this.#h = nextVariance(this.#garch, this.#base, this.#h, e);
    }
  }
}

/** The market: hidden regimes, asymmetric variance, jumps, and the volatility the market expects of itself. */
export class MarketFactor implements Factor {
  readonly name = 'market';
  readonly #key: HashPrefix;
  readonly #sessions: SessionTable;
  readonly #base = MODEL.market.sigmaDaily * MODEL.market.sigmaDaily;
  readonly #moves = new Series();
  readonly #variances = new Series();
  readonly #jumps = new Series();
  readonly #jumpTimes = new Series();
  readonly #regimes = new Series();
  readonly #expected = new Series();
  readonly #outlook = outlookOfRegimes();
  readonly #stream = new Stream('');
  #h = this.#base;
  #regime = 1;

  constructor(seed: string, sessions: SessionTable) {
    this.#key = new HashPrefix(`${seed}|factor|market|`);
    this.#sessions = sessions;
  }

  day(index: number): FactorDay {
    this.#reach(index);
    return {
      move: this.#moves.at(index),
      variance: this.#variances.at(index),
      jump: this.#jumps.at(index),
      jumpAt: this.#jumpTimes.at(index),
    };
  }

  move(index: number): number {
    this.#reach(index);
    return this.#moves.at(index);
  }

  /** The hidden truth, for tests: 0 calm, 1 normal, 2 stressed. */
  regime(index: number): number {
    this.#reach(index);
    return this.#regimes.at(index);
  }

  stress(index: number): number {
    return this.regime(index) === 2 ? MODEL.equity.beta.stressed : 1;
  }

  /** Log of 100 x the yearly volatility expected, after a session, over the next 21. */
  logExpectedVolatility(index: number): number {
    this.#reach(index);
    return this.#expected.at(index);
  }

  #reach(index: number): void {
    for (let i = this.#moves.length; i <= index; i++) this.#step(this.#sessions.at(i).date);
  }

  #step(date: string): void {
    const { garch, jumps } = MODEL.market;
    const stream = this.#stream.rekey(this.#key, date);
    this.#changeRegime(stream.uniform(), stream.uniform());
    const regime = MODEL.market.regimes[this.#regime] as (typeof MODEL.market.regimes)[number];
    const e = sqrt(this.#h) * stream.studentT(garch.degrees);
    const jumped = stream.uniform() < jumps.perYear / 252;
    const size = jumps.mean + jumps.sigma * stream.normal();
    const jumpAt = stream.uniform();
    const feeds = stream.uniform() < jumps.feedsVariance;
    const jump = jumped ? size : 0;
    this.#regimes.push(this.#regime);
    this.#moves.push(regime.driftYear / 252 + regime.sigma * e + jump);
    this.#variances.push(regime.sigma * regime.sigma * this.#h);
    this.#jumps.push(jump);
    this.#jumpTimes.push(jumpAt);
    this.#h = nextVariance(garch, this.#base, this.#h, feeds ? e + jump : e);
    const outlook = this.#outlook[this.#regime] as Outlook;
    const variance = outlook.level * this.#base + outlook.excess * (this.#h - this.#base) + JUMP_VARIANCE;
    this.#expected.push(ln(100 * sqrt(252 * variance)));
  }

  #changeRegime(leaves: number, target: number): void {
    const regime = MODEL.market.regimes[this.#regime] as (typeof MODEL.market.regimes)[number];
    if (leaves < 1 / regime.stay) this.#regime = target < regime.nextProbability ? regime.next : regime.other;
  }
}

interface Outlook {
  /** Mean squared multiplier of sigma over the horizon. */
  readonly level: number;
  /** The same, weighted by how much of today's excess variance is left. */
  readonly excess: number;
}

/** Expected variance over the horizon, by the regime of today: mean reversion of regime and of GARCH variance. */
function outlookOfRegimes(): readonly Outlook[] {
  const { garch, regimes } = MODEL.market;
  const { horizon } = MODEL.volatilityIndex;
  const persistence = garch.a + garch.g / 2 + garch.b;
  return regimes.map((_, today) => {
    const chance: number[] = regimes.map((__, i) => (i === today ? 1 : 0));
    let level = 0;
    let excess = 0;
    let left = 1;
    for (let k = 0; k < horizon; k++) {
      const before = [...chance];
      chance.fill(0);
      regimes.forEach((regime, i) => {
        const p = before[i] as number;
        chance[i] = (chance[i] as number) + p * (1 - 1 / regime.stay);
        chance[regime.next] = (chance[regime.next] as number) + (p / regime.stay) * regime.nextProbability;
        chance[regime.other] = (chance[regime.other] as number) + (p / regime.stay) * (1 - regime.nextProbability);
      });
      let squared = 0;
      regimes.forEach((regime, i) => (squared += (chance[i] as number) * regime.sigma * regime.sigma));
      level += squared / horizon;
      excess += (squared * left) / horizon;
      left *= persistence;
    }
    return { level, excess };
  });
}

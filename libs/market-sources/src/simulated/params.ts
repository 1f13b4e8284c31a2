import { sha256Hex } from './sha256.ts';

/** Persistence of a variance: `h' = w + (a + g [e < 0]) e^2 + b h`, `w` such that the mean is the base (GJR-GARCH). */
export interface Garch {
  readonly a: number;
  readonly g: number;
  readonly b: number;
  /** Ceiling of h as a multiple of the base. */
  readonly cap: number;
  /** Degrees of freedom of the shock. */
  readonly degrees: number;
}

/**
 * All numbers of the model. A market is named after their hash, so two markets with one name are the same market:
 * raise `version` with every change of the generators' arithmetic.
 */
export const MODEL = {
  version: 2,
  /** First day of every simulated history. */
  epoch: '2018-01-02',
  sessionsPerYear: { XNYS: 252, '24x7': 365, FX24x5: 260 },
  market: {
    garch: { a: 0.02, g: 0.14, b: 0.88, cap: 20, degrees: 8 },
    sigmaDaily: 0.0085,
    /** Hidden regimes calm, normal, stressed. Exits: index of the usual next regime and its probability. */
    regimes: [
      { sigma: 0.75, driftYear: 0.11, stay: 120, next: 1, nextProbability: 0.85, other: 2 },
      { sigma: 1, driftYear: 0.07, stay: 80, next: 0, nextProbability: 0.7, other: 2 },
      { sigma: 2, driftYear: -0.25, stay: 25, next: 1, nextProbability: 0.85, other: 0 },
    ],
    jumps: { perYear: 3, mean: -0.01, sigma: 0.015, feedsVariance: 0.5 },
  },
  sector: { garch: { a: 0.05, g: 0.02, b: 0.92, cap: 20, degrees: 8 }, sigmaYear: 0.09 },
  equity: {
    garch: { a: 0.06, g: 0.05, b: 0.895, cap: 12, degrees: 6 },
    sigmaYear: { base: 0.15, range: 0.56 },
    beta: { mean: 1, sigma: 0.3, min: 0.4, max: 1.8, stressed: 1.15 },
    load: { min: 0.6, max: 1.4 },
    jumps: { perYear: 4, sigma: 0.045, atSigma: 0.25 },
    startPrice: { min: 40, range: 320 },
  },
  crypto: {
    factorSigmaYear: 0.45,
    ownSigmaYear: 0.397,
    /** Share of the log distance from the start price that a session takes back: keeps levels believable for decades. */
    pull: 0.001,
    load: { min: 0.85, max: 1.15 },
    garch: { a: 0.06, g: 0, b: 0.91, cap: 12, degrees: 4 },
  },
  fx: { sigmaYear: 0.08, pull: 0.001, garch: { a: 0.04, g: 0, b: 0.94, cap: 8, degrees: 6 } },
  etf: { garch: { a: 0.05, g: 0, b: 0.92, cap: 12, degrees: 8 } },
  /** Expected volatility over `horizon` sessions; in the session it moves against the market. */
  volatilityIndex: { horizon: 21, marketLoad: -4, sigmaDaily: 0.03 },
  /** Share of variance and return that falls between sessions. */
  overnight: { XNYS: 0.2, '24x7': 0, FX24x5: 0 },
  session: {
    blockMinutes: 30,
    longBlockMinutes: 120,
    open: { height: 2.2, minutes: 30 },
    close: { height: 1.1, minutes: 25 },
    floor: 0.7,
    logVolatility: { rho: 0.985, sigma: 0.5 },
    /** Round-the-clock venues: busier while Europe and America trade, by UTC hour of the day. */
    aroundTheClock: [
      0.8, 0.8, 0.8, 0.75, 0.75, 0.8, 0.9, 1, 1.1, 1.1, 1.05, 1.05, 1.15, 1.35, 1.5, 1.5, 1.4, 1.25, 1.1, 1.05, 1, 0.95,
      0.9, 0.85,
    ],
    /** Most that the minutes above the open and close are stretched to meet the day's extreme, where that suffices. */
    stretch: 1.6,
  },
  volume: { daySigma: 0.3, perMove: 0.35, minuteSigma: 0.35, open: 2, openMinutes: 25, close: 1.6, closeMinutes: 18 },
  spread: { exponent: 0.8, openHeight: 1.5, openMinutes: 10 },
  ticks: { perMinute: 240, noise: 0.12, memory: 0.9 },
  /** Of equities. Dividends are a share of the price a year, paid each quarter; everything is announced `lead` sessions ahead. */
  actions: {
    lead: 10,
    dividend: { payers: 0.6, yield: { min: 0.005, max: 0.04 }, everySessions: 63, step: 10_000 },
    /** After so many closes in a row beyond the level the shares are divided or joined. */
    split: { sessions: 20, above: 400, ratio: 4, below: 3, reverseRatio: 0.1 },
  },
  /** Headlines: `most` a jump, within `withinMs` after it, their tone right so often; others at chance. */
  news: { most: 3, withinMs: 120_000, right: 0.85, noisePerSession: 1 / 3, aroundMs: 7_200_000 },
} as const;

/** First eight hexadecimal digits of the SHA-256 of {@link MODEL}. */
export const PARAMS_HASH = sha256Hex(JSON.stringify(MODEL)).slice(0, 8);

/** Next variance after a shock `e` (not yet squared) under variance `h`. */
export function nextVariance(garch: Garch, base: number, h: number, e: number): number {
  const next = base * (1 - garch.a - garch.g / 2 - garch.b) + (garch.a + (e < 0 ? garch.g : 0)) * e * e + garch.b * h;
  return next > base * garch.cap ? base * garch.cap : next;
}

import { calendarOf } from '@ziggy/domain';
import type { Bar, Instrument, Symbol } from '@ziggy/domain';
import { QuoteEnricher, RegimeMachine, regimeInputs } from '@ziggy/quant';
import type { RegimeState } from '@ziggy/quant';
import type { BarHistory } from '../charts/bar-history.ts';
import type { DailyBars } from '../charts/daily-bars.ts';
import type { BarListener } from '../charts/live-bars.ts';
import { CURVE_SESSIONS, volumeCurve } from './volume-curve.ts';

export interface BrainOptions {
  readonly enricher: QuoteEnricher;
  readonly daily: DailyBars;
  readonly history: Pick<BarHistory, 'bars' | 'actions' | 'oldest'>;
  readonly marketNow: () => number;
  /** Lets other work have its turn. */
  readonly breathe: () => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

/** Daily history that the features and the regime are seeded from. */
const HISTORY_DAYS = 3 * 366;
const BACKFILL_WITHIN_MS = 30_000;
/** Members that the breadth of the market is taken over, best known first. */
const MEMBERS_MAX = 500;
/** Symbols that may wait to be seeded. */
const QUEUE_MAX = 5_000;
const DAY_MS = 86_400_000;

export interface BrainState {
  readonly regime: RegimeState;
  /** Symbols whose history is known. */
  readonly seeded: number;
  readonly waiting: number;
}

/**
 * Feeds the enrichment: history of each wanted symbol, the market's regime, and each session's close. All of it happens
 * in the background, one symbol at a time; until then the fields are null and say why.
 */
export class Brain implements BarListener {
  readonly #options: BrainOptions;
  readonly #queue = new Map<Symbol, Instrument>();
  readonly #seeded = new Map<Symbol, Instrument>();
  /** Sessions that are over and not yet rolled in: an evening quote still shows the day's move. */
  readonly #pending = new Map<Symbol, Bar>();
  readonly #machine = new RegimeMachine();
  #listener: (symbol: Symbol) => void = () => undefined;
  #historian: (instrument: Instrument, daily: readonly Bar[]) => void = () => undefined;
  #index: Instrument | null = null;
  #members: readonly Instrument[] = [];
  #judged: string | null = null;
  /** Session by open of its daily bar: one entry a session, whatever the number of members. */
  readonly #sessions = new Map<number, string>();
  #regimeDue = false;
  #working: Promise<void> | null = null;
  #stopped = false;

  constructor(options: BrainOptions) {
    this.#options = options;
  }

  /** Told when the fields of a symbol would come out differently. */
  onChanged(listener: (symbol: Symbol) => void): void {
    this.#listener = listener;
  }

  /** Told the daily bars of each symbol when its history gets known: complete, adjusted for splits, ascending. */
  onHistory(historian: (instrument: Instrument, daily: readonly Bar[]) => void): void {
    this.#historian = historian;
  }

  get state(): BrainState {
    return { regime: this.#machine.state, seeded: this.#seeded.size, waiting: this.#queue.size };
  }

  /** Begins with the market's own symbols; returns at once. */
  start(universe: readonly Instrument[], index: Instrument | null): void {
    this.#index = index;
    this.#members = universe
      .filter(({ assetClass, calendar }) => assetClass === 'equity' && calendar === 'XNYS')
      .slice(0, MEMBERS_MAX);
    const ofRegime = index === null ? [] : [index, ...this.#members];
    this.#options.daily.keep(ofRegime.map(({ symbol }) => symbol));
    if (index !== null) this.ensure(index);
    for (const instrument of universe) this.ensure(instrument);
    this.#regimeDue = index !== null;
    this.#work();
  }

  /** Sees to it that a symbol's history gets known. */
  ensure(instrument: Instrument): void {
    if (this.#seeded.has(instrument.symbol) || this.#queue.size >= QUEUE_MAX) return;
    this.#queue.set(instrument.symbol, instrument);
    this.#work();
  }

  /** Nobody wants the symbol any more. */
  forget(symbol: Symbol): void {
    this.#queue.delete(symbol);
    this.#pending.delete(symbol);
    if (this.#seeded.delete(symbol)) this.#options.enricher.forget(symbol);
  }

  onClosed(bar: Bar): void {
    if (bar.interval !== '1d') return;
    this.#pending.set(bar.symbol, bar);
    if (this.#index !== null && bar.symbol === this.#index.symbol) this.#regimeDue = true;
  }

  /** Rolls sessions in whose next one has begun, and judges the regime when a session is over. Call once a second. */
  advance(): void {
    const now = this.#options.marketNow();
    for (const [symbol, bar] of this.#pending) {
      const instrument = this.#seeded.get(symbol);
      if (instrument === undefined) continue;
      if (calendarOf(instrument.calendar).nextOpening(bar.openTime).open > now) continue;
      this.#pending.delete(symbol);
      this.#options.enricher.commit(symbol, bar);
    }
    if (this.#regimeDue) this.#work();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  #work(): void {
    if (this.#stopped) return;
    this.#working ??= this.#run()
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => (this.#working = null));
  }

  async #run(): Promise<void> {
    const curves: Instrument[] = [];
    await this.#options.breathe();
    while (!this.#stopped) {
      const [next] = this.#queue;
      if (next === undefined) {
        if (!this.#regimeDue) break;
        this.#regimeDue = false;
        await this.#judge();
        continue;
      }
      const [symbol, instrument] = next;
      this.#queue.delete(symbol);
      if (await this.#seed(instrument)) curves.push(instrument);
      await this.#options.breathe();
    }
    for (const instrument of curves) {
      if (this.#stopped) return;
      await this.#curve(instrument);
      await this.#options.breathe();
    }
  }

  async #seed(instrument: Instrument): Promise<boolean> {
    const { enricher, daily } = this.#options;
    const bars = await daily.get(instrument, HISTORY_DAYS, 'backfill', BACKFILL_WITHIN_MS);
    if (bars.length === 0) return false;
    enricher.seed(instrument.symbol, { daily: bars, barsPerYear: instrument.calendar === '24x7' ? 365 : 252 });
    this.#seeded.set(instrument.symbol, instrument);
    this.#historian(instrument, bars);
    this.#listener(instrument.symbol);
    return true;
  }

  async #curve(instrument: Instrument): Promise<void> {
    const { history, enricher } = this.#options;
    if (history.oldest('5m') === null) return;
    const now = this.#options.marketNow();
    const from = now - CURVE_SESSIONS * 1.6 * DAY_MS;
    const series = await history.bars({
      instrument,
      interval: '5m',
      from,
      to: now,
      limit: null,
      priority: 'backfill',
      withinMs: BACKFILL_WITHIN_MS,
    });
    const calendar = calendarOf(instrument.calendar);
    const sessions = calendar
      .between(calendar.dateAt(from), calendar.dateAt(now))
      .filter(({ open, close, halfDay }) => open >= from && close <= now && !halfDay);
    enricher.setVolumeCurve(instrument.symbol, volumeCurve(series.bars, sessions));
    this.#listener(instrument.symbol);
  }

  /** Steps the regime through every session that it has not seen. */
  async #judge(): Promise<void> {
    const index = this.#index;
    const indexBars = index === null ? null : this.#options.daily.peek(index.symbol);
    if (index === null || indexBars === null) return;
    const members = new Map<string, readonly Bar[]>();
    for (const { symbol } of this.#members) {
      const bars = this.#options.daily.peek(symbol);
      if (bars !== null) members.set(symbol, bars);
    }
    const calendar = calendarOf(index.calendar);
    const sessionOf = (openTime: number): string => {
      let session = this.#sessions.get(openTime);
      if (session === undefined) this.#sessions.set(openTime, (session = calendar.dateAt(openTime)));
      return session;
    };
    const inputs = regimeInputs(indexBars, members, sessionOf, this.#judged);
    await this.#options.breathe();
    for (const input of inputs) {
      this.#machine.step(input);
      this.#judged = input.session;
    }
    this.#options.enricher.setRegime(this.#machine.state);
    for (const symbol of this.#seeded.keys()) this.#listener(symbol);
  }
}

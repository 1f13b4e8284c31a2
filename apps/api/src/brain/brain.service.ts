import { calendarOf } from '@ziggy/domain';
import type { Bar, Instrument, Symbol } from '@ziggy/domain';
import { QuoteEnricher, RegimeMachine, regimeInputs } from '@ziggy/quant';
import type { RegimeState } from '@ziggy/quant';
import type { BarHistory } from '../charts/history/bar-history.ts';
import type { DailyBars } from '../charts/history/daily-bars.ts';
import type { BarListener } from '../charts/live/live-bars.ts';
import { CURVE_SESSIONS, volumeCurve } from './volume-curve.ts';

export interface BrainOptions {
  readonly enricher: QuoteEnricher;
  readonly daily: Pick<DailyBars, 'get' | 'peek' | 'keep'>;
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
/** Seconds until a history that was not to be had is asked for again: doubled each time, from the first to the second. */
const AGAIN_MIN_S = 60;
const AGAIN_MAX_S = 1_800;

/** A wanted symbol whose history could not be had. */
interface Unknown {
  readonly instrument: Instrument;
  readonly pauseS: number;
  /** Seconds until the next attempt. */
  leftS: number;
}

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
  readonly #unknown = new Map<Symbol, Unknown>();
  /** Whose history is being read; `null` also when it is no longer wanted. */
  #current: Instrument | null = null;
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
    this.#unknown.delete(symbol);
    this.#pending.delete(symbol);
    if (this.#current?.symbol === symbol) this.#current = null;
    if (this.#seeded.delete(symbol)) this.#options.enricher.forget(symbol);
  }

  /** The past of a symbol has changed: what was computed from it is computed again, if the symbol is known at all. */
  renew(symbol: Symbol): void {
    const instrument = this.#known(symbol);
    if (instrument === undefined) return;
    this.forget(symbol);
    this.ensure(instrument);
  }

  #known(symbol: Symbol): Instrument | undefined {
    if (this.#current?.symbol === symbol) return this.#current;
    return this.#seeded.get(symbol) ?? this.#queue.get(symbol) ?? this.#unknown.get(symbol)?.instrument;
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
    for (const unknown of this.#unknown.values()) if (--unknown.leftS === 0) this.ensure(unknown.instrument);
    if (this.#regimeDue) this.#work();
  }

  /** Resolves when nothing waits to be learnt. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
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
      await this.#curve(instrument).catch((error: unknown) => this.#options.onFailed(error));
      await this.#options.breathe();
    }
  }

  /** @returns whether the history is known now */
  async #seed(instrument: Instrument): Promise<boolean> {
    const { symbol } = instrument;
    this.#current = instrument;
    const bars = await this.#historyOf(instrument);
    // Nobody wants it any more, or its past has changed meanwhile.
    if (this.#current !== instrument) return false;
    this.#current = null;
    if (bars.length === 0) {
      this.#tryAgain(instrument);
      return false;
    }
    const barsPerYear = instrument.calendar === '24x7' ? 365 : 252;
    this.#options.enricher.seed(symbol, { daily: bars, barsPerYear });
    this.#unknown.delete(symbol);
    this.#seeded.set(symbol, instrument);
    if (symbol === this.#index?.symbol) this.#regimeDue = true;
    this.#historian(instrument, bars);
    this.#listener(symbol);
    return true;
  }

  async #historyOf(instrument: Instrument): Promise<readonly Bar[]> {
    try {
      return await this.#options.daily.get(instrument, HISTORY_DAYS, 'backfill', BACKFILL_WITHIN_MS);
    } catch (error) {
      this.#options.onFailed(error);
      return [];
    }
  }

  /** A source or a database that was away is back some day; a symbol without history costs little. */
  #tryAgain(instrument: Instrument): void {
    const before = this.#unknown.get(instrument.symbol);
    const pauseS = before === undefined ? AGAIN_MIN_S : Math.min(2 * before.pauseS, AGAIN_MAX_S);
    this.#unknown.set(instrument.symbol, { instrument, pauseS, leftS: pauseS });
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

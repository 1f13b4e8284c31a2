import { calendarOf } from '@ziggy/domain';
import type { Instrument, Symbol } from '@ziggy/domain';
import type { CallContext, CorporateAction, MarketSource } from '@ziggy/market-sources';
import { SingleFlight } from '../../market/source/single-flight.ts';
import type { DatedAction } from './corporate-action.repository.ts';

export interface ActionsOptions {
  readonly source: Pick<MarketSource, 'actions' | 'capabilities' | 'replay'>;
  readonly store: {
    save(instrumentId: number, actions: readonly DatedAction[]): Promise<void>;
    of(instrumentId: number, symbol: Symbol): Promise<readonly CorporateAction[]>;
  };
  readonly instrumentId: (instrument: Instrument) => Promise<number>;
  readonly call: <T>(
    work: (ctx: CallContext) => Promise<T>,
    withinMs: number,
    priority: CallContext['priority'],
  ) => Promise<T>;
  readonly marketNow: () => number;
  /** Whether this process may ask the source, and store what it says. */
  readonly leads: () => boolean;
  readonly onStoreFailed: (error: unknown) => void;
}

/** Symbols whose actions are held. */
const HELD_MAX = 5_000;
/** What is announced reaches so far ahead. */
const AHEAD_MS = 90 * 86_400_000;
const SWEEP_WITHIN_MS = 8_000;
/** A source that did not answer, or another process's store, is asked again after so long. */
const AGAIN_MS = 60_000;

interface Held {
  readonly instrument: Instrument;
  /** By ex-date. */
  actions: readonly CorporateAction[];
  /** Market time from which the source is asked again. */
  dueAt: number;
  /** Ex-dates up to here have been told to the listeners. */
  toldTo: number;
}

/**
 * The corporate actions of the market: asked from the source, stored, and held in memory; told to listeners at the moment
 * when one takes effect. Where the source is away the store answers.
 */
export class CorporateActions {
  readonly #options: ActionsOptions;
  readonly #held = new Map<Symbol, Held>();
  readonly #asking = new SingleFlight<readonly CorporateAction[]>();
  readonly #listeners: ((symbol: Symbol) => void)[] = [];
  #sweeping: Promise<void> | null = null;

  constructor(options: ActionsOptions) {
    this.#options = options;
  }

  /** Told each symbol whose past changed: an action of it took effect, or one that had was told late. */
  onEffect(listener: (symbol: Symbol) => void): void {
    this.#listeners.push(listener);
  }

  /** Everything known of a symbol since ever, announcements included, by ex-date. Never throws; empty when nothing is known. */
  async of(instrument: Instrument, withinMs: number): Promise<readonly CorporateAction[]> {
    if (!this.#options.source.capabilities().actions) return [];
    const held = this.#held.get(instrument.symbol);
    if (held !== undefined && this.#options.marketNow() < held.dueAt) return held.actions;
    return this.#asking.run(instrument.symbol, () => this.#ask(instrument, withinMs, 'interactive'));
  }

  /**
   * Shares that one share became by the splits that took effect after one instant and up to another, as far as is held (what
   * is played knows them by itself): what makes a price of before comparable with one of after. Synchronous, for the tick path.
   */
  splitRatio(symbol: Symbol, after: number, upTo: number): number {
    let ratio = 1;
    const { replay } = this.#options.source;
    const known = replay === null ? this.#held.get(symbol)?.actions : replay.actionsOf(symbol);
    for (const action of known ?? []) {
      if (action.type === 'split' && action.exAt > after && action.exAt <= upTo) ratio *= action.ratio ?? 1;
    }
    return ratio;
  }

  /** Tells what took effect, and asks again for what is due, a few symbols at a time. Call about once a second. */
  advance(askAtMost: number): void {
    const now = this.#options.marketNow();
    const due: Held[] = [];
    for (const held of this.#held.values()) {
      this.#tell(held, now);
      if (now >= held.dueAt && due.length < askAtMost) due.push(held);
    }
    if (due.length === 0 || !this.#options.leads()) return;
    this.#sweeping ??= this.#sweep(due).finally(() => (this.#sweeping = null));
  }

  async #sweep(due: readonly Held[]): Promise<void> {
    for (const { instrument } of due) {
      await this.#asking.run(instrument.symbol, () => this.#ask(instrument, SWEEP_WITHIN_MS, 'backfill'));
    }
  }

  async #ask(
    instrument: Instrument,
    withinMs: number,
    priority: CallContext['priority'],
  ): Promise<readonly CorporateAction[]> {
    const { symbol, calendar } = instrument;
    const now = this.#options.marketNow();
    let known = this.#held.get(symbol)?.actions ?? null;
    let actions: readonly CorporateAction[] | null = null;
    let dueAt = now + AGAIN_MS;
    if (this.#options.leads()) {
      try {
        const query = { symbol, from: 0, to: now + AHEAD_MS };
        const told = await this.#options.call((ctx) => this.#options.source.actions(query, ctx), withinMs, priority);
        // Most symbols have none, and then nobody need look into the store.
        known ??= told.length === 0 ? [] : await this.#stored(instrument);
        actions = merged(known, told);
        dueAt = calendarOf(calendar).nextOpening(now).open;
        if (!sameActions(actions, known)) await this.#save(instrument, actions);
      } catch {
        // What was known stands for now.
      }
    }
    actions ??= await this.#stored(instrument);
    known ??= actions;
    this.#hold(instrument, actions, known, now, dueAt);
    return actions;
  }

  #hold(
    instrument: Instrument,
    actions: readonly CorporateAction[],
    known: readonly CorporateAction[],
    now: number,
    dueAt: number,
  ): void {
    const before = this.#held.get(instrument.symbol);
    if (before === undefined) {
      if (this.#held.size >= HELD_MAX) this.#held.delete(this.#held.keys().next().value as Symbol);
      this.#held.set(instrument.symbol, { instrument, actions, dueAt, toldTo: now });
      return;
    }
    const isNew = ({ type, exAt }: CorporateAction): boolean =>
      !known.some((old) => old.type === type && old.exAt === exAt);
    const late = actions.some((action) => action.exAt <= before.toldTo && isNew(action));
    before.actions = actions;
    before.dueAt = dueAt;
    if (late) this.#inform(instrument.symbol);
  }

  /** What the store holds; where it does not answer, what is held. */
  async #stored(instrument: Instrument): Promise<readonly CorporateAction[]> {
    try {
      return await this.#options.store.of(await this.#options.instrumentId(instrument), instrument.symbol);
    } catch (error) {
      this.#options.onStoreFailed(error);
      return this.#held.get(instrument.symbol)?.actions ?? [];
    }
  }

  async #save(instrument: Instrument, actions: readonly CorporateAction[]): Promise<void> {
    const calendar = calendarOf(instrument.calendar);
    try {
      const id = await this.#options.instrumentId(instrument);
      await this.#options.store.save(
        id,
        actions.map((action) => ({ action, exDate: calendar.dateAt(action.exAt) })),
      );
    } catch (error) {
      this.#options.onStoreFailed(error);
    }
  }

  #tell(held: Held, now: number): void {
    const { toldTo, instrument } = held;
    held.toldTo = Math.max(toldTo, now);
    if (held.actions.some(({ exAt }) => exAt > toldTo && exAt <= now)) this.#inform(instrument.symbol);
  }

  #inform(symbol: Symbol): void {
    for (const listener of this.#listeners) listener(symbol);
  }
}

function sameActions(a: readonly CorporateAction[], b: readonly CorporateAction[]): boolean {
  return (
    a.length === b.length &&
    a.every((action, i) => {
      const { type, exAt, ratio, amount, knownAt } = b[i] as CorporateAction;
      return (
        action.type === type &&
        action.exAt === exAt &&
        action.ratio === ratio &&
        action.amount === amount &&
        action.knownAt === knownAt
      );
    })
  );
}

/** What the source tells now over what was known: its figures, and the earlier of the two times of knowing. */
function merged(known: readonly CorporateAction[], told: readonly CorporateAction[]): readonly CorporateAction[] {
  const keyOf = ({ type, exAt }: CorporateAction): string => `${type}|${exAt}`;
  const all = new Map(known.map((action) => [keyOf(action), action]));
  for (const action of told) {
    const before = all.get(keyOf(action));
    all.set(keyOf(action), {
      ...action,
      knownAt: Math.min(action.knownAt, before?.knownAt ?? action.knownAt),
    });
  }
  return [...all.values()].sort((a, b) => a.exAt - b.exAt || (a.type === 'split' ? -1 : 1));
}

import { calendarOf, parseSymbol, toMicro } from '@ziggy/domain';
import type { CalendarId, Instrument, Interval, Session, Symbol, TradingCalendar } from '@ziggy/domain';
import type { TapeEvent, TapeQuote } from '@ziggy/market-sources';
import type { CsvPlan, CsvRow, RowFault } from './csv-rows.ts';
import { ZonedTimes } from './csv-times.ts';

export interface CsvMarketOptions {
  readonly format: 'ticks' | 'bars';
  /** Zone of times without an offset. */
  readonly zone: string;
  /** Our name of a column to the name in the file. */
  readonly columns: Readonly<Record<string, string>>;
  /** Symbol of rows without one. */
  readonly symbol: Symbol | null;
  readonly calendar: CalendarId;
  readonly currency: string;
  readonly interval: Interval;
}

type Fault = Omit<RowFault, 'line'>;
/** What a row says: what happened, in order, or why it cannot be used. */
export type RowEvents = { readonly events: readonly TapeEvent[] } | { readonly fault: Fault };

const TICK_COLUMNS = ['time', 'symbol', 'price', 'size', 'bid', 'ask'];
const BAR_COLUMNS = ['time', 'date', 'symbol', 'open', 'high', 'low', 'close', 'adjclose', 'volume'];
/** Smallest price step of imported instruments (micro-units): files do not state it. */
const TICK = 10_000;

class Refusal extends Error {
  readonly fault: Fault;

  constructor(column: string | null, code: string, message: string) {
    super(message);
    this.fault = { column, code, message };
  }
}

/** Turns the rows of one file into what a tape holds. It keeps state per symbol: one object reads one file once. */
export class CsvMarket {
  readonly plan: CsvPlan;
  readonly #options: CsvMarketOptions;
  readonly #times: ZonedTimes;
  readonly #calendar: TradingCalendar;
  readonly #closes = new Map<Symbol, number>();
  readonly #lastAt = new Map<Symbol, number>();
  readonly #volumes = new Map<Symbol, { session: number; total: number }>();
  #at = -Infinity;

  /** @throws RangeError when there is no such zone. */
  constructor(options: CsvMarketOptions) {
    this.#options = options;
    this.#times = new ZonedTimes(options.zone);
    this.#calendar = calendarOf(options.calendar);
    const own = options.format === 'ticks' ? TICK_COLUMNS : BAR_COLUMNS;
    const symbol = options.symbol === null ? [['symbol']] : [];
    this.plan = {
      names: new Map(own.map((name) => [name, [(options.columns[name] ?? name).toLowerCase()]])),
      required:
        options.format === 'ticks'
          ? [['time'], ...symbol, ['price'], ['size']]
          : [['date', 'time'], ...symbol, ['open'], ['high'], ['low'], ['close'], ['volume']],
    };
  }

  /** Symbols so far, in the order of their first good row. */
  get symbols(): readonly Symbol[] {
    return [...this.#lastAt.keys()];
  }

  get instruments(): Instrument[] {
    return this.symbols.map((symbol) => this.#instrument(symbol));
  }

  row(row: CsvRow): RowEvents {
    try {
      return { events: this.#options.format === 'ticks' ? this.#tick(row) : this.#bar(row) };
    } catch (error) {
      if (error instanceof Refusal) return { fault: error.fault };
      throw error;
    }
  }

  #tick(row: CsvRow): TapeEvent[] {
    const symbol = this.#symbol(row);
    const at = this.#time(row, 'time');
    const price = price_(row, 'price');
    const size = amount(row, 'size');
    const bid = row.cells.has('bid') ? price_(row, 'bid') : null;
    const ask = row.cells.has('ask') ? price_(row, 'ask') : null;
    if (bid !== null && ask !== null && bid > ask) throw new Refusal('bid', 'inconsistent', 'is above the ask');
    const session = this.#sessionAt(at);
    this.#inOrder(symbol, at, false);
    const before = this.#volumes.get(symbol);
    const total = (before?.session === session.open ? before.total : 0) + size;
    this.#volumes.set(symbol, { session: session.open, total });
    const phase = this.#calendar.phaseAt(at);
    const quote = { ...quoteOf(symbol, price, at), bid, ask, volume: total, marketState: phase };
    return [{ t: at, k: 'q', quote }];
  }

  #bar(row: CsvRow): TapeEvent[] {
    const symbol = this.#symbol(row);
    const { openTime, closeTime } = this.#window(row);
    const [o, h, l, c] = [price_(row, 'open'), price_(row, 'high'), price_(row, 'low'), price_(row, 'close')];
    if (h < Math.max(o, c) || l > Math.min(o, c))
      throw new Refusal('high', 'inconsistent', 'high and low do not hold open and close');
    const volume = row.cells.has('volume') ? amount(row, 'volume') : null;
    this.#inOrder(symbol, openTime, true);
    const prevClose = this.#closes.get(symbol) ?? null;
    this.#closes.set(symbol, c);
    const daily = this.#options.interval === '1d';
    // High, low and volume are known at the close alone: they get no invented times.
    const first = { ...quoteOf(symbol, o, openTime), prevClose, open: daily ? o : null };
    const day = daily ? { open: o, high: h, low: l, volume } : {};
    const last = {
      ...quoteOf(symbol, c, closeTime),
      prevClose,
      ...day,
      marketState: this.#calendar.phaseAt(closeTime),
    };
    const bar = {
      symbol,
      interval: this.#options.interval,
      openTime,
      closeTime,
      availableAt: closeTime,
      o,
      h,
      l,
      c,
      volume,
      complete: true,
      extended: false,
      flags: [],
    };
    return [
      { t: openTime, k: 'q', quote: first },
      { t: closeTime, k: 'b', bar },
      { t: closeTime, k: 'q', quote: last },
    ];
  }

  /** Session or bar of the calendar that a row is of. */
  #window(row: CsvRow): { openTime: number; closeTime: number } {
    const { interval } = this.#options;
    const date = row.cells.get('date') ?? (interval === '1d' ? row.cells.get('time')?.slice(0, 10) : undefined);
    if (interval === '1d') {
      const session = date === undefined ? null : this.#session(date);
      if (session === null) throw new Refusal('date', 'not_a_session', `is no session of ${this.#options.calendar}`);
      return { openTime: session.open, closeTime: session.close };
    }
    const at = this.#time(row, 'time');
    this.#sessionAt(at);
    const bounds = this.#calendar.barBounds(interval, at);
    if (bounds === null || bounds.openTime !== at)
      throw new Refusal(
        'time',
        'not_a_bar_time',
        `is no time at which a ${interval} bar of ${this.#options.calendar} opens`,
      );
    return bounds;
  }

  #session(date: string): Session | null {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new Refusal('date', 'invalid_value', 'is no date such as 2026-03-04');
    try {
      return this.#calendar.session(date);
    } catch {
      throw new Refusal('date', 'out_of_range', 'is no date of the years 2000 to 2050');
    }
  }

  #sessionAt(at: number): Session {
    try {
      const session = this.#calendar.sessionAt(at);
      if (session !== null) return session;
    } catch {
      throw new Refusal('time', 'out_of_range', 'lies outside the years 2000 to 2050');
    }
    throw new Refusal('time', 'not_a_session', `lies in no session of ${this.#options.calendar}`);
  }

  #time(row: CsvRow, column: string): number {
    const read = this.#times.read(cell(row, column));
    if ('at' in read) return read.at;
    throw new Refusal(column, read.code, read.message);
  }

  #symbol(row: CsvRow): Symbol {
    const text = row.cells.get('symbol');
    if (text === undefined && this.#options.symbol !== null) return this.#options.symbol;
    const symbol = parseSymbol(cell(row, 'symbol'));
    if (symbol === null) throw new Refusal('symbol', 'symbol_invalid', 'is no symbol');
    return symbol;
  }

  /** Rows run from old to new; of one symbol there is one bar a time. Remembered only for good rows, so it comes last. */
  #inOrder(symbol: Symbol, at: number, unique: boolean): void {
    if (at < this.#at)
      throw new Refusal('time', 'wrong_order', 'is earlier than the row before; rows run from old to new');
    if (unique && this.#lastAt.get(symbol) === at) throw new Refusal('time', 'duplicate', 'is the same bar once more');
    this.#at = at;
    this.#lastAt.set(symbol, at);
  }

  #instrument(symbol: Symbol): Instrument {
    const { calendar, currency } = this.#options;
    const assetClass =
      calendar === '24x7' ? 'crypto' : calendar === 'FX24x5' ? 'fx' : symbol.startsWith('^') ? 'index' : 'equity';
    return {
      symbol,
      name: `${symbol} (imported)`,
      assetClass,
      mic: calendar,
      currency,
      tick: TICK,
      calendar,
      sector: null,
      validFrom: null,
      validTo: null,
      aliases: [],
    };
  }
}

function quoteOf(symbol: Symbol, price: number, at: number): TapeQuote {
  return {
    symbol,
    price,
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
    open: null,
    high: null,
    low: null,
    prevClose: null,
    volume: null,
    marketState: 'open',
    exchangeAt: at,
    delayMinutes: null,
  };
}

function cell(row: CsvRow, column: string): string {
  const text = row.cells.get(column);
  if (text === undefined) throw new Refusal(column, 'required', 'is missing');
  return text;
}

function amount(row: CsvRow, column: string): number {
  const text = cell(row, column);
  const value = Number(row.decimalComma && !text.includes('.') ? text.replace(',', '.') : text);
  if (!/^[-+\d.,eE]+$/.test(text) || !Number.isFinite(value)) throw new Refusal(column, 'invalid_type', 'is no number');
  if (value < 0) throw new Refusal(column, 'out_of_range', 'is negative');
  return value;
}

/** A price in micro-units. */
function price_(row: CsvRow, column: string): number {
  const micro = toMicro(amount(row, column));
  if (micro === null || !(micro >= 1) || !Number.isSafeInteger(micro))
    throw new Refusal(column, 'out_of_range', 'is no price that can be kept');
  return micro;
}

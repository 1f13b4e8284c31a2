import type { QuoteUpdate, Symbol } from '@ziggy/domain';
import { parseSymbol } from '@ziggy/domain';
import { SourceError } from '../port.ts';

/**
 * - `stall`: quotes are held back and told together when the fault ends
 * - `gap`: quotes are lost
 * - `duplicate`: each quote is told twice
 * - `late`: each quote is told after the next one
 * - `crossed`: the bid lies above the ask
 * - `zero`: the price is 0
 * - `spike`: one quote in twenty has 100 times its price
 * - `halt`: the symbol does not trade, and has no bars
 * - `down`: the source fails: no quotes and headlines, calls end with `UpstreamDown`
 */
export const FAULT_KINDS = ['stall', 'gap', 'duplicate', 'late', 'crossed', 'zero', 'spike', 'halt', 'down'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that is injected on purpose, in seconds of market time since the market began. */
export interface Fault {
  readonly kind: FaultKind;
  /** `null`: every symbol. */
  readonly symbol: Symbol | null;
  readonly fromSec: number;
  readonly toSec: number;
}

export const FAULTS_MAX = 32;
const ITEM = /^([a-z]+)(?::([^@]+))?(?:@(\d{1,9})(?:\+(\d{1,9}))?)?$/;
const SPIKE_EVERY = 20;
const SPIKE_TIMES = 100;
/** Quotes that a stall holds back a symbol; older ones are lost. */
const HELD_MAX = 1_000;

/**
 * Reads `kind[:SYMBOL][@start[+seconds]]` separated by commas, e.g. `stall:AAPL@60+30,spike,down@600+120`. Without a
 * symbol all are meant, without times the fault lasts from the beginning for ever.
 * @throws SourceError `BadRequest` naming the item that cannot be read.
 */
export function parseFaults(text: string): readonly Fault[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length > FAULTS_MAX) throw new SourceError('BadRequest', `At most ${FAULTS_MAX} faults can be injected.`);
  return items.map(parseFault);
}

function parseFault(item: string): Fault {
  const [, kind, name, start, length] = ITEM.exec(item) ?? [];
  const symbol = name === undefined ? null : parseSymbol(name);
  const known = FAULT_KINDS.find((candidate) => candidate === kind);
  if (known === undefined || (name !== undefined && symbol === null)) {
    throw new SourceError(
      'BadRequest',
      `"${item.slice(0, 64)}" is no fault: kind[:SYMBOL][@start[+seconds]] with a kind of ${FAULT_KINDS.join(', ')}.`,
    );
  }
  const fromSec = Number(start ?? 0);
  return { kind: known, symbol, fromSec, toSec: length === undefined ? Infinity : fromSec + Number(length) };
}

/** The same faults in one way of writing, for the name of the market. */
export function faultsText(faults: readonly Fault[]): string {
  return faults.map(({ kind, symbol, fromSec, toSec }) => `${kind}:${symbol ?? '*'}@${fromSec}+${toSec}`).join(',');
}

/** What the injected faults make of the market; without faults everything passes as it is. */
export class FaultInjector {
  readonly #faults: readonly Fault[];
  readonly #beganAt: number;
  readonly #kinds: ReadonlySet<FaultKind>;

  /** @param beganAt market time from which the faults' seconds count */
  constructor(faults: readonly Fault[], beganAt: number) {
    this.#faults = faults;
    this.#beganAt = beganAt;
    this.#kinds = new Set(faults.map(({ kind }) => kind));
  }

  get any(): boolean {
    return this.#faults.length > 0;
  }

  is(kind: FaultKind, symbol: Symbol | null, at: number): boolean {
    if (!this.#kinds.has(kind)) return false;
    const second = (at - this.#beganAt) / 1000;
    return this.#faults.some(
      (fault) =>
        fault.kind === kind &&
        (fault.symbol === null || fault.symbol === symbol) &&
        second >= fault.fromSec &&
        second < fault.toSec,
    );
  }

  /** Whether the source is to fail at a market time. */
  down(at: number): boolean {
    return this.is('down', null, at);
  }

  /** A passage of one subscription's quotes; it remembers what is held back. */
  passage(): FaultPassage {
    return new FaultPassage(this);
  }
}

/** Changes, drops, repeats and holds back the quotes of one subscription, in their order. */
export class FaultPassage {
  readonly #faults: FaultInjector;
  readonly #held = new Map<Symbol, QuoteUpdate[]>();
  readonly #late = new Map<Symbol, QuoteUpdate>();
  readonly #count = new Map<Symbol, number>();

  constructor(faults: FaultInjector) {
    this.#faults = faults;
  }

  /** @param now market time of the pass */
  pass(quotes: readonly QuoteUpdate[], now: number): readonly QuoteUpdate[] {
    if (!this.#faults.any) return quotes;
    if (this.#faults.down(now)) return [];
    const told: QuoteUpdate[] = [];
    for (const [symbol, held] of this.#held) {
      if (this.#faults.is('stall', symbol, now)) continue;
      this.#held.delete(symbol);
      for (const quote of held) told.push({ ...quote, receivedAt: now });
    }
    for (const quote of quotes) this.#one(quote, now, told);
    return told;
  }

  #one(quote: QuoteUpdate, now: number, told: QuoteUpdate[]): void {
    const { symbol } = quote;
    const faults = this.#faults;
    if (faults.is('gap', symbol, now) || faults.is('halt', symbol, now)) return;
    if (faults.is('stall', symbol, now)) return this.#hold(quote);
    const changed = this.#changed(quote, now);
    if (faults.is('late', symbol, now)) {
      const waiting = this.#late.get(symbol);
      if (waiting === undefined) {
        this.#late.set(symbol, changed);
        return;
      }
      this.#late.delete(symbol);
      told.push(changed, { ...waiting, receivedAt: now });
      return;
    }
    told.push(changed);
    if (faults.is('duplicate', symbol, now)) told.push(changed);
  }

  #hold(quote: QuoteUpdate): void {
    const held = this.#held.get(quote.symbol) ?? [];
    held.push(quote);
    if (held.length > HELD_MAX) held.shift();
    this.#held.set(quote.symbol, held);
  }

  #changed(quote: QuoteUpdate, now: number): QuoteUpdate {
    const { symbol, price } = quote;
    const count = (this.#count.get(symbol) ?? 0) + 1;
    this.#count.set(symbol, count);
    let next = quote;
    if (this.#faults.is('crossed', symbol, now)) next = { ...next, bid: next.ask, ask: next.bid };
    if (this.#faults.is('zero', symbol, now)) next = { ...next, price: 0 };
    if (price !== null && count % SPIKE_EVERY === 0 && this.#faults.is('spike', symbol, now)) {
      next = { ...next, price: price * SPIKE_TIMES };
    }
    return next;
  }
}

import type { QuoteUpdate, Symbol } from '@ziggy/domain';

/** Why the gate refused a quote or a part of it; the label of `market_gate_rejected_total`. */
export const GATE_REASONS = [
  'no_price',
  'non_positive',
  'crossed',
  'future',
  'out_of_order',
  'duplicate',
  'closed_session',
  'outlier',
] as const;
export type GateReason = (typeof GATE_REASONS)[number];

/** A quote may be this far ahead of the market clock (ms): the exchange's clock and ours are never quite one. */
const FUTURE_TOLERANCE_MS = 5_000;
/** Prints arrive up to this long after the bell (ms) and still belong to the session. */
const CLOSING_PRINT_MS = 60_000;
/** A move beyond this share of the last price waits for a second quote. */
const OUTLIER_RATIO = 0.2;
/** ... or beyond this many recent standard deviations, whichever is larger. */
const OUTLIER_SIGMAS = 10;
/** How near the second quote must be to confirm the first. */
const CONFIRM_RATIO = 0.01;
/** A waiting quote is forgotten after this time (ms) or this many quotes that did not confirm it. */
const CONFIRM_WITHIN_MS = 30_000;
const CONFIRM_WITHIN_QUOTES = 2;
/** Weight of the newest squared return in the recent variance: about the last 60 quotes. */
const VARIANCE_ALPHA = 1 / 30;

/** What the gate remembers of one symbol. A plain object with constant shape: it is touched at every tick. */
interface Memory {
  price: number;
  exchangeAt: number;
  seq: number;
  variance: number;
  heldPrice: number;
  heldAt: number;
  heldQuotes: number;
}

export interface GateOptions {
  /** Counts a refusal. */
  readonly onReject: (reason: GateReason, symbol: Symbol) => void;
  /** Told of an outlier that nothing confirmed; `price` in micro-units, `at` is the market time when it came. */
  readonly onUnconfirmed?: (symbol: Symbol, price: number, at: number) => void;
  /** True when the symbol's venue trades in no phase at this market time. */
  readonly isClosed: (symbol: Symbol, at: number) => boolean;
  /** Shares that one became by splits after one instant and up to another; 1 without a split. Asked only about leaps. */
  readonly splitRatio?: (symbol: Symbol, after: number, upTo: number) => number;
}

/**
 * The gate of market-data.md section 6.1: nothing behind it sees a price that is not positive, from the future, older
 * than the last one, sent twice, traded in a closed venue, or so far off that one quote alone does not prove it.
 * O(1) per tick; it returns a verdict and never throws.
 */
export class QuoteGate {
  readonly #memory = new Map<Symbol, Memory>();
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * @param now market time, epoch ms.
   * @returns the quote to pass on (with impossible sides removed), or `null` when it must go no further.
   */
  judge(update: QuoteUpdate, now: number): QuoteUpdate | null {
    const { symbol, price } = update;
    if (price === null) return this.#refuse('no_price', symbol);
    if (!(price > 0)) return this.#refuse('non_positive', symbol);
    if (update.exchangeAt > now + FUTURE_TOLERANCE_MS) return this.#refuse('future', symbol);

    const memory = this.#memory.get(symbol);
    if (memory === undefined) {
      // The first quote has nothing to be compared with, and a closed venue's last price is still its last price.
      this.#memory.set(symbol, {
        price,
        exchangeAt: update.exchangeAt,
        seq: update.seq,
        variance: 0,
        heldPrice: 0,
        heldAt: 0,
        heldQuotes: 0,
      });
      return this.#withSides(update);
    }
    if (update.seq === memory.seq) return this.#refuse('duplicate', symbol);
    if (update.seq < memory.seq || update.exchangeAt < memory.exchangeAt) return this.#refuse('out_of_order', symbol);
    if (
      price !== memory.price &&
      this.#options.isClosed(symbol, update.exchangeAt) &&
      this.#options.isClosed(symbol, update.exchangeAt - CLOSING_PRINT_MS)
    ) {
      return this.#refuse('closed_session', symbol);
    }
    let move = price / memory.price - 1;
    if (Math.abs(move) > OUTLIER_RATIO) {
      move =
        (price * (this.#options.splitRatio?.(symbol, memory.exchangeAt, update.exchangeAt) ?? 1)) / memory.price - 1;
    }
    if (this.#isOutlier(move, memory) && !confirms(memory, price, now)) {
      this.#hold(symbol, memory, price, now);
      memory.seq = update.seq;
      return this.#refuse('outlier', symbol);
    }
    // What came back to where it was proves the held price wrong.
    if (memory.heldPrice > 0 && !confirms(memory, price, now)) this.#giveUp(symbol, memory);
    memory.heldPrice = 0;
    memory.variance += VARIANCE_ALPHA * (move * move - memory.variance);
    memory.price = price;
    memory.exchangeAt = update.exchangeAt;
    memory.seq = update.seq;
    return this.#withSides(update);
  }

  /** Drops what is known of a symbol; its next quote is again a first one. */
  forget(symbol: Symbol): void {
    this.#memory.delete(symbol);
  }

  /** The price waits for a second one; another that waited too long, or found no confirmation, makes room. */
  #hold(symbol: Symbol, memory: Memory, price: number, now: number): void {
    const waiting = memory.heldPrice > 0 && now - memory.heldAt <= CONFIRM_WITHIN_MS;
    if (waiting && memory.heldQuotes < CONFIRM_WITHIN_QUOTES) {
      memory.heldQuotes += 1;
      this.#options.onUnconfirmed?.(symbol, price, now);
      return;
    }
    if (memory.heldPrice > 0) this.#giveUp(symbol, memory);
    memory.heldPrice = price;
    memory.heldAt = now;
    memory.heldQuotes = 1;
  }

  #giveUp(symbol: Symbol, { heldPrice, heldAt }: Memory): void {
    this.#options.onUnconfirmed?.(symbol, heldPrice, heldAt);
  }

  #isOutlier(move: number, memory: Memory): boolean {
    const size = Math.abs(move);
    return size > OUTLIER_RATIO && size > OUTLIER_SIGMAS * Math.sqrt(memory.variance);
  }

  #withSides(update: QuoteUpdate): QuoteUpdate {
    let { bid, ask } = update;
    if ((bid !== null && bid <= 0) || (ask !== null && ask <= 0)) {
      this.#options.onReject('non_positive', update.symbol);
      bid = bid !== null && bid > 0 ? bid : null;
      ask = ask !== null && ask > 0 ? ask : null;
    }
    if (bid !== null && ask !== null && bid > ask) {
      this.#options.onReject('crossed', update.symbol);
      bid = null;
      ask = null;
    }
    if (bid === update.bid && ask === update.ask) return update;
    return {
      ...update,
      bid,
      ask,
      bidSize: bid === null ? null : update.bidSize,
      askSize: ask === null ? null : update.askSize,
    };
  }

  #refuse(reason: GateReason, symbol: Symbol): null {
    this.#options.onReject(reason, symbol);
    return null;
  }
}

function confirms(memory: Memory, price: number, now: number): boolean {
  return (
    memory.heldPrice > 0 &&
    now - memory.heldAt <= CONFIRM_WITHIN_MS &&
    Math.abs(price / memory.heldPrice - 1) <= CONFIRM_RATIO
  );
}

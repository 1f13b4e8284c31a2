import type { BrainFields, MarketDataFrame } from '@ziggy/contracts';
import { fromMicro } from '@ziggy/domain';
import type { Instrument, QuoteUpdate } from '@ziggy/domain';

/** Weight of the newest gap in a symbol's mean gap. */
const GAP_ALPHA = 0.1;

/** What the process knows of a symbol's present. One object per symbol for its whole life; ticks change it in place. */
export class QuoteRecord {
  readonly instrument: Instrument;
  /** The newest quote that passed the gate. */
  update: QuoteUpdate;
  /** Version of the value on the stream and in REST. */
  v = 0;
  brain: BrainFields | null = null;
  stale = false;
  /** Older than its class can be shown: price and sides are unknown. */
  expired = false;
  /** Mean distance of its ticks (market ms); `null` before there were two. */
  meanGapMs: number | null = null;
  /** Mean volume of the last 20 sessions, in units; `null` until known. */
  avgVolume20: number | null = null;
  /** Ingest batch that the value came with; `null` when none could be noted. */
  batchId: number | null = null;
  /** Whether the value was received by this run, and not read from the last one's. */
  fresh: boolean;

  constructor(instrument: Instrument, update: QuoteUpdate, fresh: boolean) {
    this.instrument = instrument;
    this.update = update;
    this.fresh = fresh;
  }

  /** Takes the next quote; the mean gap follows. */
  take(update: QuoteUpdate): void {
    if (this.fresh) {
      const gap = update.receivedAt - this.update.receivedAt;
      if (gap > 0) this.meanGapMs = this.meanGapMs === null ? gap : this.meanGapMs + GAP_ALPHA * (gap - this.meanGapMs);
    }
    this.update = update;
    this.fresh = true;
  }

  /** Last price as shown: `null` once it is too old. Micro-units. */
  get price(): number | null {
    return this.expired ? null : this.update.price;
  }
}

/** Whether a quote says anything that the one before did not. */
export function saysMore(next: QuoteUpdate, last: QuoteUpdate): boolean {
  return (
    next.price !== last.price ||
    next.bid !== last.bid ||
    next.ask !== last.ask ||
    next.volume !== last.volume ||
    next.prevClose !== last.prevClose ||
    next.kind !== last.kind
  );
}

/** `price - prevClose` as a decimal, exact to the sixth place. */
export function changeOf(price: number | null, prevClose: number | null): number | null {
  return price === null || prevClose === null ? null : fromMicro(price - prevClose);
}

/** Change in percent of the previous close, four decimals. */
export function changePctOf(price: number | null, prevClose: number | null): number | null {
  if (price === null || prevClose === null || prevClose <= 0) return null;
  return Math.round((price / prevClose - 1) * 1_000_000) / 10_000 + 0;
}

export function decimal(micro: number | null): number | null {
  return micro === null ? null : fromMicro(micro);
}

/**
 * The frame of a record's present value. `ts` is the wall time of the event, from which the latency to the wire is
 * measured; `asOf` is the market's. A live frame leaves out what the brain does not know; an image, made `whole`, names it all.
 */
export function quoteFrame(record: QuoteRecord, source: string, ts: number, whole = false): MarketDataFrame {
  const { update, expired } = record;
  const price = expired ? null : update.price;
  const brain = record.brain ?? UNKNOWN_BRAIN;
  const frame: MarketDataFrame = {
    type: 'market_data',
    ch: 'market',
    ts,
    symbol: update.symbol,
    v: record.v,
    data: {
      price: decimal(price),
      change: changeOf(price, update.prevClose),
      changePct: changePctOf(price, update.prevClose),
      bid: expired ? null : decimal(update.bid),
      ask: expired ? null : decimal(update.ask),
      volume: update.volume,
      source,
      kind: update.kind,
      asOf: update.exchangeAt,
      brain: whole ? brain : known(brain),
    },
  };
  if (record.stale) frame.stale = true;
  return frame;
}

/** The members that are known, and why the others are not. The schema gives these back as `null`. */
function known(brain: BrainFields): BrainFields {
  const lean: Record<string, unknown> = {};
  for (const name in brain) {
    const value = brain[name as keyof BrainFields];
    if (value !== null) lean[name] = value;
  }
  return lean as unknown as BrainFields;
}

const UNKNOWN_BRAIN: BrainFields = Object.freeze({
  regime: null,
  regimeConfidence: null,
  volatility: null,
  z20: null,
  relativeVolume: null,
  moveSigma: null,
  confidence: null,
  why: 'warm_up' as const,
});

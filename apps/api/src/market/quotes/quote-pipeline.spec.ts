import { beforeEach, describe, expect, it } from '@jest/globals';
import { marketDataFrame } from '@ziggy/contracts';
import type { MarketDataFrame } from '@ziggy/contracts';
import type { Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import { QuoteEnricher } from '@ziggy/quant';
import fc from 'fast-check';
import { anInstrument } from '../../../test/market-testing.ts';
import { DataIds } from './data-ids.ts';
import { QuoteGate } from './gate.ts';
import { BATCH_MAX, QuotePipeline } from './quote-pipeline.ts';
import { Venues } from '../calendar/venues.ts';

const TEN = Date.UTC(2026, 2, 4, 15);
const NAMES = ['A', 'B', 'C'] as Symbol[];

const instruments = new Map<Symbol, Instrument>(NAMES.map((symbol) => [symbol, anInstrument(symbol)]));

class Rig {
  now = TEN;
  readonly frames: MarketDataFrame[] = [];
  readonly seen: [string, number][] = [];
  readonly interrupted: string[] = [];
  readonly counts = { ticks: 0, published: 0, unknown: 0, overflow: 0 };
  readonly pipeline: QuotePipeline;
  readonly #deferred: (() => void)[] = [];
  #seq = 0;

  constructor() {
    this.pipeline = new QuotePipeline({
      gate: new QuoteGate({ onReject: () => undefined, isClosed: () => false }),
      enricher: new QuoteEnricher({ barsPerYear: 252 }),
      outlet: { publish: (_topic, _key, frame) => void this.frames.push(frame) },
      ids: new DataIds(3),
      venues: new Venues(),
      market: { now: () => this.now },
      wall: { now: () => this.now },
      sourceId: 'test',
      rules: { mode: 'pushed', expectedGapMs: 5_000 },
      instrumentOf: (symbol) => instruments.get(symbol),
      counts: this.counts,
      defer: (work) => void this.#deferred.push(work),
    });
    this.pipeline.listen({
      onQuote: ({ update }) => void this.seen.push([update.symbol, update.price ?? 0]),
      onInterrupted: (symbol) => void this.interrupted.push(symbol),
    });
  }

  tick(symbol: string, price: number, more: Partial<QuoteUpdate> = {}): QuoteUpdate {
    return {
      symbol: symbol as Symbol,
      price: price * 1_000_000,
      bid: null,
      ask: null,
      bidSize: null,
      askSize: null,
      open: null,
      high: null,
      low: null,
      prevClose: 100_000_000,
      volume: null,
      marketState: 'open',
      exchangeAt: this.now,
      receivedAt: this.now,
      delayMinutes: 0,
      kind: 'simulated',
      seq: ++this.#seq,
      ...more,
    };
  }

  /** Lets deferred work have its turns. */
  turns(): number {
    let count = 0;
    for (let work = this.#deferred.shift(); work !== undefined; work = this.#deferred.shift()) {
      work();
      count++;
    }
    return count;
  }
}

let rig: Rig;
beforeEach(() => void (rig = new Rig()));

describe('a tick', () => {
  it('is cached before it is published, and its frame keeps to the contract', () => {
    rig.pipeline.intake([rig.tick('A', 101.25, { bid: 101_240_000, ask: 101_260_000, volume: 12 })]);
    const [frame] = rig.frames;
    const parsed = marketDataFrame.parse(frame);
    expect(parsed).toMatchObject(frame as object);
    expect(frame).toMatchObject({
      symbol: 'A',
      v: 3 * 2 ** 32 + 1,
      data: {
        price: 101.25,
        change: 1.25,
        changePct: 1.25,
        bid: 101.24,
        ask: 101.26,
        volume: 12,
        kind: 'simulated',
        source: 'test',
        asOf: TEN,
      },
    });
    expect(rig.pipeline.image('A' as Symbol)).toEqual({ ...parsed, snap: true });
  });

  it('of a symbol that nobody knows is counted and dropped', () => {
    rig.pipeline.intake([rig.tick('NOPE', 1)]);
    expect([rig.frames.length, rig.counts.unknown]).toEqual([0, 1]);
  });

  it('that says nothing new is not published, but keeps the value fresh', () => {
    rig.pipeline.intake([rig.tick('A', 101)]);
    for (let i = 0; i < 60; i++) {
      rig.now += 1_000;
      rig.pipeline.intake([rig.tick('A', 101)]);
      rig.pipeline.sweep();
    }
    expect(rig.frames).toHaveLength(1);
    expect(rig.pipeline.record('A' as Symbol)).toMatchObject({ stale: false, update: { receivedAt: rig.now } });
  });
});

describe('silence', () => {
  it('is told once, past the ceiling once more without a value, and ends with the next tick', () => {
    rig.pipeline.intake([rig.tick('A', 101)]);
    rig.now += 30_000;
    for (let i = 0; i < 3; i++) rig.pipeline.sweep();
    expect(rig.frames.map(({ stale, data }) => [stale, data.price])).toEqual([
      [undefined, 101],
      [true, 101],
    ]);
    expect(rig.interrupted).toEqual(['A']);
    rig.now += 16 * 60_000;
    for (let i = 0; i < 3; i++) rig.pipeline.sweep();
    expect(rig.frames.at(-1)).toMatchObject({ stale: true, data: { price: null, change: null, bid: null, asOf: TEN } });
    expect(rig.frames).toHaveLength(3);
    rig.pipeline.intake([rig.tick('A', 101)]);
    expect(rig.frames.at(-1)).not.toHaveProperty('stale');
    expect(rig.frames.at(-1)?.data.price).toBe(101);
  });

  it('of an earlier run is stale until a tick comes', () => {
    const { pipeline } = rig;
    pipeline.restore(instruments.get('B' as Symbol) as Instrument, rig.tick('B', 99));
    pipeline.sweep();
    expect(pipeline.image('B' as Symbol)).toMatchObject({ stale: true, snap: true, data: { price: 99 } });
    rig.now += 1_000;
    pipeline.intake([rig.tick('B', 99)]);
    expect(pipeline.image('B' as Symbol)).not.toHaveProperty('stale');
  });
});

describe('a large batch', () => {
  it('is handled in turns of 256, in order, with what came behind it', () => {
    const batch = Array.from({ length: 3 * BATCH_MAX + 5 }, (_, i) => rig.tick('A', 100 + (i % 7) / 100));
    rig.pipeline.intake(batch);
    rig.pipeline.intake([rig.tick('B', 1)]);
    expect(rig.seen).toHaveLength(0);
    expect(rig.turns()).toBe(5);
    expect(rig.seen.map(([, price]) => price)).toEqual([...batch.map(({ price }) => price), 1_000_000]);
    expect(rig.pipeline.waiting).toBe(0);
    rig.pipeline.intake([rig.tick('C', 2)]);
    expect(rig.seen.at(-1)?.[0]).toBe('C');
  });

  it('drops the oldest when more wait than there is room for', () => {
    for (let n = 0; n < 300; n++) rig.pipeline.intake(Array.from({ length: 257 }, () => rig.tick('A', 100)));
    expect(rig.pipeline.waiting).toBeLessThanOrEqual(65_536);
    expect(rig.counts.overflow).toBe(300 * 257 - rig.pipeline.waiting);
    rig.turns();
    expect(rig.pipeline.waiting).toBe(0);
  });
});

describe('whatever comes', () => {
  it('versions rise per symbol, and the last published value is the cached one', () => {
    const ticks = fc.array(
      fc.record({
        name: fc.constantFrom('A', 'B', 'C'),
        price: fc.integer({ min: 1, max: 200 }),
        after: fc.integer({ min: 0, max: 40_000 }),
        sweep: fc.boolean(),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(ticks, (given) => {
        const own = new Rig();
        const last = new Map<string, MarketDataFrame>();
        for (const { name, price, after, sweep } of given) {
          own.now += after;
          own.pipeline.intake([own.tick(name, price)]);
          if (sweep) own.pipeline.sweep();
        }
        for (const frame of own.frames) {
          expect(frame.v).toBeGreaterThan(last.get(frame.symbol)?.v ?? 0);
          last.set(frame.symbol, frame);
        }
        for (const [symbol, frame] of last) {
          const image = own.pipeline.image(symbol as Symbol);
          expect([image?.v, image?.stale, image?.data.price]).toEqual([frame.v, frame.stale, frame.data.price]);
        }
      }),
    );
  });
});

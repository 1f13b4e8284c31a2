import { afterEach, describe, expect, it } from '@jest/globals';
import { calendarOf } from '@ziggy/domain';
import type { Symbol } from '@ziggy/domain';
import { SimulatedSource } from '@ziggy/market-sources';
import { VirtualTime } from '@ziggy/market-sources/testing';
import { QuoteEnricher } from '@ziggy/quant';
import { BehaviorSubject } from 'rxjs';
import { DataIds } from '../quotes/data-ids.ts';
import { QuoteGate } from '../quotes/gate.ts';
import type { GateReason } from '../quotes/gate.ts';
import { QuotePipeline } from '../quotes/quote-pipeline.ts';
import type { QuoteRecord } from '../quotes/quote-record.ts';
import { Venues } from '../calendar/venues.ts';

/** Each fault that the simulator can inject, and what gate and freshness make of it (market-data.md 6.1, 12). */
const AAPL = 'AAPL' as Symbol;
const MSFT = 'MSFT' as Symbol;
const START = calendarOf('XNYS').session('2026-03-03')!.open + 30 * 60_000;

class Rig {
  readonly time = new VirtualTime(START);
  readonly source: SimulatedSource;
  readonly refused = new Map<GateReason, number>();
  readonly seen: QuoteRecord['update'][] = [];
  readonly interrupted: Symbol[] = [];
  readonly pipeline: QuotePipeline;

  constructor(faults: string) {
    const { time } = this;
    this.source = new SimulatedSource({ seed: 1, wallClock: time, timers: time, start: START, tickHz: 4, faults });
    const instruments = new Map(this.source.universe().map((instrument) => [instrument.symbol, instrument]));
    this.pipeline = new QuotePipeline({
      gate: new QuoteGate({
        onReject: (reason) => this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1),
        isClosed: () => false,
      }),
      enricher: new QuoteEnricher({ barsPerYear: 252 }),
      outlet: { publish: () => undefined },
      ids: new DataIds(1),
      venues: new Venues(),
      market: this.source.clock,
      wall: time,
      sourceId: 'simulated',
      rules: { mode: 'pushed', expectedGapMs: 5_000 },
      instrumentOf: (symbol) => instruments.get(symbol),
      counts: { ticks: 0, published: 0, unknown: 0, overflow: 0 },
      defer: (work) => work(),
    });
    this.pipeline.listen({
      onQuote: ({ update }) => void this.seen.push(update),
      onInterrupted: (symbol) => void this.interrupted.push(symbol),
    });
    const wanted$ = new BehaviorSubject<ReadonlySet<Symbol>>(new Set([AAPL, MSFT]));
    this.source.quotes$(wanted$).subscribe((batch) => this.pipeline.intake(batch));
  }

  /** Lets market time go by, with the second's sweep for what grew old. */
  async run(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      await this.time.advance(1_000);
      this.pipeline.sweep();
    }
  }

  reasons(): Record<string, number> {
    return Object.fromEntries(this.refused);
  }

  record(symbol: Symbol): QuoteRecord {
    return this.pipeline.record(symbol)!;
  }
}

let rig: Rig;
afterEach(() => rig.source.close());

describe('an injected fault', () => {
  it('none: nothing is refused, nothing is stale', async () => {
    rig = new Rig('');
    await rig.run(30);
    expect(rig.reasons()).toEqual({});
    expect([rig.record(AAPL).stale, rig.seen.length > 100]).toEqual([false, true]);
  });

  it('stall: the symbol is stale after 5 s, its neighbour is not; what was held back is taken in order', async () => {
    rig = new Rig('stall:AAPL@10+20');
    await rig.run(14);
    expect([rig.record(AAPL).stale, rig.record(MSFT).stale]).toEqual([false, false]);
    await rig.run(4);
    expect([rig.record(AAPL).stale, rig.record(MSFT).stale]).toEqual([true, false]);
    expect(rig.interrupted).toEqual([AAPL]);
    await rig.run(15);
    expect(rig.record(AAPL).stale).toBe(false);
    expect(rig.reasons()).toEqual({});
  });

  it('gap: stale, and the bars built meanwhile are told to be broken', async () => {
    rig = new Rig('gap:AAPL@10+20');
    await rig.run(25);
    expect([rig.record(AAPL).stale, rig.interrupted]).toEqual([true, [AAPL]]);
    await rig.run(10);
    expect([rig.record(AAPL).stale, rig.reasons()]).toEqual([false, {}]);
  });

  it('duplicate: the second is refused', async () => {
    rig = new Rig('duplicate:AAPL');
    await rig.run(20);
    const taken = rig.seen.filter(({ symbol }) => symbol === AAPL);
    expect(new Set(taken.map(({ seq }) => seq)).size).toBe(taken.length);
    expect(Object.keys(rig.reasons())).toEqual(['duplicate']);
    expect(rig.refused.get('duplicate')).toBe(taken.length);
  });

  it('late: what is older than the last one is refused', async () => {
    rig = new Rig('late:AAPL');
    await rig.run(20);
    const times = rig.seen.filter(({ symbol }) => symbol === AAPL).map(({ exchangeAt }) => exchangeAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Object.keys(rig.reasons())).toEqual(['out_of_order']);
    expect(rig.refused.get('out_of_order')).toBeGreaterThan(20);
  });

  it('crossed: the price is kept, the sides are not', async () => {
    rig = new Rig('crossed:AAPL');
    await rig.run(10);
    expect(Object.keys(rig.reasons())).toEqual(['crossed']);
    const { price, bid, ask, bidSize, askSize } = rig.record(AAPL).update;
    expect(price).toBeGreaterThan(0);
    expect([bid, ask, bidSize, askSize]).toEqual([null, null, null, null]);
  });

  it('zero: refused, and the last good value grows old instead', async () => {
    rig = new Rig('zero:AAPL@5+30');
    await rig.run(15);
    expect(Object.keys(rig.reasons())).toEqual(['non_positive']);
    expect(rig.record(AAPL).update.price).toBeGreaterThan(0);
    expect(rig.record(AAPL).stale).toBe(true);
  });

  it('spike: a price 100 times as high is never seen behind the gate', async () => {
    rig = new Rig('spike:AAPL');
    await rig.run(60);
    expect(Object.keys(rig.reasons())).toEqual(['outlier']);
    expect(rig.refused.get('outlier')).toBeGreaterThan(5);
    const prices = rig.seen.filter(({ symbol }) => symbol === AAPL).map(({ price }) => price!);
    expect(Math.max(...prices) / Math.min(...prices)).toBeLessThan(1.2);
  });

  it('halt: stale while the symbol does not trade, null beyond 15 minutes, then back', async () => {
    rig = new Rig('halt:AAPL@10+1200');
    await rig.run(60);
    expect([rig.record(AAPL).stale, rig.record(AAPL).price === null]).toEqual([true, false]);
    await rig.run(900);
    expect([rig.record(AAPL).expired, rig.record(AAPL).price, rig.record(MSFT).stale]).toEqual([true, null, false]);
    await rig.run(300);
    expect([rig.record(AAPL).stale, rig.record(AAPL).price !== null, rig.reasons()]).toEqual([false, true, {}]);
  });

  it('source down: all is stale, then null; the source says so; then all is back', async () => {
    rig = new Rig('down@10+1000');
    await rig.run(20);
    expect([AAPL, MSFT].map((symbol) => rig.record(symbol).stale)).toEqual([true, true]);
    expect(rig.source.health().state).toBe('down');
    await rig.run(930);
    expect([AAPL, MSFT].map((symbol) => rig.record(symbol).price)).toEqual([null, null]);
    await rig.run(80);
    expect([AAPL, MSFT].map((symbol) => rig.record(symbol).stale)).toEqual([false, false]);
    expect(rig.source.health().state).toBe('ok');
  });
});

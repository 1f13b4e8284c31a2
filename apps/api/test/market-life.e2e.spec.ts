import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import { barsAnswer, lineageAnswer, quotesAnswer, sourcesAnswer } from '@ziggy/contracts';
import type { MarketDataFrame, QuoteEntry, SourceStatusFrame } from '@ziggy/contracts';
import type { DataSource } from 'typeorm';
import { MarketStore } from '../src/market/run/market-store.ts';
import { createDatabase, eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { aBar, HandSource, handDriven } from './market-testing.ts';
import { probeAt } from './stream-testing.ts';
import type { StreamProbe } from './stream-testing.ts';

const TEN = Date.UTC(2026, 2, 4, 15);
const MINUTE = 60_000;

async function quoteOf(app: TestApp, symbol: string): Promise<QuoteEntry> {
  const [entry] = quotesAnswer.parse((await app.get(`/market/quotes?symbols=${symbol}`)).json()).items;
  return entry as QuoteEntry;
}

describe('a source that falls silent', () => {
  const source = new HandSource(TEN);
  let app: TestApp;
  let probe: StreamProbe;
  beforeAll(async () => {
    app = await startApp({ features: handDriven(source) });
    probe = await probeAt(`${app.wsUrl}/ws/market`);
    await probe.opened;
  });
  afterAll(async () => {
    probe.terminate();
    await app.close();
  });

  const frames = () => probe.of('market_data').filter(({ symbol }) => symbol === 'AAA');

  it('is told once on the stream and in REST, and then has no value at all', async () => {
    source.quote('AAA', 101, { volume: 10 });
    source.at += 1_000;
    source.quote('AAA', 101.5, { volume: 20 });
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['AAA'] });
    await eventually(
      () => frames().length,
      (count) => count > 0,
    );
    expect(frames().some(({ stale }) => stale)).toBe(false);

    source.at += 6_000;
    const stale = await eventually(
      () => frames().find((frame) => frame.stale === true),
      (frame) => frame !== undefined,
    );
    expect(stale?.data).toMatchObject({ price: 101.5, asOf: TEN + 1_000 });
    expect(await quoteOf(app, 'AAA')).toMatchObject({
      quote: { stale: true, price: 101.5, ageMs: 6_000 },
      reason: null,
    });

    source.at += 16 * MINUTE;
    await eventually(
      () => frames().at(-1)?.data.price,
      (price) => price === null,
    );
    expect(await quoteOf(app, 'AAA')).toEqual({ symbol: 'AAA', quote: null, reason: 'stale' });
    expect(frames().filter((frame: MarketDataFrame) => frame.stale === true && frame.data.price !== null)).toHaveLength(
      1,
    );
  });

  it('is fresh again with its next quote', async () => {
    source.quote('AAA', 102, { volume: 30 });
    await eventually(
      () => frames().at(-1),
      (frame) => frame?.stale === undefined && frame?.data.price === 102,
    );
    expect(await quoteOf(app, 'AAA')).toMatchObject({ quote: { stale: false, price: 102 } });
  });

  it('is told when the source itself turns bad and good again', async () => {
    source.state = 'down';
    const down = await eventually(
      () => probe.of('source_status').at(-1),
      (frame) => frame?.data.state === 'down',
    );
    expect((down as SourceStatusFrame).data).toMatchObject({ source: 'hand', kind: 'simulated' });
    expect((await app.get('/readyz')).status).toBe(200);
    source.state = 'ok';
    await eventually(
      () => probe.of('source_status').at(-1),
      (frame) => frame?.data.state === 'ok',
    );
  });

  it('sends nothing when nothing changes', async () => {
    const before = frames().length;
    for (let i = 0; i < 20; i++) {
      source.at += 500;
      source.quote('AAA', 102, { volume: 30 });
    }
    source.quote('BBB', 50);
    await eventually(
      () => quoteOf(app, 'BBB'),
      ({ quote }) => quote !== null,
    );
    expect(await quoteOf(app, 'AAA')).toMatchObject({ quote: { stale: false, ageMs: 0 } });
    expect(frames()).toHaveLength(before);
  });

  it('answers 503 for bars when nothing is stored, and what is stored when something is', async () => {
    source.bars_ = [0, 1, 2].map((n) => aBar('AAA', '1m', TEN + n * MINUTE, TEN + (n + 1) * MINUTE, 100 + n));
    const path = `/market/bars/AAA?interval=1m&from=${new Date(TEN).toISOString()}&to=${new Date(TEN + 3 * MINUTE).toISOString()}`;
    expect(barsAnswer.parse((await app.get(path)).json()).items).toHaveLength(3);
    source.failing = true;
    const stored = barsAnswer.parse((await app.get(path)).json());
    expect(stored).toMatchObject({ coverage: { expected: 3, present: 3, reason: null }, gaps: [] });
    const wider = barsAnswer.parse((await app.get('/market/bars/AAA?interval=1m&limit=100')).json());
    expect(wider.items.filter(({ closed }) => closed)).toHaveLength(3);
    expect(wider).toMatchObject({ coverage: { reason: 'source_unavailable' } });
    const none = await app.get('/market/bars/CCC?interval=1m');
    expect([none.status, none.json()['code'], none.headers.get('retry-after')]).toEqual([
      503,
      'source_unavailable',
      expect.any(String),
    ]);
    source.failing = false;
  });

  it('is not believed at once when it jumps: what nothing confirms is kept in quarantine', async () => {
    source.quote('CCC', 100);
    source.at += 1_000;
    source.quote('CCC', 900);
    source.at += 1_000;
    source.quote('CCC', 101);
    expect((await quoteOf(app, 'CCC')).quote?.price).toBe(101);
    await app.app.get(MarketStore).store();
    await app.app.get(MarketStore).store();
    const db = app.app.get<DataSource>(getDataSourceToken());
    expect(await db.query('SELECT source, reason, symbol, detail FROM quarantine')).toEqual([
      { source: 'hand', reason: 'outlier', symbol: 'CCC', detail: { price: 900 } },
    ]);
  });

  it('is named beside its values: quotes and bars lead back to what was asked and when', async () => {
    source.bars_ = [aBar('BBB', '15m', TEN - 30 * MINUTE, TEN - 15 * MINUTE, 77)];
    const page = barsAnswer.parse((await app.get('/market/bars/BBB?interval=15m&to=2026-03-04T15:00:00Z')).json());
    const ofBar = lineageAnswer.parse((await app.get(`/market/lineage/${page.lineageId}`)).json());
    expect(ofBar).toMatchObject({ path: 'bar', symbol: 'BBB', interval: '15m', value: 77, unit: 'USD', formula: null });
    expect(ofBar.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(ofBar.inputs).toEqual([
      expect.objectContaining({
        source: 'hand',
        status: 'ok',
        rows: 1,
        bytes: null,
        requestKey: expect.stringMatching(/^bars:BBB:15m:/),
      }),
    ]);
    source.at += 1_000;
    source.quote('BBB', 51);
    const first = (await quoteOf(app, 'BBB')).quote?.lineageId;
    await app.app.get(MarketStore).store();
    await app.app.get(MarketStore).store();
    const ofQuote = lineageAnswer.parse((await app.get(`/market/lineage/${first}`)).json());
    expect(ofQuote).toMatchObject({ path: 'quote', symbol: 'BBB', value: 51, inputs: [{ requestKey: 'quotes' }] });
    // Quotes are kept one per symbol: the origin of an older one is known, the value is not.
    source.at += 1_000;
    source.quote('BBB', 52);
    await app.app.get(MarketStore).store();
    await app.app.get(MarketStore).store();
    const older = lineageAnswer.parse((await app.get(`/market/lineage/${first}`)).json());
    expect(older).toMatchObject({ path: 'batch', value: null, hash: null, inputs: [{ requestKey: 'quotes' }] });
    expect((await app.get('/market/lineage/999999.1')).status).toBe(404);
    expect((await app.get('/market/lineage/9999999999.999999999999999')).status).toBe(404);
    expect((await app.get('/market/lineage/1')).status).toBe(422);
  });

  it('asks for the same bars once, however many want them', async () => {
    source.barsAsked = [];
    const path = '/market/bars/BBB?interval=5m&from=2026-03-03&to=2026-03-04';
    source.bars_ = [aBar('BBB', '5m', Date.UTC(2026, 2, 3, 15), Date.UTC(2026, 2, 3, 15, 5), 50)];
    await Promise.all(Array.from({ length: 10 }, () => app.get(path)));
    await app.get(path);
    expect(app.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    expect(source.barsAsked.filter(({ interval }) => interval === '5m')).toHaveLength(1);
    const page = barsAnswer.parse((await app.get(path)).json());
    expect(page).toMatchObject({ coverage: { expected: 78, present: 1 } });
    expect(page.gaps).toEqual([
      { from: '2026-03-03T14:30:00.000Z', to: '2026-03-03T15:00:00.000Z', reason: 'no_trade' },
      { from: '2026-03-03T15:05:00.000Z', to: '2026-03-03T21:00:00.000Z', reason: 'no_trade' },
    ]);
  });
});

describe('a restart', () => {
  it('goes on at or after the market time it had reached, keeps its bars, and never lets a version fall', async () => {
    const database = await createDatabase();
    const env = { SIM_SEED: '11', SIM_START: '2026-03-04T15:00:00Z', SIM_SPEED: '60', SIM_TICK_HZ: '2' };
    const first = await startApp({ env, database });
    const seen = await eventually(
      () => quoteOf(first, 'AAPL'),
      ({ quote }) => quote !== null,
    );
    const path = '/market/bars/AAPL?interval=1m&from=2026-03-04T15:00:00Z&to=2026-03-04T15:02:00Z';
    const bars = await eventually(
      async () => barsAnswer.parse((await first.get(path)).json()).items,
      (items) => items.length === 2 && items.every(({ closed }) => closed),
    );
    const reached = sourcesAnswer.parse((await first.get('/market/sources')).json()).clock.now;
    await first.close();

    const second = await startApp({ env, database });
    try {
      const sources = sourcesAnswer.parse((await second.get('/market/sources')).json());
      expect(Date.parse(sources.clock.now)).toBeGreaterThanOrEqual(Date.parse(reached));
      expect(sources.leader?.fence).toBeGreaterThan(1);
      const again = await eventually(
        () => quoteOf(second, 'AAPL'),
        ({ quote }) => quote !== null,
      );
      expect(again.quote?.v).toBeGreaterThan(seen.quote?.v ?? Infinity);
      expect(again.quote?.market).toBe(seen.quote?.market);
      expect(barsAnswer.parse((await second.get(path)).json()).items).toEqual(bars);
    } finally {
      await second.close();
      await database.drop();
    }
  });
});

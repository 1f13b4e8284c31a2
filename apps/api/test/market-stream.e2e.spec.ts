import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer, DEFAULT_INDICATORS, quotesAnswer } from '@ziggy/contracts';
import type { ChartSnapshotFrame, ChartUpdateFrame, MarketDataFrame } from '@ziggy/contracts';
import type { Bar, Symbol } from '@ziggy/domain';
import { SimulatedSource } from '@ziggy/market-sources';
import pg from 'pg';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { probeAt } from './stream-testing.ts';
import type { StreamProbe } from './stream-testing.ts';

const SIM = {
  MARKET_SOURCE: 'simulated',
  SIM_SEED: '3',
  SIM_START: '2026-03-04T14:58:30Z',
  SIM_SPEED: '30',
  SIM_TICK_HZ: '5',
};

let app: TestApp;
const probes: StreamProbe[] = [];
beforeAll(async () => {
  app = await startApp({ env: SIM });
}, 30_000);
afterAll(async () => {
  for (const probe of probes) probe.terminate();
  await app.close();
});

async function open(path: string): Promise<StreamProbe> {
  const probe = await probeAt(`${app.wsUrl}${path}`);
  probes.push(probe);
  await probe.opened;
  await probe.next('hello');
  return probe;
}

describe('/ws/market on the simulated market', () => {
  it('acks the good symbols, rejects the unknown one, shows a snapshot, then follows the market', async () => {
    const probe = await open('/ws/market');
    probe.send({ type: 'subscribe', symbols: ['aapl', 'MSFT', 'NOSUCH'], id: 1 });
    const ack = await probe.next('subscription_ack');
    expect(ack.data).toMatchObject({
      status: 'subscribed',
      symbols: ['AAPL', 'MSFT'],
      total: 2,
      rejected: [{ symbol: 'NOSUCH', name: 'unknown_symbol' }],
    });
    const snapshot = (await probe.next('market_data')) as MarketDataFrame;
    expect(snapshot).toMatchObject({ snap: true, data: { source: 'simulated', kind: 'simulated' } });
    await probe.next('snapshot_end');
    const last = new Map<string, number>([[snapshot.symbol, snapshot.v]]);
    for (let seen = 0; seen < 10; seen++) {
      const frame = (await probe.next('market_data')) as MarketDataFrame;
      if (frame.snap === true) continue;
      expect(frame.v).toBeGreaterThan(last.get(frame.symbol) ?? 0);
      last.set(frame.symbol, frame.v);
    }
  });

  it('says the same as REST', async () => {
    const probe = await open('/ws/market');
    probe.send({ type: 'subscribe', symbols: ['EURUSD=X'] });
    const frames = new Map<number, MarketDataFrame>();
    await eventually(
      async () => {
        const quote = quotesAnswer.parse((await app.get('/market/quotes?symbols=EURUSD%3DX&include=brain')).json())
          .items[0]?.quote;
        for (const frame of probe.frames) if (frame.type === 'market_data') frames.set(frame.v, frame);
        const frame = frames.get(quote?.v ?? -1);
        return frame === undefined ? null : { frame, quote };
      },
      (pair) =>
        pair !== null && pair.frame.data.price === pair.quote?.price && pair.frame.data.volume === pair.quote.volume,
    );
  });
});

describe('/ws/charts on the simulated market', () => {
  it('shows 500 bars with indicators, the forming bar, and each closed bar once', async () => {
    const probe = await open('/ws/charts');
    probe.send({ type: 'subscribe', symbols: ['AAPL'], timeframe: '1m', id: 'c' });
    await probe.next('subscription_ack');
    const snapshot = (await probe.next('chart_update')) as ChartSnapshotFrame;
    expect(snapshot.data.bars).toHaveLength(500);
    expect(Object.keys(snapshot.data.indicators)).toEqual([...DEFAULT_INDICATORS]);
    for (const outputs of Object.values(snapshot.data.indicators)) {
      for (const values of Object.values(outputs)) expect(values.filter((value) => value !== null)).toHaveLength(500);
    }
    const closed: number[] = [];
    let forming = 0;
    while (closed.length < 2 || forming < 2) {
      const { data } = (await probe.next('chart_update')) as ChartUpdateFrame;
      if (data.bar.closed) closed.push(data.bar.openTime);
      else forming++;
      expect(data.kind).toBe('simulated');
    }
    expect(closed[1]).toBe((closed[0] ?? 0) + 60_000);
  });

  it('shows weeks as REST makes them of days, the last of them forming', async () => {
    const probe = await open('/ws/charts');
    probe.send({ type: 'subscribe', symbols: ['MSFT'], timeframe: '1w', id: 'w' });
    await probe.next('subscription_ack');
    const snapshot = (await probe.next('chart_update')) as ChartSnapshotFrame;
    expect(snapshot.timeframe).toBe('1w');
    const { items } = barsAnswer.parse((await app.get('/market/bars/MSFT?interval=1w&limit=500')).json());
    const shown = (bars: readonly { open: number; close: number; volume: number | null }[]) =>
      bars.map(({ open: first, close, volume }) => [first, close, volume]);
    const closed = snapshot.data.bars.filter((bar) => bar.closed);
    expect(closed.length).toBeGreaterThan(100);
    expect(closed.map(({ openTime }) => new Date(openTime).toISOString())).toEqual(
      items.filter((bar) => bar.closed).map(({ openTime }) => openTime),
    );
    expect(shown(closed)).toEqual(shown(items.filter((bar) => bar.closed)));
    const forming = snapshot.data.bars.at(-1);
    expect(forming?.closed).toBe(false);
    const { data } = (await probe.next('chart_update')) as ChartUpdateFrame;
    expect([data.bar.openTime, data.bar.closed]).toEqual([forming?.openTime, false]);
  });

  it('rejects an unknown symbol and serves the other', async () => {
    const probe = await open('/ws/charts');
    probe.send({ type: 'subscribe', symbols: ['NOSUCH', 'MSFT'], timeframe: '5m' });
    const ack = await probe.next('subscription_ack');
    expect(ack.data).toMatchObject({ symbols: ['MSFT'], rejected: [{ symbol: 'NOSUCH', name: 'unknown_symbol' }] });
  });
});

/** What the simulator itself says of the first minutes after ten. */
async function ownBars(symbol: string, count: number): Promise<Bar[]> {
  const from = Date.UTC(2026, 2, 4, 15);
  const source = new SimulatedSource({ seed: '3', wallClock: { now: () => from }, start: from + 3_600_000 });
  const query = { symbol: symbol as Symbol, interval: '1m', from, to: from + count * 60_000, extended: false } as const;
  return source.bars(query, { deadlineAt: Infinity, signal: new AbortController().signal, priority: 'poll' });
}

describe('bars built from ticks', () => {
  it('are the source’s own bars, and are stored', async () => {
    const database = new pg.Client({ connectionString: app.databaseUrl });
    await database.connect();
    try {
      const stored = await eventually(
        async () =>
          (
            await database.query<{ symbol: string; open_ms: number; c: number }>(
              `SELECT i.symbol, (extract(epoch FROM b.open_time) * 1000)::float8 AS open_ms, b.c::float8 AS c
               FROM bar b JOIN instrument i ON i.id = b.instrument_id
               WHERE b.interval_s = 60 AND b.available_at IS NOT NULL AND i.symbol = 'NVDA' AND b.open_time >= '2026-03-04T15:00:00Z' ORDER BY 2`,
            )
          ).rows,
        (rows) => rows.length >= 2,
        15_000,
      );
      const page = barsAnswer.parse((await app.get('/market/bars/NVDA?interval=1m&from=2026-03-04T15:00:00Z')).json());
      expect(page.items[0]).toMatchObject({ closed: true, close: (stored[0]?.c ?? 0) / 1e6 });
      const own = await ownBars('NVDA', stored.length);
      expect(stored.map(({ open_ms, c }) => [open_ms, c])).toEqual(own.map((bar) => [bar.openTime, bar.c]));
    } finally {
      await database.end();
    }
  });
});

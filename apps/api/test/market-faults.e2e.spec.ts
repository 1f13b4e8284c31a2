import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer, lineageAnswer, problem, quotesAnswer, sourcesAnswer } from '@ziggy/contracts';
import type { QuotesAnswer, SourcesAnswer } from '@ziggy/contracts';
import { YAHOO_LICENCE_NOTE, YahooSource } from '@ziggy/market-sources';
import { FakeYahoo } from '@ziggy/market-sources/testing';
import pg from 'pg';
import { ChartsModule } from '../src/charts/charts.module.ts';
import { CryptoModule } from '../src/crypto/crypto.module.ts';
import { InstrumentDirectory } from '../src/market/instruments/instrument-directory.ts';
import { MarketModule } from '../src/market/market.module.ts';
import { SourceModule } from '../src/market/source/source.module.ts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { aBar, anInstrument, HandSource, handDriven } from './market-testing.ts';
import { probeAt } from './stream-testing.ts';
import type { StreamProbe } from './stream-testing.ts';

/** A Wednesday, an hour and a half into New York's session. */
const WEDNESDAY = Date.UTC(2026, 2, 11, 15);
const MINUTE = 60_000;
const QUOTE = '/v7/finance/quote?';

interface World {
  readonly app: TestApp;
  readonly yahoo: FakeYahoo;
}

/** The product over the real Yahoo adapter and library, and a Yahoo of our own behind it, set up before it is asked. */
async function overYahoo(prepare?: (yahoo: FakeYahoo) => void): Promise<World> {
  const began = performance.now();
  const now = () => Math.round(WEDNESDAY + performance.now() - began);
  const yahoo = new FakeYahoo({ now });
  prepare?.(yahoo);
  const open: Parameters<typeof SourceModule.with>[0] = async ({ wall, onRequest, onDrift, log }) => ({
    adapter: new YahooSource({
      fetch: yahoo.fetch,
      wallClock: wall,
      timers: { set: (run, ms) => setTimeout(run, ms), clear: (handle) => clearTimeout(handle as NodeJS.Timeout) },
      random: () => 0.5,
      queueIntervalMs: 0,
      logger: { warn: (message) => log.warn(message) },
      onRecord: ({ path, status }) => onRequest(path.includes('/quote') ? 'quote' : 'other', String(status)),
      onDrift,
    }),
    chosenBy: 'configuration',
    reason: 'A test names it.',
  });
  const app = await startApp({ now, features: [SourceModule.with(open), MarketModule, ChartsModule, CryptoModule] });
  return { app, yahoo };
}

async function quotes(app: TestApp, symbols: string): Promise<QuotesAnswer['items']> {
  return quotesAnswer.parse((await app.get(`/market/quotes?symbols=${symbols}`)).json()).items;
}

async function sources(app: TestApp): Promise<SourcesAnswer> {
  return sourcesAnswer.parse((await app.get('/market/sources')).json());
}

const row = (symbol: string, price: unknown = 10.5) => ({
  symbol,
  quoteType: 'EQUITY',
  exchange: 'NMS',
  currency: 'USD',
  marketState: 'REGULAR',
  regularMarketPrice: price,
  regularMarketTime: Math.floor(WEDNESDAY / 1_000) - 1,
  regularMarketPreviousClose: 10,
  exchangeDataDelayedBy: 0,
});
const answer = (rows: readonly object[]) => () => Response.json({ quoteResponse: { result: rows, error: null } });

describe('Yahoo as the market', () => {
  let world: World;
  beforeAll(async () => {
    world = await overYahoo();
    for (let i = 0; i < 80; i++)
      world.app.app.get(InstrumentDirectory, { strict: false }).learn(anInstrument(`Q${i}`, { mic: 'XNAS' }));
  }, 30_000);
  afterAll(() => world.app.close());

  it('says on first run and on the sources page what its data may be used for', async () => {
    const { active } = await sources(world.app);
    expect(active.licenceNote).toBe(YAHOO_LICENCE_NOTE);
    expect(world.app.log.map(({ msg }) => msg)).toContain(YAHOO_LICENCE_NOTE);
  });

  it('is asked once for 500 requests of 80 symbols at the same time', async () => {
    const all = Array.from({ length: 80 }, (_, i) => `Q${i}`);
    const asked = () => world.yahoo.asked.filter((address) => address.includes(QUOTE) && address.includes('Q79'));
    // The session is held once anything was quoted.
    await eventually(
      () => world.yahoo.count(QUOTE),
      (count) => count > 0,
      10_000,
    );
    world.yahoo.answer('Q79', answer(all.map((symbol) => row(symbol))));
    const path = `/market/quotes?symbols=${all.join(',')}`;
    const fastify = world.app.app.getHttpAdapter().getInstance();
    const headers = await world.app.speaker.credentials();
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => fastify.inject({ method: 'GET', url: path, headers })),
    );
    const prices = quotesAnswer.parse(answers[0]?.json()).items.map(({ quote }) => [quote?.price, quote?.kind]);
    expect(prices).toEqual(all.map(() => [10.5, 'live']));
    expect(new Set(answers.map(({ statusCode, headers }) => `${statusCode} ${headers['etag']}`)).size).toBe(1);
    expect(asked()).toHaveLength(1);
  }, 30_000);

  it('each quote names the answer that it came with: what was asked, its bytes and their hash', async () => {
    world.yahoo.heal();
    const lineageOf = async (symbol: string) => {
      const quote = (await quotes(world.app, symbol))[0]?.quote;
      const answer = await world.app.get(`/market/lineage/${quote?.lineageId}`);
      return answer.status === 200 ? { quote, lineage: lineageAnswer.parse(answer.json()) } : null;
    };
    // The last quotes are stored every few seconds; a quote is told with its answer from then on.
    const first = await eventually(
      () => lineageOf('ZZA'),
      (now) => now?.lineage.path === 'quote',
      20_000,
    );
    expect(first?.lineage).toMatchObject({ path: 'quote', symbol: 'ZZA', value: first?.quote?.price });
    expect(first?.lineage.inputs).toEqual([
      expect.objectContaining({
        source: 'yahoo',
        status: 'ok',
        upstreamStatus: 200,
        requestKey: expect.stringMatching(/^quotes:([^,]+,)*ZZA(,|$)/),
        bytes: expect.any(Number),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    ]);
    // The next changed quote came with another answer.
    const next = await eventually(
      () => lineageOf('ZZA'),
      (now) => now !== null && now.quote?.v !== first?.quote?.v && now.lineage.path === 'quote',
      20_000,
    );
    expect(next?.lineage.inputs[0]?.id).toBeGreaterThan(first?.lineage.inputs[0]?.id ?? 0);
    expect(next?.lineage.inputs[0]?.sha256).not.toBe(first?.lineage.inputs[0]?.sha256);
  }, 40_000);

  it('symbol missing from a batch: null and not_returned, never 0', async () => {
    world.yahoo.heal();
    world.app.app.get(InstrumentDirectory, { strict: false }).learn(anInstrument('NOTBACK', { mic: 'XNAS' }));
    const [entry] = await quotes(world.app, 'NOTBACK');
    expect(entry).toEqual({ symbol: 'NOTBACK', quote: null, reason: 'not_returned' });
  }, 15_000);

  it('schema drift: readable values stay, the drift is counted and put into quarantine', async () => {
    world.yahoo.answer(QUOTE, answer([row('Q1', 'ten'), row('Q2', 11)]));
    await eventually(
      async () => (await sources(world.app)).adapters[0]?.drift ?? 0,
      (drift) => drift > 0,
      15_000,
    );
    expect((await quotes(world.app, 'Q1'))[0]?.quote).toMatchObject({ price: 10.5 });
    expect((await world.app.get('/metrics')).text).toMatch(/yahoo_schema_drift_total\{module="quote"\} [1-9]/);
    const client = new pg.Client({ connectionString: world.app.databaseUrl });
    await client.connect();
    const kept = await eventually(
      async () =>
        (await client.query(`SELECT source, reason, detail FROM quarantine`)).rows as Record<string, unknown>[],
      (rows) => rows.length > 0,
    ).finally(() => client.end());
    expect(kept[0]).toMatchObject({ source: 'yahoo', reason: 'schema_drift', detail: { module: 'quote' } });
    world.yahoo.heal();
  }, 30_000);

  it('upstream slow or hanging: answers come from the cache, with their age', async () => {
    await eventually(
      async () => (await quotes(world.app, 'Q3'))[0]?.quote?.price,
      (price) => price === 10.5,
    );
    world.yahoo.hang();
    await eventually(
      () => world.yahoo.open,
      (open) => open > 0,
      15_000,
    );
    const answers = await Promise.all(Array.from({ length: 100 }, () => quotes(world.app, 'Q3,Q4')));
    // The upstream request that began before them is still open: none of them waited for it.
    expect(world.yahoo.open).toBeGreaterThan(0);
    for (const [first] of answers) {
      expect(first?.quote?.price).toBe(10.5);
      expect(first?.quote?.ageMs).toBeGreaterThan(0);
    }
    world.yahoo.heal();
  }, 30_000);
});

describe('Yahoo that refuses the session', () => {
  let world: World;
  let probe: StreamProbe;
  beforeAll(async () => {
    world = await overYahoo((yahoo) => yahoo.answer('/getcrumb', () => new Response('', { status: 429 })));
    probe = await probeAt(`${world.app.wsUrl}/ws/market`);
    await probe.opened;
  }, 30_000);
  afterAll(async () => {
    probe.terminate();
    await world.app.close();
  });

  it('429 or crumb failure: breaker, degraded on the stream and on the sources page', async () => {
    const { adapters, active } = await eventually(
      () => sources(world.app),
      (told) => told.adapters[0]?.breaker.state === 'open',
      15_000,
    );
    expect(adapters[0]).toMatchObject({ id: 'yahoo', state: 'degraded', lastError: { code: 'RateLimited' } });
    expect(active.source).toBe('yahoo');
    const frame = await eventually(
      () => probe.of('source_status').at(-1),
      (told) => told?.data.state === 'degraded',
    );
    expect(frame?.data).toMatchObject({ source: 'yahoo', reason: 'RateLimited' });
    expect(world.yahoo.count('/getcrumb')).toBe(1);
    expect(world.yahoo.count(QUOTE)).toBe(0);
  }, 30_000);
});

describe('a source that is down', () => {
  const source = new HandSource(WEDNESDAY, [anInstrument('AAA'), anInstrument('BBB')]);
  let app: TestApp;
  beforeAll(async () => {
    source.push = false;
    const open = WEDNESDAY - 90 * MINUTE;
    source.bars_ = Array.from({ length: 60 }, (_, i) =>
      aBar('AAA', '1m', open + i * MINUTE, open + (i + 1) * MINUTE, 100 + i),
    );
    app = await startApp({ features: handDriven(source) });
    source.quote('AAA', 101);
    await eventually(
      async () => (await quotes(app, 'AAA'))[0]?.quote?.price,
      (price) => price === 101,
    );
    await app.get('/market/bars/AAA?interval=1m&limit=50');
    source.failing = true;
    source.state = 'down';
  }, 30_000);
  afterAll(() => app.close());

  it('up to the ceiling: the last value, stale, with its age', async () => {
    source.at += 5 * MINUTE;
    const entry = await eventually(
      async () => (await quotes(app, 'AAA'))[0],
      (told) => told?.quote?.stale === true,
    );
    expect(entry?.quote).toMatchObject({ price: 101, ageMs: 5 * MINUTE, kind: 'simulated', source: 'hand' });
  });

  it('beyond the ceiling: null and source_unavailable, never another market', async () => {
    source.at += 11 * MINUTE;
    const entry = await eventually(
      async () => (await quotes(app, 'AAA'))[0],
      (told) => told?.quote === null,
    );
    expect(entry).toEqual({ symbol: 'AAA', quote: null, reason: 'source_unavailable' });
    const { market, active, adapters } = await sources(app);
    expect([market, active.source, adapters[0]?.state]).toEqual(['hand:1', 'hand', 'down']);
    expect(adapters.slice(1).map(({ state }) => state)).toEqual(['off', 'off', 'off']);
    for (const list of ['movers', 'breadth']) {
      const told = (await app.get(`/market/${list}`)).json<{ kind: string; source: string; asOf: string | null }>();
      expect(told).toMatchObject({ source: 'hand', asOf: null });
    }
  });

  it('nothing stored: 503 with Retry-After for one symbol’s bars', async () => {
    const refused = await app.get('/market/bars/BBB?interval=1m');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(problem.parse(refused.json()).code).toBe('source_unavailable');
  });

  it('something stored: 200 with stale and coverage', async () => {
    const told = barsAnswer.parse((await app.get('/market/bars/AAA?interval=1m&limit=50')).json());
    expect(told.items.length).toBeGreaterThan(0);
    expect(told).toMatchObject({ stale: true, coverage: { reason: 'source_unavailable' } });
  });
});

describe('bad input', () => {
  const source = new HandSource(WEDNESDAY, [anInstrument('AAA')]);
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ features: [...handDriven(source), CryptoModule] });
    source.quote('AAA', 101);
  }, 30_000);
  afterAll(() => app.close());
  const many = (count: number) => Array.from({ length: count }, (_, i) => `S${i}`).join(',');
  const indicators = Array.from({ length: 11 }, (_, i) => `sma(${i + 2})`).join(',');

  it.each([
    ['symbol against the grammar', '/market/quotes?symbols=AAA,$,a b,..', 422, 'symbol_invalid'],
    ['symbol against the grammar, in a path', '/market/instruments/%24', 422, 'symbol_invalid'],
    ['symbol against the grammar, of coins', '/crypto/ohlc?symbols=../x', 422, 'symbol_invalid'],
    ['symbol unknown in a path', '/market/bars/NOSUCH', 404, null],
    ['instrument unknown in a path', '/market/instruments/NOSUCH', 404, null],
    ['over 200 symbols', `/market/quotes?symbols=${many(201)}`, 422, 'limit_exceeded'],
    ['over 100 symbols', `/market/overview?symbols=${many(101)}`, 422, 'limit_exceeded'],
    ['over 50 coins', `/crypto/quotes?symbols=${many(51)}`, 422, 'limit_exceeded'],
    ['over 5000 bars', '/market/bars/AAA?limit=5001', 422, 'limit_exceeded'],
    ['over 10 indicators', `/market/bars/AAA?indicators=${indicators}`, 422, 'limit_exceeded'],
    ['from after to', '/market/bars/AAA?from=2026-02-02&to=2026-02-01', 422, 'range_invalid'],
    ['from equal to to', '/market/bars/AAA?from=2026-02-02&to=2026-02-02', 422, 'range_invalid'],
    ['bad date', '/market/bars/AAA?from=2026-02-30', 422, 'invalid_value'],
    ['bad date of a session', '/market/session?date=banana', 422, 'invalid_value'],
    ['bad year', '/market/session?date=2051-01-01', 422, 'range_invalid'],
    ['bad interval', '/market/bars/AAA?interval=2m', 422, 'invalid_value'],
    ['bad adjustment', '/market/bars/AAA?adjust=maybe', 422, 'invalid_value'],
    ['bad list', '/market/movers?list=winners', 422, 'invalid_value'],
    ['bad universe', '/market/breadth?universe=sp500', 422, 'invalid_value'],
    ['bad exchange', '/market/session?exchange=XXXX', 422, 'invalid_value'],
    ['bad indicator', '/market/bars/AAA?indicators=magic(7)', 422, 'invalid_value'],
    ['foreign cursor', '/market/bars/AAA?cursor=Zm9yZWlnbg', 400, null],
    ['unknown parameter', '/market/movers?lists=gainers', 422, 'parameter_unknown'],
  ])('%s', async (_what, path, status, code) => {
    const refused = await app.get(path);
    expect([path, refused.status]).toEqual([path, status]);
    const told = problem.parse(refused.json());
    if (code !== null) expect(told.errors.map((fault) => fault.code)).toContain(code);
    if (code === 'invalid_value' && !path.includes('date') && !path.includes('from='))
      expect(told.errors[0]?.allowed?.length).toBeGreaterThan(0);
    // The market reads the history of its own symbol by itself; nothing else may have been asked for.
    expect(source.barsAsked.every(({ symbol }) => symbol === 'AAA')).toBe(true);
  });

  it('symbol unknown in a list: the others are served', async () => {
    const [known, unknown] = await quotes(app, 'AAA,NOSUCH');
    expect(known?.quote?.price).toBe(101);
    expect(unknown).toEqual({ symbol: 'NOSUCH', quote: null, reason: 'unknown_symbol' });
  });

  it('older than store and source hold: 200 and out_of_history', async () => {
    const told = await app.get('/market/bars/AAA?interval=1m&from=2020-01-06&to=2020-01-07');
    expect(barsAnswer.parse(told.json()).coverage.reason).toBe('out_of_history');
  });
});

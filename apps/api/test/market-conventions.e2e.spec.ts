import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { correlationAnswer, cryptoOhlcAnswer, cryptoQuotesAnswer, problem, sourcesAnswer } from '@ziggy/contracts';
import { CryptoModule } from '../src/crypto/crypto.module.ts';
import { NewsModule } from '../src/news/news.module.ts';
import { apiOperations } from '../src/platform/api-routes.ts';
import type { ApiOperation } from '../src/platform/api-routes.ts';
import { nearest } from '../src/platform/nearest.ts';
import { eventually, startApp } from './harness.ts';
import type { TestAnswer, TestApp } from './harness.ts';
import { aBar, anInstrument, HandSource, handDriven } from './market-testing.ts';

/** Wednesday, half past ten in New York. The clock stands still: what changes then changes by itself. */
const NOW = Date.UTC(2026, 2, 4, 15, 30);
const DAY = 86_400_000;
const UNIVERSE = [
  anInstrument('AAA'),
  anInstrument('BBB', { sector: 'Energy' }),
  anInstrument('BTC-USD', { assetClass: 'crypto', calendar: '24x7', mic: 'SIMX' }),
];

function history(): HandSource['bars_'] {
  const bars: HandSource['bars_'] = [];
  for (let day = 90; day >= 1; day--) {
    const midnight = Date.UTC(2026, 2, 4) - day * DAY;
    const weekday = new Date(midnight).getUTCDay();
    const wave = 100 + 10 * Math.sin(day);
    bars.push(aBar('BTC-USD', '1d', midnight, midnight + DAY, wave));
    if (weekday === 0 || weekday === 6) continue;
    // All of it lies in winter time, and no holiday needs to be left out: a bar more does no harm here.
    for (const symbol of ['AAA', 'BBB'])
      bars.push(aBar(symbol, '1d', midnight + 14.5 * 3_600_000, midnight + 21 * 3_600_000, wave * 2));
  }
  for (let at = NOW - 26 * 3_600_000; at < NOW; at += 300_000) {
    const close = at < NOW - DAY ? 80 : 100;
    bars.push(aBar('BTC-USD', '5m', at, at + 300_000, close));
  }
  return bars;
}

const source = new HandSource(NOW, UNIVERSE);
let app: TestApp;
let routes: ApiOperation[];
beforeAll(async () => {
  source.bars_ = history();
  app = await startApp({ features: [...handDriven(source), CryptoModule, NewsModule] });
  routes = apiOperations(app.app).filter(
    ({ method, definition }) => method === 'GET' && ['market', 'crypto', 'news'].includes(definition?.tag ?? ''),
  );
  source.quote('AAA', 101, { volume: 10, open: 99_000_000 });
  source.quote('BBB', 99, { volume: 20, open: 100_000_000 });
  source.quote('BTC-USD', 100, { volume: 20 });
  // Histories are read behind the start; wait until nothing is read any more.
  await eventually(
    async () => (await app.get('/market/breadth')).json<{ items: { above50Ratio: unknown }[] }>().items[0],
    (row) => row?.above50Ratio != null,
    10_000,
  );
});
afterAll(() => app.close());

/** The address of a route's example, over the symbols that this market has. */
function addressOf({ path, definition }: ApiOperation): string {
  const { params = {}, query = {} } = definition?.example ?? {};
  const own = (value: string) => value.replaceAll('^GSPC', 'AAA').replaceAll('MSFT', 'BBB').replaceAll('AAPL', 'AAA');
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(own(String(params[name]))));
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, own(value)])).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

async function each(work: (address: string, route: ApiOperation) => Promise<void>): Promise<void> {
  expect(routes.length).toBeGreaterThanOrEqual(14);
  for (const route of routes) await work(addressOf(route), route);
}

function refusal(answer: TestAnswer, address: string, status: number) {
  expect([address, answer.status]).toEqual([address, status]);
  return problem.parse(answer.json());
}

describe('every market route', () => {
  it('answers 304 while its state stands still, with a strong tag and a private cache', async () => {
    await each(async (address) => {
      const first = await eventually(
        () => app.get(address),
        ({ status }) => status === 200,
      );
      const tag = first.headers.get('etag') ?? '';
      expect([address, /^"[\w-]+"$/.test(tag)]).toEqual([address, true]);
      expect(first.headers.get('cache-control')).toMatch(/^private, (no-cache|max-age=\d+)$/);
      expect(first.headers.get('vary')).toMatch(/^Authorization, X-API-Key, Accept/);
      const again = await app.get(address, { 'if-none-match': tag });
      expect([address, again.status, again.text]).toEqual([address, 304, '']);
    });
  });

  it('has another tag once its state has changed', async () => {
    const address = '/market/quotes?symbols=AAA';
    const before = (await app.get(address)).headers.get('etag');
    source.quote('AAA', 102, { volume: 30, open: 99_000_000 });
    await eventually(
      async () => (await app.get(address)).headers.get('etag'),
      (tag) => tag !== before,
    );
  });

  it('refuses an unknown parameter, with the nearest known name', async () => {
    await each(async (address, { definition }) => {
      const known = Object.keys(definition?.query?.shape ?? {});
      const typo = known[0] === undefined ? 'limitt' : `${known[0]}x`;
      const sent = `${address}${address.includes('?') ? '&' : '?'}${typo}=1`;
      const { errors } = refusal(await app.get(sent), sent, 422);
      const fault = errors.find(({ code }) => code === 'parameter_unknown');
      expect([sent, fault?.path]).toEqual([sent, typo]);
      const near = nearest(typo, known);
      if (known.length > 0) expect(fault?.allowed).toEqual(near === null ? known : [near]);
    });
  });

  it('refuses a parameter that is given twice, and one that is empty where a number is due', async () => {
    await each(async (address, { definition }) => {
      for (const name of Object.keys(definition?.query?.shape ?? {})) {
        const twice = `${address.split('?')[0]}?${name}=1&${name}=2`;
        refusal(await app.get(twice), twice, 422);
      }
    });
    for (const number of ['', ' ', '0x5', '1e1', '5.5', '+5', 'NaN', 'Infinity', '5 ', '٥']) {
      const sent = `/market/movers?limit=${encodeURIComponent(number)}`;
      expect([sent, (await app.get(sent)).status]).toEqual([sent, 422]);
    }
  });

  it('answers JSON, CSV where it is declared, and 406 to whoever wants neither', async () => {
    await each(async (address, { definition }) => {
      const csv = await app.get(address, { accept: 'text/csv' });
      if (definition?.csv === undefined) expect(refusal(csv, address, 406).code).toBe('not_acceptable');
      else {
        expect([address, csv.status, csv.headers.get('content-type')]).toEqual([
          address,
          200,
          'text/csv; charset=utf-8',
        ]);
        expect(csv.text.split('\r\n')[0]).toBe(definition.csv.columns.join(','));
      }
      refusal(await app.get(address, { accept: 'application/xml' }), address, 406);
      const liked = await app.get(address, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
      expect([address, liked.status]).toEqual([address, 200]);
    });
  });

  it('keeps no symbol fresh that this market does not have', async () => {
    await each(async (address) => {
      expect([address, (await app.get(address)).status]).toEqual([address, 200]);
    });
    const wanted = sourcesAnswer.parse((await app.get('/market/sources')).json()).demand.symbols;
    expect(wanted).toBe(UNIVERSE.length);
  });
});

describe('bars', () => {
  it('as CSV carry the provenance and say that they are simulated', async () => {
    const csv = await app.get('/market/bars/AAA?interval=1d&limit=3', { accept: 'text/csv' });
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="bars-AAA-1d-SIMULATED.csv"');
    const [header = '', first = '', ...rest] = csv.text.trimEnd().split('\r\n');
    expect(rest).toHaveLength(2);
    const row = Object.fromEntries(header.split(',').map((name, i) => [name, first.split(',')[i]]));
    expect(row).toMatchObject({ symbol: 'AAA', market: 'hand:1', source: 'hand', kind: 'simulated', closed: 'true' });
    expect(Number(row['close'])).toBeGreaterThan(0);
  });

  it('may be kept for five minutes once they are of the past', async () => {
    const cacheOf = async (query: string) =>
      (await app.get(`/market/bars/AAA?interval=1d&${query}`)).headers.get('cache-control');
    expect(await cacheOf('to=2026-03-03&limit=5')).toBe('private, max-age=300');
    expect(await cacheOf('limit=5')).toBe('private, no-cache');
    expect(await cacheOf('to=2026-12-31&limit=5')).toBe('private, no-cache');
  });

  it.each([
    ['another symbol', 'BBB?interval=1d&limit=5'],
    ['another interval', 'AAA?interval=5m&limit=5'],
    ['another range', 'AAA?interval=1d&limit=5&from=2026-01-05'],
  ])('refuse a cursor of %s', async (_what, other) => {
    const page = (await app.get('/market/bars/AAA?interval=1d&limit=5')).json<{ nextCursor: string }>();
    const sent = `/market/bars/${other}&cursor=${page.nextCursor}`;
    expect(refusal(await app.get(sent), sent, 400).code).toBe('invalid_cursor');
    const good = await app.get(`/market/bars/AAA?interval=1d&limit=5&cursor=${page.nextCursor}`);
    expect(good.status).toBe(200);
  });
});

describe('crypto', () => {
  it('quotes coins against 24 hours before, and nothing of another class', async () => {
    const answer = cryptoQuotesAnswer.parse((await app.get('/crypto/quotes?symbols=btc-usd,AAA,NOSUCH')).json());
    expect(answer.items.map(({ symbol, reason }) => [symbol, reason])).toEqual([
      ['BTC-USD', null],
      ['AAA', 'wrong_class'],
      ['NOSUCH', 'unknown_symbol'],
    ]);
    expect(answer.items[0]?.quote).toMatchObject({ price: 100, change24hPct: 25, reasons: {}, kind: 'simulated' });
  });

  it('answers a span of minutes, whatever the interval', async () => {
    const read = async (query: string) => cryptoOhlcAnswer.parse((await app.get(`/crypto/ohlc?${query}`)).json()).items;
    const [coin, stock] = await read('symbols=BTC-USD,AAA&interval=5m&minutes=60');
    expect(coin?.bars).toHaveLength(12);
    expect(coin).toMatchObject({ reason: null, kind: 'simulated', source: 'hand' });
    expect(stock).toMatchObject({ bars: null, reason: 'wrong_class' });
    expect((await read('symbols=BTC-USD&interval=5m&minutes=15'))[0]?.bars).toHaveLength(3);
    for (const minutes of ['0', '10081', '1.5']) {
      expect((await app.get(`/crypto/ohlc?symbols=BTC-USD&minutes=${minutes}`)).status).toBe(422);
    }
  });
});

describe('correlation', () => {
  it('is taken over shared sessions and says how many', async () => {
    const read = await app.get('/market/correlation?symbols=AAA,BBB,BTC-USD,NOSUCH&bars=30');
    const answer = correlationAnswer.parse(read.json());
    expect(answer.matrix[0]?.[1]).toBeCloseTo(1, 6);
    expect(answer.matrix[0]?.[2]).toBeCloseTo(answer.matrix[2]?.[0] ?? NaN, 12);
    expect(answer.n[0]).toEqual([30, 30, 30, 0]);
    expect(answer.matrix.map((row) => row[3])).toEqual([null, null, null, null]);
    expect(answer.reasons).toEqual({ NOSUCH: 'unknown_symbol' });
    expect(answer).toMatchObject({ kind: 'simulated', market: 'hand:1' });
  });

  it('wants two symbols at least and 30 at most', async () => {
    const one = '/market/correlation?symbols=AAA';
    expect(refusal(await app.get(one), one, 422).errors[0]).toMatchObject({ path: 'symbols', code: 'out_of_range' });
    const many = `/market/correlation?symbols=${Array.from({ length: 31 }, (_, i) => `S${i}`).join(',')}`;
    expect(refusal(await app.get(many), many, 422)).toMatchObject({ limit: 30, actual: 31 });
  });
});

describe('sources', () => {
  it('tell the active adapter first and the others as off', async () => {
    const { adapters, active } = sourcesAnswer.parse((await app.get('/market/sources')).json());
    expect(adapters.map(({ id, state }) => [id, state])).toEqual([
      ['hand', 'ok'],
      ['yahoo', 'off'],
      ['simulated', 'off'],
      ['tape', 'off'],
    ]);
    expect(active).toMatchObject({ source: 'hand', chosenBy: 'configuration', reason: 'A test drives it.' });
  });
});

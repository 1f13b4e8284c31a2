import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS, problem } from '@ziggy/contracts';
import type { ProblemCode } from '@ziggy/contracts';
import { parseSymbol } from '@ziggy/domain';
import type { Bar, Instrument, Symbol } from '@ziggy/domain';
import { SourceError } from '@ziggy/market-sources';
import type { BarsQuery } from '@ziggy/market-sources';
import { CryptoModule } from '../src/crypto/crypto.module.ts';
import { NewsModule } from '../src/news/news.module.ts';
import { apiOperations } from '../src/platform/api-routes.ts';
import type { ApiOperation } from '../src/platform/api-routes.ts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { anInstrument, HandSource, handDriven } from './market-testing.ts';

/** Requests a route, all of them where nobody waits; `FUZZ_RUNS` asks for more or fewer, `FUZZ_SEED` for others. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? (process.env['CI'] === undefined ? 2_000 : 10_000));
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
/** Fewer than the pool has connections: what is asked here is whether an answer is right, not who waits for the database. */
const AT_ONCE = 8;
const NOW = Date.UTC(2026, 2, 4, 15, 30);

/** Notes every symbol that it is asked for. */
class WatchedSource extends HandSource {
  readonly asked = new Map<string, number>();

  override async bars(query: BarsQuery): Promise<Bar[]> {
    this.#note(query.symbol);
    return super.bars(query);
  }

  override async instrument(symbol: Symbol): Promise<Instrument | null> {
    this.#note(symbol);
    if (this.universe().every((one) => one.symbol !== symbol)) throw new SourceError('NotFound', 'unknown');
    return super.instrument(symbol);
  }

  #note(symbol: string): void {
    this.asked.set(symbol, (this.asked.get(symbol) ?? 0) + 1);
  }
}

/** mulberry32: the same seed, the same requests. */
function randomOf(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SYMBOLS = ['AAA', 'BBB', 'BTC-USD', 'aaa', ' bbb ', 'NOSUCH', '^GSPC', 'M&M.NS', 'EURUSD=X'];
const ODD = [
  ...['', ' ', '..', '../../etc/passwd', 'A..B', 'A/B', 'A\\B', '%00', '\u0000', 'é', '💥', '\ud800', 'x'.repeat(33)],
  ...[
    'x'.repeat(2_000),
    ',,,',
    ',',
    'AAA,',
    '-1',
    '0',
    '1',
    '2',
    '5',
    '20',
    '5000',
    '5001',
    '1e999',
    'NaN',
    '0x1',
    '1.5',
  ],
  ...['Infinity', '-0', '9007199254740993', 'true', 'null', 'undefined', '[]', '{}', '__proto__', 'constructor'],
  ...["' OR 1=1 --", '"; DROP TABLE bar; --', '<script>alert(1)</script>', '${7*7}', '{{7*7}}', '=1+1', '@SUM(A1)'],
  ...[
    '2026-02-30',
    'banana',
    '2026-03-04',
    '2026-03-04T15:00:00Z',
    '1999-12-31',
    '2051-01-01',
    '0000-00-00',
    '275760-09-13',
  ],
  ...['1m', '5m', '1d', '2m', 'gainers', 'losers', 'all', 'sector', 'tracked', 'actions', 'brain', 'equity', 'bond'],
  ...[
    'sma(20)',
    'sma(0)',
    'macd(12,26,9)',
    'sma(20',
    'sma(1,2,3,4)',
    'vwap',
    'splits',
    'total',
    'none',
    'XNYS',
    '24x7',
  ],
];
const NAMES = ['symbols', 'symbol', 'limit', 'cursor', 'from', 'to', 'interval', '__proto__', 'a[b]', 'a.b', 'ä', ''];
const ACCEPTS = [
  'application/json',
  'text/csv',
  '*/*',
  'text/html',
  'application/xml',
  'x',
  ';;q=9',
  'text/csv;q=0.5, */*;q=0.1',
];
const BODIES = [
  ...['', '{', 'null', '[]', '"x"', '1e999', '{"name":1}', '{"name":"x","name":"y"}', '{"name":"x","sections":{}}'],
  ...['{"name":"x","sections":[{"title":"","symbols":["../x"]}]}', '{"name":"x","sections":[null]}'],
  ...['{"name":"x"}', '{"name":"ok","sections":[{"title":"t","symbols":["AAA"]}]}', '{"__proto__":{"a":1},"name":"x"}'],
  ...[`{"name":"x","sections":${'['.repeat(50)}${']'.repeat(50)}}`, '{"name":"x","sections":[],"version":1}'],
  ...['{"name":"a\\u0000b"}', '{"name":"\\ud800"}', '{"name":"x","sections":[{"title":"\\udfff","symbols":[]}]}'],
  ...['{"name":"<script>","sections":[{"title":"=1+1","symbols":["\\u0000"]}]}'],
];

const source = new WatchedSource(NOW, [
  anInstrument('AAA'),
  anInstrument('BBB'),
  anInstrument('BTC-USD', { assetClass: 'crypto', calendar: '24x7' }),
]);
let app: TestApp;
let documented: Map<string, ReadonlySet<number>>;
const routes: ApiOperation[] = [];
beforeAll(async () => {
  app = await startApp({ features: [...handDriven(source), CryptoModule, NewsModule], env: { LOG_LEVEL: 'error' } });
  for (const symbol of ['AAA', 'BBB', 'BTC-USD']) source.quote(symbol, 100, { volume: 5 });
  const all = apiOperations(app.app);
  routes.push(...all.filter(({ definition }) => ['market', 'crypto', 'news'].includes(definition?.tag ?? '')));
  const document = (await app.get('/openapi.json')).json<{
    paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
  }>();
  documented = new Map(
    Object.values(document.paths)
      .flatMap((item) => Object.values(item))
      .map(({ operationId, responses }) => [operationId, new Set(Object.keys(responses).map(Number))]),
  );
});
afterAll(() => app.close());

interface Shot {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload?: string;
}

function shotAt({ method, path, definition }: ApiOperation, random: () => number): Shot {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const value = (): string => (random() < 0.4 ? pick(SYMBOLS) : pick(ODD));
  const list = (): string => Array.from({ length: 1 + Math.floor(random() * 4) }, value).join(',');
  const known = Object.keys(definition?.query?.shape ?? {});
  const query: string[] = [];
  for (const name of known) if (random() < 0.5) query.push(`${name}=${encoded(random() < 0.6 ? value() : list())}`);
  if (random() < 0.1) query.push(`${encoded(pick(NAMES))}=${encoded(value())}`);
  if (random() < 0.05) query.push(...query.slice(0, 1));
  const filled = path.replace(/:(\w+)/g, () => encoded(value()) || 'x');
  const headers: Record<string, string> = {};
  if (random() < 0.2) headers['accept'] = pick(ACCEPTS);
  if (random() < 0.1) headers['if-none-match'] = pick(['*', '"x"', 'W/"y"', ',,']);
  if (method === 'GET') return { method, url: `${filled}?${query.join('&')}`, headers };
  if (random() < 0.2) headers['idempotency-key'] = pick(['abcdefgh', 'x', 'key_key_key', 'y'.repeat(65)]);
  if (random() < 0.9) headers['content-type'] = 'application/json';
  return { method, url: `${filled}?${query.join('&')}`, headers, payload: pick(BODIES) };
}

/** Percent-encoded, whatever it is; half a surrogate cannot be written as UTF-8 and becomes a byte that is none. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ff';
  }
}

/** What the edge may answer before a route is reached, whatever the route says: an unreadable or another path. */
const EDGE = new Set<ProblemCode>(['route_not_found', 'method_not_allowed', 'malformed_request', 'uri_too_long']);

async function fire(route: ApiOperation, shot: Shot): Promise<string | null> {
  const headers = { ...shot.headers, ...(await app.speaker.credentials()) };
  const answer = await app.app
    .getHttpAdapter()
    .getInstance()
    .inject({ ...shot, headers } as never);
  const status = answer.statusCode;
  const allowed = documented.get(route.definition?.operationId ?? '') as ReadonlySet<number>;
  if (status < 400) return allowed.has(status) || status === 304 ? null : `undocumented ${status}`;
  const told = problem.safeParse(JSON.parse(answer.body));
  if (!told.success) return `no problem: ${answer.body.slice(0, 200)}`;
  const code = told.data.code as ProblemCode;
  if (PROBLEMS[code].status !== status || status >= 500) return `${status} ${code}: ${told.data.detail}`;
  return allowed.has(status) || EDGE.has(code) ? null : `undocumented ${status} ${code}`;
}

const handles = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout' || kind === 'TCPSocketWrap').length;

describe('random requests', () => {
  it(`end with a documented code and never with a 500, ${RUNS} a route`, async () => {
    const before = handles();
    const wrong: string[] = [];
    for (const route of routes) {
      const random = randomOf(
        SEED + [...(route.definition?.operationId ?? '')].reduce((sum, c) => sum + c.charCodeAt(0), 0),
      );
      let left = RUNS;
      const shoot = async (): Promise<void> => {
        while (left-- > 0) {
          const shot = shotAt(route, random);
          const fault = await fire(route, shot);
          if (fault !== null && wrong.length < 20) wrong.push(`${shot.method} ${shot.url.slice(0, 300)} -> ${fault}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, shoot));
    }
    expect(wrong).toEqual([]);
    await eventually(handles, (count) => count <= before + 2, 10_000);
  }, 600_000);

  it('never brought a malformed symbol to the source, and an unknown one once', () => {
    const asked = [...source.asked.keys()];
    expect(asked.filter((symbol) => parseSymbol(symbol) !== symbol)).toEqual([]);
    expect(asked).toContain('NOSUCH');
    expect(source.asked.get('NOSUCH')).toBe(1);
  });
});

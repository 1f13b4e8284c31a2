import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import type { SourceErrorCode } from '../port.ts';
import { FAKE_COOKIE, FAKE_CRUMB, hanging, invalidCrumb, json, page } from '../testing/fake-yahoo.ts';
import type { FakeAnswer } from '../testing/fake-yahoo.ts';
import { blockNetwork } from '../testing/no-network.ts';
import { YahooWorld } from '../testing/yahoo-world.ts';
import { YahooCalls } from './calls.ts';
import { YahooClient } from './client.ts';
import type { ChartInterval } from './client.ts';
import { ANSWER_MS, YahooFetch } from './fetch.ts';
import { Redaction } from './redaction.ts';
import { TokenBucket } from './token-bucket.ts';

const CHART = '/v8/finance/chart/';
const QUOTE = '/v7/finance/quote?';
const CRUMB = '/getcrumb';

let unblock: () => void;
let world: YahooWorld;
const printed: string[] = [];
const { error: print, log: logged } = console;

beforeAll(() => {
  unblock = blockNetwork();
});
afterAll(() => unblock());
beforeEach(() => {
  printed.length = 0;
  console.error = (...values: unknown[]) => printed.push(values.map(String).join(' '));
  // The library's schema check prints there when it meets no object at all.
  console.log = () => undefined;
  world = new YahooWorld();
});
afterEach(async () => {
  await world.end();
  console.error = print;
  console.log = logged;
});

/** A body that ends, or breaks off, after some chunks. */
function streamed(chunks: number, size: number, end: 'close' | 'break' | 'hang'): Response {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(control) {
      if (sent < chunks) {
        sent += 1;
        control.enqueue(new Uint8Array(size).fill(32));
      } else if (end === 'close') control.close();
      else if (end === 'break') control.error(new TypeError('terminated'));
      else return new Promise<void>(() => undefined);
      return undefined;
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

const chartError =
  (error: unknown, status: number): FakeAnswer =>
  () =>
    json({ chart: { result: null, error } }, status);

describe('a data request that goes wrong', () => {
  const cases: [what: string, answer: FakeAnswer, code: SourceErrorCode, requests: number][] = [
    ['429', () => json({}, 429), 'RateLimited', 1],
    ['429 that is a page', () => new Response('Too Many Requests', { status: 429 }), 'RateLimited', 1],
    ['403', () => new Response('Forbidden', { status: 403 }), 'RateLimited', 1],
    [
      '404',
      chartError({ code: 'Not Found', description: 'No data found, symbol may be delisted' }, 404),
      'NotFound',
      1,
    ],
    ['400', chartError({ code: 'Bad Request', description: 'Invalid input - interval=7m' }, 400), 'BadRequest', 1],
    [
      '422 without a known name',
      chartError({ code: 'Unprocessable Entity', description: 'No.' }, 422),
      'BadRequest',
      1,
    ],
    ['a null result', chartError(null, 200), 'UpstreamShape', 1],
    ['an error without a code', chartError({ description: 'something' }, 200), 'UpstreamShape', 1],
    ['a page with status 200', () => new Response('<html>Yahoo</html>'), 'UpstreamShape', 1],
    ['an empty body', () => new Response(''), 'UpstreamShape', 1],
    ['503', () => json({}, 503), 'UpstreamDown', 2],
    ['500 that is a page', () => new Response('<html>oops</html>', { status: 500 }), 'UpstreamDown', 2],
    ['a refused connection', () => Promise.reject(new TypeError('fetch failed')), 'UpstreamDown', 2],
    ['a hang before the headers', ({ signal }) => hanging(signal), 'Timeout', 2],
    ['a hang inside the body', () => streamed(1, 10, 'hang'), 'Timeout', 2],
    ['a cut body', () => streamed(2, 10, 'break'), 'UpstreamDown', 2],
    ['a body of 11 MB', () => streamed(11, 1_024 * 1_024, 'close'), 'UpstreamShape', 1],
    [
      'a body that announces 11 MB',
      () => new Response('{}', { headers: { 'content-length': '11534336' } }),
      'UpstreamShape',
      1,
    ],
    [
      'a foreign redirect',
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example/chart' } }),
      'UpstreamShape',
      1,
    ],
    [
      'a redirect to plain http',
      () => new Response(null, { status: 302, headers: { location: 'http://query1.finance.yahoo.com/x' } }),
      'UpstreamShape',
      1,
    ],
    [
      'redirects without end',
      () => new Response(null, { status: 302, headers: { location: '/again/v8/finance/chart/' } }),
      'UpstreamShape',
      6,
    ],
    [
      'wrong types everywhere',
      () => json({ chart: { result: [{ meta: 7, timestamp: 'x', indicators: [] }], error: null } }),
      'Drift',
      1,
    ],
    [
      'a head without anything',
      () => json({ chart: { result: [{ indicators: { quote: [{}] } }], error: null } }),
      'Drift',
      1,
    ],
  ];
  it.each(cases)('%s', async (_, answer, code, requests) => {
    world.yahoo.answer(CHART, answer);
    const error = await world.failure(world.bars('ZZA', '1d', Date.UTC(2026, 1, 2), Date.UTC(2026, 2, 3)));
    expect(error.code).toBe(code);
    expect(world.yahoo.asked.length).toBe(requests);
    expect(world.yahoo.asked.join()).not.toContain('evil');
    expect(error.message).not.toMatch(/https?:/);
  });

  it('keeps its deadline of 8 s over headers and body, twice', async () => {
    world.yahoo.answer(CHART, () => streamed(1, 10, 'hang'));
    const end = await world.run(world.days());
    expect(end.tookMs).toBeGreaterThanOrEqual(2 * ANSWER_MS + 250);
    expect(end.tookMs).toBeLessThanOrEqual(2 * ANSWER_MS + 1_100);
  });

  it('a body of 11 MB, or one without end, is left at 10 MB', async () => {
    world.yahoo.answer(CHART, () => streamed(11, 1_024 * 1_024, 'close'), 1);
    world.yahoo.answer(CHART, () => streamed(Infinity, 1_024 * 1_024, 'close'), 1);
    for (const symbol of ['ZZA', 'ZZB'])
      expect(await world.failure(world.days(symbol))).toMatchObject({ code: 'UpstreamShape' });
    expect(world.records.map((record) => record.failure)).toEqual(['too_large', 'too_large']);
  });

  it('is asked again after a passing fault, and then answers', async () => {
    world.yahoo.answer(CHART, () => json({}, 502), 1);
    expect((await world.value(world.days())).length).toBeGreaterThan(15);
    expect(world.source.health().state).toBe('ok');
  });

  it('frees its place: after four hangs the next call goes through', async () => {
    world.yahoo.answer(CHART, ({ signal }) => hanging(signal), 4);
    const calls = ['ZZA', 'ZZB'].map((symbol) => world.failure(world.days(symbol)));
    await Promise.all(calls);
    expect((await world.value(world.days('ZZC'))).length).toBeGreaterThan(15);
  });
});

describe('the session (cookie and crumb)', () => {
  const instrument = () => world.source.instrument('ZZA' as Symbol, world.context());

  it('is fetched once for many calls', async () => {
    const found = await Promise.all(
      ['ZZA', 'ZZB', 'ZZC'].map((symbol) => world.value(world.source.instrument(symbol as Symbol, world.context()))),
    );
    expect(found.map((one) => one?.symbol)).toEqual(['ZZA', 'ZZB', 'ZZC']);
    expect(world.yahoo.count(CRUMB)).toBe(1);
    expect(world.yahoo.count('https://finance.yahoo.com/')).toBe(1);
  });

  it('an expired crumb is renewed once and the call succeeds', async () => {
    await world.value(instrument());
    world.yahoo.crumb = 'neW.Crumb2';
    expect(await world.value(world.source.instrument('ZZB' as Symbol, world.context()))).toMatchObject({
      symbol: 'ZZB',
    });
    expect(world.yahoo.count(CRUMB)).toBe(2);
  });

  it('401 for ever: one renewal, then the breaker, and charts still answer', async () => {
    world.yahoo.answer(QUOTE, invalidCrumb);
    const log = world.watch(['ZZA']);
    await world.time.until(() => world.source.health().breaker.state === 'open', 10_000);
    expect(world.yahoo.count(QUOTE)).toBe(2);
    expect(world.yahoo.count(CRUMB)).toBe(2);
    expect(world.source.health()).toMatchObject({ state: 'degraded', lastError: { code: 'CrumbExpired' } });
    expect((await world.value(world.days())).length).toBeGreaterThan(15);
    log.stop();
  });

  const refusals: [string, string, FakeAnswer][] = [
    ['429', CRUMB, () => new Response('', { status: 429 })],
    ['text instead of a crumb', CRUMB, () => new Response('Too Many Requests')],
    ['a page instead of a crumb', CRUMB, () => new Response('<html></html>')],
    ['an empty crumb', CRUMB, () => new Response('')],
    ['a crumb that is too long', CRUMB, () => new Response('x'.repeat(33))],
    ['no cookie', 'finance.yahoo.com/quote/', () => new Response('<html></html>')],
    ['401 while fetching it', CRUMB, () => new Response('', { status: 401 })],
  ];
  it.each(refusals)('%s: RateLimited, breaker, charts in place of quotes', async (_, part, answer) => {
    world.yahoo.answer(part, answer);
    const log = world.watch(['ZZA', 'ZZB']);
    await world.time.until(() => log.quotes.length >= 2, 20_000);
    expect(world.source.health()).toMatchObject({ state: 'degraded', lastError: { code: 'RateLimited' } });
    expect(world.yahoo.count(QUOTE)).toBe(0);
    expect(world.yahoo.count(CRUMB)).toBeLessThanOrEqual(1);
    expect(log.of('ZZA' as Symbol)[0]).toMatchObject({ kind: 'delayed', delayMinutes: null, bid: null });

    // The breaker ends with one chart, then quotes are tried again.
    world.yahoo.heal();
    await world.time.until(() => world.yahoo.count(QUOTE) > 0, 120_000);
    await world.time.until(() => log.of('ZZA' as Symbol).at(-1)?.kind === 'live', 20_000);
    expect(world.source.health().breaker.state).toBe('closed');
    log.stop();
  });

  it('is had through the consent pages of the EU, every hop on a host of Yahoo', async () => {
    const session = 'https://consent.yahoo.com/v2/collectConsent?sessionId=3_cc';
    const done = 'https://finance.yahoo.com/quote/AAPL?guccounter=1';
    const hop = (location: string) => () =>
      new Response(null, {
        status: 302,
        headers: { location, 'set-cookie': 'GUCS=step; Domain=.yahoo.com; Path=/; Secure' },
      });
    const posted: string[] = [];
    world.yahoo.answer(done, () => page());
    world.yahoo.answer('finance.yahoo.com/quote/', hop('https://guce.yahoo.com/consent?brandType=eu'));
    world.yahoo.answer('guce.yahoo.com/consent', hop(session));
    world.yahoo.answer('guce.yahoo.com/copyConsent', hop(done));
    world.yahoo.answer('collectConsent', ({ init }) => {
      if (init.method !== 'POST')
        return new Response('<form><input type="hidden" name="csrfToken" value="a&#x26;b"></form>');
      posted.push(String(init.body));
      return hop('https://guce.yahoo.com/copyConsent?sessionId=3_cc')();
    });
    expect(await world.value(instrument())).toMatchObject({ symbol: 'ZZA', sector: expect.any(String) });
    expect(posted).toEqual(['csrfToken=a%26b&agree=agree&agree=agree']);
    expect(world.yahoo.asked.slice(0, 7).map((address) => new URL(address).host + new URL(address).pathname)).toEqual([
      'finance.yahoo.com/quote/AAPL',
      'guce.yahoo.com/consent',
      'consent.yahoo.com/v2/collectConsent',
      'consent.yahoo.com/v2/collectConsent',
      'guce.yahoo.com/copyConsent',
      'finance.yahoo.com/quote/AAPL',
      'query1.finance.yahoo.com/v1/test/getcrumb',
    ]);
    expect(world.source.health().state).toBe('ok');
  });

  it('503 while fetching it is a failing upstream, not a refusal', async () => {
    world.yahoo.answer(CRUMB, () => new Response('', { status: 503 }));
    expect(await world.failure(instrument())).toMatchObject({ code: 'UpstreamDown' });
  });

  it('never follows a consent detour to a host that only looks like it', async () => {
    world.yahoo.answer('finance.yahoo.com/quote/', () => {
      return new Response(null, { status: 302, headers: { location: 'https://guce.yahoo.com.evil.example/consent' } });
    });
    // The chart knows the instrument too, and needs no session.
    expect(await world.value(instrument())).toMatchObject({ symbol: 'ZZA', sector: null });
    expect(world.source.health().lastError).toMatchObject({ code: 'UpstreamShape' });
    expect(world.yahoo.asked.join()).not.toContain('evil');
  });

  it('a cookie of a foreign domain is dropped without a sound', async () => {
    const rejected: unknown[] = [];
    const listen = (reason: unknown): number => rejected.push(reason);
    process.on('unhandledRejection', listen);
    world.yahoo.answer(
      CHART,
      () => json({ chart: { result: [], error: null } }, 200, { 'set-cookie': 'x=1; Domain=evil.example' }),
      1,
    );
    await world.run(world.days());
    await world.time.advance(10);
    process.off('unhandledRejection', listen);
    expect(rejected).toEqual([]);
  });

  it('one caller that gives up does not take the session from another', async () => {
    const control = new AbortController();
    world.yahoo.answer(
      'finance.yahoo.com/quote/',
      () => (world.time.now() > 0 ? new Promise((resolve) => world.time.set(() => resolve(page()), 500)) : null),
      1,
    );
    const first = world.source.instrument('ZZA' as Symbol, { ...world.context(), signal: control.signal });
    const second = world.source.instrument('ZZB' as Symbol, world.context());
    const ends = Promise.all([world.run(first), world.run(second)]);
    world.time.set(() => control.abort(), 200);
    expect(await ends).toMatchObject([
      { ok: false, error: { code: 'Cancelled' } },
      { ok: true, value: { symbol: 'ZZB' } },
    ]);
    expect(world.yahoo.count(CRUMB)).toBe(1);
    expect(world.yahoo.count('https://finance.yahoo.com/')).toBe(1);
  });
});

describe('breakers', () => {
  it('a 429 stops everything for a minute, then one chart goes first', async () => {
    world.yahoo.answer(CHART, () => json({}, 429), 1);
    expect(await world.failure(world.days())).toMatchObject({ code: 'RateLimited', retryable: true });
    const asked = world.yahoo.asked.length;
    const blocked = await world.failure(world.days('ZZB'));
    expect(blocked).toMatchObject({ code: 'RateLimited', retryAfterMs: expect.any(Number) });
    expect(await world.failure(world.source.search({ text: 'zz', limit: 5 }, world.context()))).toMatchObject({
      code: 'RateLimited',
    });
    expect(world.yahoo.asked.length).toBe(asked);
    expect(world.source.health()).toMatchObject({ state: 'down', breaker: { state: 'open' } });
    await world.time.advance(60_000);
    expect(world.source.health().breaker.state).toBe('half_open');
    expect((await world.value(world.days('ZZB'))).length).toBeGreaterThan(15);
    expect(world.source.health()).toMatchObject({ state: 'ok', breaker: { state: 'closed' } });
  });

  it('honours a longer Retry-After', async () => {
    world.yahoo.answer(CHART, () => json({}, 429, { 'retry-after': '600' }), 1);
    await world.failure(world.days());
    expect((world.source.health().breaker.until ?? 0) - world.time.now()).toBe(600_000);
  });

  it('believes a Retry-After of six hours at most', async () => {
    world.yahoo.answer(CHART, () => json({}, 429, { 'retry-after': '99999999999999999999' }), 1);
    await world.failure(world.days());
    expect((world.source.health().breaker.until ?? 0) - world.time.now()).toBe(6 * 3_600_000);
  });

  it('five failures in a row rest the endpoint alone for half a minute, then one call goes first', async () => {
    world.yahoo.answer(CHART, () => json({}, 503));
    for (const symbol of ['ZZA', 'ZZB', 'ZZC'])
      expect(await world.failure(world.days(symbol))).toMatchObject({ code: 'UpstreamDown' });
    expect(world.yahoo.count(CHART)).toBe(5);
    const { code, retryAfterMs } = await world.failure(world.days('ZZD'));
    expect([code, Math.ceil((retryAfterMs ?? 0) / 1_000)]).toEqual(['UpstreamDown', 30]);
    expect(world.yahoo.count(CHART)).toBe(5);
    const search = world.source.search({ text: 'zz', limit: 5 }, world.context());
    expect((await world.value(search)).length).toBeGreaterThan(0);
    await world.time.advance(30_000);
    expect(await world.failure(world.days('ZZD'))).toMatchObject({ code: 'UpstreamDown' });
    expect(world.yahoo.count(CHART)).toBe(6);
    world.yahoo.heal();
    await world.time.advance(30_000);
    expect((await world.value(world.days('ZZD'))).length).toBeGreaterThan(15);
    expect(world.source.health()).toMatchObject({ state: 'ok', breaker: { state: 'closed' } });
  });

  it('half of the last twenty rest the endpoint, however they are mixed', async () => {
    let asked = 0;
    world.yahoo.answer(CHART, () => (asked++ % 2 === 0 ? null : json({}, 503)));
    const month = (n: number) => world.bars('ZZA', '1d', Date.UTC(2024, n, 2), Date.UTC(2024, n, 28));
    // Every second answer is a failure, and asked again: the twentieth is the tenth of them.
    let calls = 0;
    let end = await world.run(month(calls));
    while (end.ok && calls < 20) end = await world.run(month(++calls));
    expect(end).toMatchObject({ ok: false, error: { code: 'UpstreamDown' } });
    expect(world.yahoo.count(CHART)).toBe(20);
    expect(world.source.health()).toMatchObject({ state: 'down', breaker: { state: 'open' } });
  });

  it('three answers of the wrong shape rest the endpoint for half a minute', async () => {
    world.yahoo.answer(CHART, () => new Response('<html></html>'));
    for (const symbol of ['ZZA', 'ZZB', 'ZZC']) await world.failure(world.days(symbol));
    const asked = world.yahoo.asked.length;
    await world.failure(world.days('ZZD'));
    expect(world.yahoo.asked.length).toBe(asked);
    world.yahoo.heal();
    await world.time.advance(30_000);
    expect((await world.value(world.days('ZZD'))).length).toBeGreaterThan(15);
    expect(world.source.health().state).toBe('ok');
  });

  it('an unknown symbol is asked once an hour', async () => {
    expect(await world.failure(world.days('NOSUCH'))).toMatchObject({ code: 'NotFound', upstreamStatus: 404 });
    expect(await world.failure(world.days('NOSUCH'))).toMatchObject({ code: 'NotFound' });
    expect(world.yahoo.count('NOSUCH')).toBe(1);
    await world.time.advance(3_600_000);
    await world.failure(world.days('NOSUCH'));
    expect(world.yahoo.count('NOSUCH')).toBe(2);
  });
});

describe('a call that the library refuses to make', () => {
  it('is a defect of ours, not a failure of Yahoo, and costs no breaker', async () => {
    const redaction = new Redaction();
    const bucket = new TokenBucket(world.time, world.time);
    const deps = { wallClock: world.time, timers: world.time, bucket };
    const fetch = new YahooFetch({ ...deps, fetch: world.yahoo.fetch, redaction });
    const client = new YahooClient({ fetch, redaction, logger: { warn: () => undefined }, queueIntervalMs: 0 });
    const calls = new YahooCalls({ ...deps, random: () => 0.5, clearCrumb: () => client.clearCrumb() });
    const question = { symbol: 'ZZA', from: 0, to: 1, extended: false, interval: '7m' as ChartInterval };
    for (let i = 0; i < 6; i++) {
      const end = await world.run(calls.run('chart', world.context(), (call) => client.chart(question, call)));
      expect(end).toMatchObject({ ok: false, error: { name: 'Error', cause: { name: 'InvalidOptionsError' } } });
    }
    expect(world.yahoo.asked).toEqual([]);
    expect(calls.health(null)).toMatchObject({ state: 'ok', lastError: null });
    calls.close();
  });
});

describe('secrets', () => {
  it('no crumb and no cookie reaches the console, the records, the wire tape or an error', async () => {
    await world.value(world.source.instrument('ZZA' as Symbol, world.context()));
    world.yahoo.answer(QUOTE, () => json({}, 503));
    const log = world.watch(['ZZA']);
    await world.time.until(() => printed.length > 0, 20_000);
    log.stop();
    console.error('dump', { headers: { cookie: `A3=${FAKE_COOKIE}` } }, new Error(`at ?crumb=${FAKE_CRUMB}`));
    const told = JSON.stringify([printed, world.records, world.tape, world.source.health()]);
    expect(printed.join()).toContain('crumb=[redacted]');
    expect(told).not.toContain(FAKE_CRUMB);
    expect(told).not.toContain(FAKE_COOKIE);
    expect(told).not.toContain(encodeURIComponent(FAKE_COOKIE));
    expect(world.records.map((record) => record.path)).toContain('/v1/test/getcrumb');
    expect(world.tape.map((line) => line.key).join()).not.toContain('getcrumb');
  });

  it('leaves console.error as it was once the source is closed', async () => {
    const other = new YahooWorld();
    await other.end();
    expect(console.error).not.toBe(print);
    await world.end();
    console.error(`crumb=${FAKE_CRUMB}`);
    expect(printed.at(-1)).toContain(FAKE_CRUMB);
  });
});

describe('drift', () => {
  it('keeps the rows of a quote answer that our own checks accept, and reports the rest', async () => {
    world.yahoo.answer(QUOTE, ({ url }) => {
      const time = world.time.now() / 1_000;
      const good = {
        symbol: 'ZZA',
        regularMarketPrice: 10.5,
        regularMarketTime: time,
        exchange: 'NMS',
        marketState: 'REGULAR',
      };
      const bad = { symbol: 'ZZB', regularMarketPrice: 'ten', regularMarketTime: time };
      const stranger = { ...good, symbol: 'EVIL' };
      return url.searchParams.has('crumb')
        ? json({ quoteResponse: { result: [good, bad, stranger], error: null } })
        : invalidCrumb();
    });
    const log = world.watch(['ZZA', 'ZZB']);
    await world.time.until(() => log.quotes.length > 0, 5_000);
    log.stop();
    expect(log.quotes).toMatchObject([
      { symbol: 'ZZA', price: 10_500_000, high: null, kind: 'delayed', delayMinutes: null },
    ]);
    expect(world.drifts[0]).toMatchObject({ endpoint: 'quote', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(world.drifts[0]!.paths.length).toBeGreaterThan(0);
    expect(world.source.health().drift).toBeGreaterThan(0);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTime } from '../testing/virtual-time.ts';
import { classify, driftOf } from './errors.ts';
import { Redaction } from './redaction.ts';
import { TokenBucket } from './token-bucket.ts';
import { isAllowed, phaseOf, retryAfterMs, WireFailure, wireKey } from './wire.ts';
import type { WireOutcome } from './wire.ts';

describe('hosts', () => {
  it.each([
    ['https://finance.yahoo.com/quote/AAPL', 'page'],
    ['https://query1.finance.yahoo.com/v1/test/getcrumb', 'crumb'],
    ['https://query2.finance.yahoo.com/v8/finance/chart/SPY', 'data'],
    ['https://guce.yahoo.com/consent', 'consent'],
    ['https://consent.yahoo.com/v2/collectConsent', 'consent'],
    ['https://de.consent.yahoo.com/x', 'consent'],
  ])('%s may be asked: %s', (address, phase) => {
    expect(isAllowed(new URL(address))).toBe(true);
    expect(phaseOf(new URL(address))).toBe(phase);
  });

  it.each([
    'http://finance.yahoo.com/',
    'https://finance.yahoo.com:8443/',
    'https://user:pass@finance.yahoo.com/',
    'https://yahoo.com/',
    'https://query3.finance.yahoo.com/',
    'https://evilfinance.yahoo.com/',
    'https://finance.yahoo.com.evil.example/',
    'https://evil.example/guce.yahoo.com',
    'https://guce.yahoo.com.evil.example/',
    'https://evilguce.yahoo.com/',
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
  ])('%s may not', (address) => {
    expect(isAllowed(new URL(address))).toBe(false);
  });

  it('only ever hosts under yahoo.com pass (property)', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['https', 'http'], withQueryParameters: true }), (address) => {
        const url = new URL(address);
        return !isAllowed(url) || url.hostname.endsWith('.yahoo.com');
      }),
    );
  });
});

it('names a request without crumb and with its day', () => {
  const url = new URL(
    'https://QUERY2.finance.yahoo.com/v8/finance/chart/A?period2=99&period1=86500&crumb=x&interval=1d',
  );
  expect(wireKey('get', url)).toBe('GET query2.finance.yahoo.com/v8/finance/chart/A?interval=1d&period1=86400');
});

it('reads Retry-After as seconds or as a date', () => {
  expect(retryAfterMs('120', 0)).toBe(120_000);
  expect(retryAfterMs('Thu, 01 Jan 1970 00:02:00 GMT', 60_000)).toBe(60_000);
  expect(retryAfterMs('soon', 0)).toBeNull();
  expect(retryAfterMs(null, 0)).toBeNull();
});

describe('the error table', () => {
  const wire = (status: number | null, more: Partial<WireOutcome> = {}): WireOutcome[] => [
    { phase: 'data', status, failure: null, retryAfterMs: null, ...more },
  ];
  const error = (name: string, message: string): Error => Object.assign(new Error(message), { name });

  it.each([
    ['429', error('HTTPError', 'x'), wire(429), 'RateLimited', false],
    [
      '429 in the crumb flow',
      new Error('Failed to get crumb, status 429, statusText: '),
      wire(429, { phase: 'crumb' }),
      'RateLimited',
      true,
    ],
    [
      'the same, fetched by another call',
      new Error('Failed to get crumb, status 429, statusText: '),
      [],
      'RateLimited',
      true,
    ],
    [
      'no cookie',
      new Error("No set-cookie header present in Yahoo's response."),
      wire(200, { phase: 'page' }),
      'RateLimited',
      true,
    ],
    [
      'no cookie from a failing page',
      new Error('No set-cookie header present'),
      wire(503, { phase: 'page' }),
      'UpstreamDown',
      false,
    ],
    ['no crumb', new Error('Could not find crumb.'), [], 'RateLimited', true],
    ['401', new Error('Invalid Crumb'), wire(401), 'CrumbExpired', false],
    ['404', new Error('No data found, symbol may be delisted'), wire(404), 'NotFound', false],
    ['400', error('BadRequestError', 'x'), wire(400), 'BadRequest', false],
    ['null result', new TypeError("Cannot read properties of null (reading '0')"), wire(200), 'UpstreamShape', false],
    ['page', new Error('Response.ok where we expect JSON, but …'), wire(200), 'UpstreamShape', false],
    ['502', error('HTTPError', 'x'), wire(502), 'UpstreamDown', false],
    ['connection', new TypeError('fetch failed'), [], 'UpstreamDown', false],
    ['our deadline', new WireFailure('timeout', 'data', 'x'), wire(null, { failure: 'timeout' }), 'Timeout', false],
    ['cancelled', new WireFailure('cancelled', 'data', 'x'), [], 'Cancelled', false],
    ['schema', error('FailedYahooValidationError', 'x'), wire(200), 'Drift', false],
  ] as const)('%s', (_, thrown, outcomes, code, refused) => {
    const { error: named, crumbRefused } = classify(thrown, outcomes);
    expect([named.code, crumbRefused]).toEqual([code, refused]);
  });

  it('never throws, whatever was thrown (property)', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(classify(thrown, []).error.name).toBe('SourceError');
        expect(driftOf(thrown)).toBeNull();
      }),
    );
  });
});

describe('the budget', () => {
  it('gives a burst of four, then one a second, and keeps a share for people', async () => {
    const time = new VirtualTime(0);
    const bucket = new TokenBucket(time, time);
    const { signal } = new AbortController();
    const got: string[] = [];
    for (let i = 0; i < 200; i++) void bucket.take('poll', signal).then(() => got.push('poll'));
    await time.advance(0);
    expect(got.length).toBe(3);
    await time.advance(60_010);
    expect(got.length).toBe(3 + 42);
    expect(bucket.available()).toBe(1);
    void bucket.take('interactive', signal).then(() => got.push('person'));
    await time.advance(1);
    expect(got.at(-1)).toBe('person');
  });

  it('never exceeds rate and burst, and serves everyone (property)', async () => {
    const arrivals = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 20_000 }),
        fc.constantFrom('poll' as const, 'interactive' as const, 'backfill' as const),
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (asks) => {
        const time = new VirtualTime(0);
        const bucket = new TokenBucket(time, time);
        const given: number[] = [];
        for (const [at, priority] of asks) {
          time.set(
            () => void bucket.take(priority, new AbortController().signal).then(() => given.push(time.now())),
            at,
          );
        }
        await time.advance(250_000);
        expect(given.length).toBe(asks.length);
        for (const [i, at] of given.entries()) {
          const later = given.slice(i).findIndex((other) => other - at > 10_000);
          const inTenSeconds = later === -1 ? given.length - i : later;
          expect(inTenSeconds).toBeLessThanOrEqual(4 + 10 + 1);
        }
        expect(time.pending()).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('forgets who gave up', async () => {
    const time = new VirtualTime(0);
    const bucket = new TokenBucket(time, time);
    const control = new AbortController();
    for (let i = 0; i < 3; i++) await bucket.take('poll', new AbortController().signal);
    const waiting = bucket.take('poll', control.signal).catch((reason: unknown) => reason);
    control.abort(new Error('enough'));
    expect(await waiting).toEqual(new Error('enough'));
    expect(time.pending()).toBe(0);
  });
});

it('redaction takes crumbs, cookies and learnt secrets out of any text', () => {
  const redaction = new Redaction();
  redaction.learn('se/cret+crumb');
  redaction.learnCookie('A9=top-secret-value; Path=/; Secure');
  const text = redaction.redact(
    'GET /q?a=1&crumb=abc%2Fdef&b=2 Cookie: A1=x; A3=y\nuse se/cret+crumb or se%2Fcret%2Bcrumb, top-secret-value',
  );
  expect(text).not.toMatch(/abc|A1=x|A3=y|cret|top-secret/);
  expect(text).toContain('&b=2');
});

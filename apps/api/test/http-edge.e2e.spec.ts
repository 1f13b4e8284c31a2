import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem } from '@ziggy/contracts';
import type { Problem } from '@ziggy/contracts';
import type { FastifyInstance } from 'fastify';
import { connect } from 'node:net';
import { HTTP_LIMITS } from '../src/platform/limits.ts';
import { ask, startApp } from './harness.ts';
import type { TestAnswer, TestApp } from './harness.ts';
import { ProvokingModule, StillMarketModule } from './platform-testing.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    features: [StillMarketModule],
    imports: [ProvokingModule],
    env: { ALLOWED_ORIGINS: 'https://desk.example.com' },
  });
});
afterAll(() => app.close());

/** Checks that an answer is the problem it should be, completely. */
function expectProblem(answer: TestAnswer, status: number, code: string): Problem {
  expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
    status,
    type: 'application/problem+json; charset=utf-8',
  });
  const body = problem.parse(answer.json());
  expect(body).toMatchObject({
    code,
    status,
    type: `/docs/errors/${code}`,
    requestId: answer.headers.get('x-request-id'),
  });
  return body;
}

const post = (path: string, body: BodyInit, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  ask(`${app.url}${path}`, { method: 'POST', body, headers });

describe('paths and methods', () => {
  it('answers 404 for a path that does not exist, whatever the method and the body', async () => {
    expectProblem(await app.get('/nothing/here?x=1'), 404, 'route_not_found');
    expectProblem(await post('/nothing', '{broken'), 404, 'route_not_found');
    expectProblem(await app.get('/test'), 404, 'route_not_found');
    expectProblem(await app.get('/test/input/'), 404, 'route_not_found');
    expectProblem(await app.get('/docs/errors/toString'), 404, 'route_not_found');
  });

  it('answers 405 with Allow for a path that exists', async () => {
    const answer = await post('/health', '{broken');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    const other = await ask(`${app.url}/test/body`, { method: 'DELETE' });
    expectProblem(other, 405, 'method_not_allowed');
    expect(other.headers.get('allow')).toBe('POST');
  });

  it('answers 400 for broken percent-encoding', async () => {
    expectProblem(await app.get('/test/input/%zz'), 400, 'malformed_request');
  });

  it('answers HEAD like GET, without the body', async () => {
    const get = await app.get('/health');
    const head = await ask(`${app.url}/health`, { method: 'HEAD' });
    expect({ status: head.status, text: head.text, etag: head.headers.get('etag') }).toEqual({
      status: 200,
      text: '',
      etag: get.headers.get('etag'),
    });
    expect(head.headers.get('content-length')).toBe(String(get.text.length));
  });
});

describe('bodies', () => {
  it('takes a good body', async () => {
    const answer = await post('/test/body', JSON.stringify({ name: 'a', nested: { b: [1] } }));
    expect([answer.status, answer.json()]).toEqual([201, { got: 'a' }]);
  });

  it.each([
    ['{"name": }', 9],
    ['', 0],
    ['{"a":1,"a":2}', 7],
    ['{"__proto__":1}', 1],
    ['[[[[[[[[[1]]]]]]]]]', 8],
    ['{"n":1e999}', 5],
    ['{"a":1} x', 8],
  ])('answers 400 with the position of the fault in %s', async (text, position) => {
    expect(expectProblem(await post('/test/body', text), 400, 'malformed_json')['position']).toBe(position);
  });

  it('answers 400 for invalid UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(expectProblem(await post('/test/body', body), 400, 'malformed_json')['position']).toBe(9);
  });

  it('answers 415 for another media type, and for another charset', async () => {
    expectProblem(
      await post('/test/body', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported_media_type',
    );
    expectProblem(
      await post('/test/body', '{}', { 'content-type': 'application/json; charset=latin1' }),
      415,
      'unsupported_media_type',
    );
    expectProblem(await post('/test/body', '{}', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type');
  });

  it('answers 413 with the limit for a body over 1 MiB', async () => {
    const answer = await post('/test/body', JSON.stringify({ name: 'x'.repeat(HTTP_LIMITS.bodyBytes) }));
    expect(expectProblem(answer, 413, 'body_too_large')['limitBytes']).toBe(1_048_576);
  });
});

describe('input', () => {
  it('names every fault of path and query at once, the nearest known name and what is allowed', async () => {
    const body = expectProblem(await app.get('/test/input/A1?symbol=x&limit=99'), 422, 'validation_failed');
    expect(body.errors).toEqual([
      expect.objectContaining({ in: 'path', path: 'id', code: 'invalid_value', value: 'A1' }),
      expect.objectContaining({ in: 'query', path: 'symbols', code: 'required' }),
      expect.objectContaining({ in: 'query', path: 'limit', code: 'out_of_range', value: '99', allowed: ['<= 50'] }),
      expect.objectContaining({ in: 'query', path: 'symbol', code: 'parameter_unknown', allowed: ['symbols'] }),
    ]);
  });

  it('cuts a shown value at 64 characters and never shows a secret', async () => {
    const long = await app.get(`/test/input/${'A'.repeat(500)}?symbols=x`);
    expect(expectProblem(long, 422, 'validation_failed').errors[0]?.value).toHaveLength(64);
    const secret = await post('/test/body', JSON.stringify({ name: 'a', password: 'hunter2', nested: 1 }));
    expect(expectProblem(secret, 422, 'validation_failed').errors).toEqual([
      expect.not.objectContaining({ value: expect.anything() }),
    ]);
    expect(secret.text).not.toContain('hunter2');
  });

  it('turns a domain error into its status with its extra members', async () => {
    expect(expectProblem(await app.get('/test/domain'), 404, 'unknown_symbol')['nearest']).toEqual(['ZZZ']);
  });
});

describe('sizes', () => {
  it('answers 414 for a URL over 8 KiB', async () => {
    expectProblem(await app.get(`/health?x=${'a'.repeat(HTTP_LIMITS.urlBytes)}`), 414, 'uri_too_long');
  });

  it('answers 431 for headers over 16 KiB, also where Node itself gives up', async () => {
    expectProblem(await app.get('/health', { 'x-big': 'a'.repeat(17_000) }), 431, 'headers_too_large');
    const answer = await raw(`GET /health HTTP/1.1\r\nhost: a\r\nx-big: ${'a'.repeat(40_000)}\r\n\r\n`);
    expect(answer).toContain('HTTP/1.1 431');
    expect(answer).toContain('"code":"headers_too_large"');
  });

  it('answers 400 for bytes that are not HTTP', async () => {
    const answer = await raw('NONSENSE\r\n\r\n');
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"malformed_request"');
  });
});

describe('deadlines', () => {
  let hasty: TestApp;
  beforeAll(async () => {
    hasty = await startApp({
      features: [StillMarketModule],
      imports: [ProvokingModule],
      limits: { answerMs: 100, receiveMs: 200 },
    });
  });
  afterAll(() => hasty.close());

  it('answer 503 when a handler takes too long', async () => {
    const answer = await hasty.get('/test/slow');
    expectProblem(answer, 503, 'deadline');
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  it('answer 408 when the request does not arrive', async () => {
    const text = await raw('POST /test/body HTTP/1.1\r\nhost: a\r\n', hasty);
    expect(text).toContain('HTTP/1.1 408');
    expect(text).toContain('"code":"request_timeout"');
  });
});

describe('defects', () => {
  it('answers 500 without a word of the cause, which is in the log under the request id', async () => {
    const answer = await app.get('/test/defect');
    const body = expectProblem(answer, 500, 'internal');
    expect(answer.text).not.toMatch(/SELECT|passwd|Error:|\.ts/);
    expect(app.log).toContainEqual(
      expect.objectContaining({
        requestId: body.requestId,
        err: expect.objectContaining({ message: expect.stringContaining('passwd') }),
      }),
    );
  });

  it('answers 500 when a handler breaks its own schema', async () => {
    expectProblem(await app.get('/test/broken-promise'), 500, 'internal');
  });
});

describe('request ids', () => {
  it('gives a good id back and replaces a bad one', async () => {
    const good = await app.get('/health', { 'x-request-id': 'my-request.0001' });
    expect(good.headers.get('x-request-id')).toBe('my-request.0001');
    for (const bad of ['short', 'a'.repeat(65), 'with spaces here', '<script>alert']) {
      const answer = await app.get('/nothing', { 'x-request-id': bad });
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expectProblem(answer, 404, 'route_not_found');
    }
  });

  it('writes one log line a request, with id, method, route, status and time', async () => {
    await app.get('/test/domain', { 'x-request-id': 'log-line-1' });
    const lines = app.log.filter((line) => line['requestId'] === 'log-line-1');
    expect(lines).toEqual([
      expect.objectContaining({ method: 'GET', route: '/test/domain', status: 404, ms: expect.any(Number), level: 30 }),
    ]);
  });

  it('never logs credentials', async () => {
    await app.get('/test/defect?token=canary-q', {
      authorization: 'Bearer canary-header',
      cookie: 'sid=canary-cookie',
    });
    expect(JSON.stringify(app.log)).not.toContain('canary-');
  });
});

describe('versions of answers', () => {
  it('answers 304 when the reader has the answer already', async () => {
    const first = await app.get('/health');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await app.get('/health', { 'if-none-match': header });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await app.get('/health', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('leaves the age of a value out of the tag', async () => {
    const [first, second] = [await app.get('/test/aged'), await app.get('/test/aged')];
    expect(second.text).not.toBe(first.text);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
  });

  it('gives problems no tag and no cache', async () => {
    const answer = await app.get('/test/domain');
    expect([answer.headers.get('etag'), answer.headers.get('cache-control')]).toEqual([null, 'no-store']);
  });
});

describe('foreign origins', () => {
  it('lets the configured origin read and no other', async () => {
    const good = await app.get('/health', { origin: 'https://desk.example.com' });
    expect(good.headers.get('access-control-allow-origin')).toBe('https://desk.example.com');
    const bad = await app.get('/health', { origin: 'https://evil.example.com' });
    expect(bad.headers.get('access-control-allow-origin')).toBeNull();
    expect(bad.headers.get('vary')).toContain('Origin');
  });

  it('answers a preflight', async () => {
    const headers = { origin: 'https://desk.example.com', 'access-control-request-method': 'POST' };
    const answer = await ask(`${app.url}/test/body`, { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers.get('access-control-allow-methods')]).toEqual([204, 'POST']);
    const other = await ask(`${app.url}/test/body`, {
      method: 'OPTIONS',
      headers: { ...headers, origin: 'https://evil.example.com' },
    });
    expectProblem(other, 405, 'method_not_allowed');
  });
});

describe('security headers', () => {
  it('run no script but files of this server', async () => {
    const csp = (await app.get('/health')).headers.get('content-security-policy') ?? '';
    expect(csp).toContain("script-src 'self';");
    expect(csp).toContain("frame-ancestors 'none'");
    expect(csp).toContain(`connect-src 'self' ws://${new URL(app.url).host} wss://${new URL(app.url).host};`);
    expect(csp).not.toContain('upgrade-insecure-requests');
    expect((await app.get('/nothing')).headers.get('content-security-policy')).toContain("script-src 'self';");
  });

  it('names to each caller the streams of the host that it asked, and of none that is no host', async () => {
    const fastify = app.app.getHttpAdapter().getInstance() as FastifyInstance;
    const streams = async (host: string) =>
      /connect-src [^;]*/.exec(
        String((await fastify.inject({ url: '/health', headers: { host } })).headers['content-security-policy']),
      )?.[0];
    for (let i = 0; i < 100; i++) await streams(`h${i}.test`);
    for (const host of ['one.test', 'two.test:8000', 'one.test'])
      expect(await streams(host)).toBe(`connect-src 'self' ws://${host} wss://${host}`);
    expect(await streams("evil.test; script-src 'unsafe-inline'")).toBe("connect-src 'self' 'self'");
  });
});

function raw(bytes: string, to: TestApp = app): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(to.url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

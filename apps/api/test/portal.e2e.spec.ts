import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { portalConfig } from '@ziggy/contracts';
import type { FastifyInstance } from 'fastify';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { StillMarketModule } from './platform-testing.ts';

let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ziggy-portal-'));
  const root = join(folder, 'browser');
  mkdirSync(join(root, 'media'), { recursive: true });
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>portal</title>');
  writeFileSync(join(root, 'main-ABCD1234.js'), 'export {};');
  writeFileSync(join(root, 'media', 'inter-9f8e7d6c.woff2'), 'font');
  writeFileSync(join(root, 'favicon.svg'), '<svg/>');
  writeFileSync(join(folder, 'secret.txt'), 'outside');
  app = await startApp({ features: [StillMarketModule], env: { WEB_ROOT: root, WS_MAX_RECONNECT_ATTEMPTS: '7' } });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

describe('the portal', () => {
  it('is where / leads', async () => {
    const home = await app.get('/');
    expect([home.status, home.headers.get('location')]).toEqual([302, '/app/']);
    expect((await app.get('/app')).headers.get('location')).toBe('/app/');
  });

  it.each([
    '/app/',
    '/app/index.html',
    '/app/markets',
    '/app/symbol/AAPL',
    '/app/symbol/BRK.B',
    '/app/symbol/%5EGSPC?tf=1d',
  ])('gives %s the index page, asked for anew each time', async (path) => {
    const answer = await app.get(path);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    expect(answer.text).toContain('<title>portal</title>');
  });

  it('gives hashed files for ever and others anew each time', async () => {
    const script = await app.get('/app/main-ABCD1234.js');
    expect([script.status, script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
      200,
      expect.stringContaining('javascript'),
      'public, max-age=31536000, immutable',
    ]);
    expect((await app.get('/app/media/inter-9f8e7d6c.woff2')).headers.get('cache-control')).toContain('immutable');
    expect((await app.get('/app/favicon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  it('answers 304 for a file that the browser has', async () => {
    const etag = (await app.get('/app/')).headers.get('etag') ?? '';
    // Not by fetch: it adds `cache-control: no-cache` to a conditional request, which asks for the whole file.
    const fastify = app.app.getHttpAdapter().getInstance() as FastifyInstance;
    const again = await fastify.inject({ url: '/app/', headers: { 'if-none-match': etag } });
    expect([again.statusCode, again.payload]).toEqual([304, '']);
  });

  it('answers 404 for a file that is not there, and never leaves its folder', async () => {
    const lost = await app.get('/app/main-OLD00000.js');
    expect([lost.status, lost.headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect(lost.json()).toMatchObject({ code: 'route_not_found', status: 404 });
    for (const path of [
      '/app/..%2fsecret.txt',
      '/app/%2e%2e/secret.txt',
      '/app/media/..%2f..%2fsecret.txt',
      '/app/..%5csecret.txt',
      '/app/%00secret.txt',
    ]) {
      const answer = await app.get(path);
      expect([path, answer.text.includes('outside')]).toEqual([path, false]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  it('tells the portal at run time which market and server it has', async () => {
    const answer = await app.get('/app/config.json');
    expect(portalConfig.strict().parse(answer.json())).toMatchObject({
      apiBase: '',
      build: 'development',
      wsMaxReconnectAttempts: 7,
      market: { id: 'sim:1:test', since: '2023-11-14T22:13:20.000Z' },
    });
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
  });
});

it('says how to build the portal when it is not built', async () => {
  const bare = await startApp({ features: [StillMarketModule], env: { WEB_ROOT: join(folder, 'nowhere') } });
  const answer = await bare.get('/app/markets');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
  expect(answer.text).toContain('npm start');
  await bare.close();
});

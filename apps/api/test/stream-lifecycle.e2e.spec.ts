import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CHANNELS, wsStatusAnswer } from '@ziggy/contracts';
import { WebSocket } from 'ws';
import { Lifecycle } from '../src/platform/lifecycle.ts';
import { ConnectionLedger } from '../src/stream/connection-ledger.ts';
import { StreamAccess } from '../src/stream/stream-access.ts';
import { eventually } from './harness.ts';
import { speakerAt } from './speaker.ts';
import { StreamTestApp, refusedUpgrade } from './stream-testing.ts';
import type { ProbeOptions } from './stream-testing.ts';

/** Room for the many connections of the one who speaks. */
const OF_ONE_USER = { WS_CONNECTIONS_PER_USER: '1000', WS_CONNECTIONS_PER_PATH: '1000' };

let app: StreamTestApp;
afterEach(() => app.close());

describe('the door', () => {
  it('lets programs and own pages in, and foreign pages not', async () => {
    app = await StreamTestApp.start({ ALLOWED_ORIGINS: 'https://desk.example.com' });
    const url = `${app.app.wsUrl}/ws/market`;
    for (const origin of ['https://evil.example.com', 'null', 'nonsense', `${app.app.url}.evil.com`]) {
      const refused = await refusedUpgrade(url, { origin });
      expect({ origin, status: refused.status, code: refused.body['code'] }).toEqual({
        origin,
        status: 403,
        code: 'origin_refused',
      });
      expect(refused.headers['content-type']).toContain('application/problem+json');
    }
    for (const origin of [app.app.url, 'https://desk.example.com'])
      (await app.open('/ws/market', { origin })).terminate();
    (await app.open('/ws/market')).terminate();
  });

  it('answers 404 at other paths, 400 to a handshake that is none, and leaves plain requests alone', async () => {
    app = await StreamTestApp.start();
    expect((await refusedUpgrade(`${app.app.wsUrl}/ws/nowhere`)).status).toBe(404);
    expect((await refusedUpgrade(`${app.app.wsUrl}/`)).status).toBe(404);
    expect((await refusedUpgrade(`${app.app.wsUrl}/ws/market/`)).status).toBe(404);
    const { port } = new URL(app.app.url);
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      let received = '';
      socket.on('data', (chunk) => (received += String(chunk)));
      socket.on('close', () => resolve(received));
      socket.write(
        'GET /ws/market HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: short\r\n\r\n',
      );
    });
    expect(text).toContain('HTTP/1.1 400');
    expect(text).toContain('malformed_request');
    await eventually(() => admitted() === 0);
  });

  it('asks in order: stopping, origin, limits, path, credentials; the first that is wrong is the answer', async () => {
    app = await StreamTestApp.start({ WS_CONNECTIONS_PER_ADDRESS: '1' });
    const answerTo = async (path: string, options: ProbeOptions = {}) => {
      const { status, body, headers } = await refusedUpgrade(`${app.app.wsUrl}${path}`, options);
      return { status, code: body['code'], retry: headers['retry-after'] !== undefined };
    };
    const [foreign, forged] = ['https://evil.example.com', { authorization: 'Bearer forged' }];
    expect(await answerTo('/ws/nowhere', { headers: forged })).toMatchObject({ status: 404, code: 'route_not_found' });
    expect(await answerTo('/ws/market', { headers: forged })).toMatchObject({ status: 401, code: 'unauthenticated' });
    await app.open();
    expect(await answerTo('/ws/nowhere', { headers: forged })).toEqual({
      status: 429,
      code: 'rate_limited',
      retry: true,
    });
    const abroad = { origin: foreign, headers: forged };
    expect(await answerTo('/ws/nowhere', abroad)).toEqual({ status: 403, code: 'origin_refused', retry: false });
    app.app.app.get(Lifecycle).beginDraining();
    expect(await answerTo('/ws/nowhere', abroad)).toEqual({ status: 503, code: 'draining', retry: true });
  });

  it('takes no token from the URL', async () => {
    app = await StreamTestApp.start({ WS_AUTH_TIMEOUT_MS: '300' });
    const { authorization = '' } = await app.app.speaker.credentials();
    const token = authorization.replace('Bearer ', '');
    const query = ['token', 'access_token', 'authorization', 'api_key'].map((name) => `${name}=${token}`).join('&');
    const probe = await app.connect(`/ws/market?${query}`, { stranger: true });
    expect((await probe.closed).code).toBe(4502);
    expect(probe.frames).toEqual([]);
  });

  it('guarantee 18: counts connections of an address exactly under 200 parallel opens, and lets go of each', async () => {
    app = await StreamTestApp.start({ WS_CONNECTIONS_PER_ADDRESS: '40', ...OF_ONE_USER });
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => app.connect()));
    const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(opened).toHaveLength(40);
    const refused = await refusedUpgrade(`${app.app.wsUrl}/ws/market`);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(refused.headers['retry-after']).toBeDefined();
    for (const probe of opened) probe.ws.close();
    await eventually(() => admitted() === 0);
    (await app.open()).terminate();
  });

  it('limits the process and the rate of new connections with 503', async () => {
    app = await StreamTestApp.start({
      WS_CONNECTIONS_PER_PROCESS: '3',
      WS_NEW_CONNECTIONS_BURST: '5',
      WS_NEW_CONNECTIONS_PER_SECOND: '1',
    });
    const held = await Promise.all([app.open(), app.open(), app.open()]);
    expect(await refusedUpgrade(`${app.app.wsUrl}/ws/market`)).toMatchObject({
      status: 503,
      body: { code: 'overloaded' },
    });
    for (const probe of held) probe.ws.close();
    await eventually(() => admitted() === 0);
    const again = await Promise.allSettled(Array.from({ length: 6 }, () => app.connect()));
    expect(again.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(3);
    const { rejectedUpgrades } = (await app.app.get('/ws/status')).json<{
      totals: { rejectedUpgrades: Record<string, number> };
    }>().totals;
    expect(rejectedUpgrades['process_limit']).toBeGreaterThanOrEqual(1);
    expect(rejectedUpgrades['connection_rate']).toBeGreaterThanOrEqual(1);
  });

  it('keeps channels with sign-in shut: 401, 103, 4500 and 4502', async () => {
    app = await StreamTestApp.start({ ANONYMOUS_CHANNELS: 'charts', WS_AUTH_TIMEOUT_MS: '400' });
    const url = `${app.app.wsUrl}/ws/market`;
    const headers = { authorization: 'Bearer forged' };
    expect(await refusedUpgrade(url, { headers })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    const silent = await app.connect('/ws/market', { stranger: true });
    const startedAt = performance.now();
    const speaking = await app.connect('/ws/market', { stranger: true });
    speaking.send({ type: 'subscribe', symbols: ['AAPL'], id: 1 });
    expect((await speaking.next('error')).data.code).toBe(103);
    speaking.send({ type: 'auth', token: 'forged', id: 2 });
    expect((await speaking.closed).code).toBe(4500);
    const closed = await silent.closed;
    expect(closed.code).toBe(4502);
    expect(closed.at - startedAt).toBeLessThan(900);
    // Not one data byte, not even a greeting.
    expect(silent.frames).toEqual([]);
    (await app.open('/ws/charts', { stranger: true })).terminate();
  });

  it('counts a user`s connections: the oldest on a path makes room with 4507, one too many in all gets 4504', async () => {
    app = await StreamTestApp.start({ WS_CONNECTIONS_PER_PATH: '2', WS_CONNECTIONS_PER_USER: '3' });
    const [oldest, second] = [await app.open('/ws/alerts'), await app.open('/ws/alerts')];
    const third = await app.open('/ws/alerts');
    expect((await oldest.closed).code).toBe(4507);
    await app.open('/ws/portfolio');
    const surplus = await app.connect('/ws/portfolio');
    expect((await surplus.closed).code).toBe(4504);
    expect([second.closeCode, third.closeCode]).toEqual([null, null]);
    second.ws.close();
    await second.closed;
    await app.open('/ws/portfolio');
  });

  it('believes forwarded addresses from trusted proxies only', async () => {
    app = await StreamTestApp.start({ WS_CONNECTIONS_PER_ADDRESS: '1', TRUST_PROXY: '127.0.0.1' });
    const from = (address: string) => app.connect('/ws/market', { headers: { 'x-forwarded-for': address } });
    await from('203.0.113.1');
    await from('1.1.1.1, 203.0.113.2');
    await from('2001:db8:1:2::1');
    const same = { 'x-forwarded-for': '2001:db8:1:2:ffff::9' };
    expect((await refusedUpgrade(`${app.app.wsUrl}/ws/market`, { headers: same })).status).toBe(429);
  });
});

describe('the deadlines of a connection', () => {
  it('pings, in a form that pages see too, and closes who does not answer with 4004', async () => {
    app = await StreamTestApp.start({ WS_PING_MS: '300', WS_PONG_TIMEOUT_MS: '300' });
    const healthy = await app.open();
    const url = `${app.app.wsUrl}/ws/market`;
    const mute = new WebSocket(url, { autoPong: false, headers: await speakerAt(url) });
    const closed = new Promise<number>((resolve) => mute.once('close', resolve));
    expect(await closed).toBe(4004);
    await healthy.next('ping');
    await healthy.next('ping');
    expect(healthy.closeCode).toBeNull();
    const metrics = (await app.app.get('/metrics')).text;
    expect(metrics).toMatch(/ziggy_stream_round_trip_seconds_count\{channel="market"\} [1-9]/);
  });

  it('ends old connections with 4009 and idle ones with 4008, each announced', async () => {
    app = await StreamTestApp.start({ WS_LIFETIME_MS: '1500', WS_IDLE_MS: '1000' });
    const [busy, idle] = [await app.open(), await app.open()];
    await busy.ask('subscription_ack', { type: 'subscribe', symbols: ['AAPL'] });
    expect((await idle.closed).code).toBe(4008);
    expect((await idle.next('reconnect')).data.reason).toBe('idle');
    expect((await busy.closed).code).toBe(4009);
    expect((await busy.next('reconnect')).data).toMatchObject({ reason: 'lifetime' });
  });
});

describe('a client that does not read', () => {
  it('is paused, then closed with 4003, in bounded memory, and its neighbours do not feel it', async () => {
    app = await StreamTestApp.start({ WS_STALL_MS: '600' });
    const [slow, quick] = [await app.open(), await app.open()];
    const symbols = Array.from({ length: 100 }, (_, i) => `S${i}`);
    for (const probe of [slow, quick]) await probe.ask('subscription_ack', { type: 'subscribe', symbols, maxHz: 20 });
    (slow.ws as unknown as { _socket: { pause(): void } })._socket.pause();
    // Large values, so that the kernel's own buffers fill in a moment.
    const padding = 'x'.repeat(4_000);
    let most = 0;
    let closed = false;
    void slow.closed.then(() => (closed = true));
    for (let price = 1; !closed && price < 2_000; price++) {
      for (const symbol of symbols) {
        const frame = app.quote(symbol, price);
        app.marketHub.publish(symbol, symbol, {
          ...frame,
          v: frame.v + 0.5,
          data: { ...frame.data, source: padding + String(price) },
        });
      }
      await setTimeout(25);
      for (const client of app.marketHub.clients) most = Math.max(most, client.outlet.bufferedAmount);
      if (app.marketHub.counters.closes['slow_consumer'] !== undefined) break;
    }
    expect(app.marketHub.counters.closes['slow_consumer']).toBe(1);
    expect(most).toBeLessThan(1.5 * 1024 * 1024);
    (slow.ws as unknown as { _socket: { resume(): void } })._socket.resume();
    expect((await slow.closed).code).toBe(4003);
    app.quote('S1', -1);
    await eventually(() => quick.lastQuote('S1')?.data.price === -1);
    expect(quick.closeCode).toBeNull();
    expect(app.marketHub.clients.size).toBe(1);
  }, 60_000);
});

describe('status and metrics', () => {
  it('guarantee 30: have every key on a fresh process, and add up after some traffic', async () => {
    app = await StreamTestApp.start();
    const fresh = wsStatusAnswer.parse((await app.app.get('/ws/status')).json());
    expect(Object.keys(fresh.channels)).toEqual([...CHANNELS]);
    expect(fresh.channels['market']).toMatchObject({ connections: 0, sent: 0, conflated: 0, latencyMs: { p50: null } });
    expect(fresh).toMatchObject({ leader: null, bus: { kind: 'in_process', state: 'ok' }, shedding: 'none' });
    const names = [
      'shed_level',
      'published_total',
      'encoded_total',
      'bytes_total',
      'writes_total',
      'refused_total',
      'commands_total',
      'errors_total',
      'resume_hits_total',
      'resume_misses_total',
      'pruned_total',
      'offered_total',
      'connections',
      'subscriptions',
      'dirty_keys',
      'queue_depth',
      'paused_clients',
      'sent_total',
      'conflated_total',
      'dropped_total',
      'closes_total',
      'rejected_upgrades_total',
      'event_to_wire_seconds',
      'round_trip_seconds',
    ];
    const metrics = (await app.app.get('/metrics')).text;
    for (const name of names) expect(metrics).toMatch(new RegExp(`^ziggy_stream_${name}[^\\n]* 0$`, 'm'));
    const probe = await app.open();
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['SUM'] });
    for (let i = 1; i <= 500; i++) app.quote('SUM', i);
    await eventually(() => probe.lastQuote('SUM')?.data.price === 500);
    const { channels, totals } = wsStatusAnswer.parse((await app.app.get('/ws/status')).json());
    const market = channels['market'];
    expect(market).toMatchObject({ connections: 1, subscriptions: 1, dirtyKeys: 0, queueDepth: 0, pausedClients: 0 });
    expect(market?.sent).toBe(probe.of('market_data').length);
    const dropped = Object.values(market?.dropped ?? {}).reduce((sum, n) => sum + n, 0);
    expect(500 - probe.of('market_data').length).toBe((market?.conflated ?? Number.NaN) + dropped);
    expect(market?.latencyMs.p99).not.toBeNull();
    expect(totals.bytesSent).toBeGreaterThan(0);
  });
});

describe('a stop', () => {
  it('refuses an upgrade whose credentials were still judged when it began, so that nobody ends unwarned', async () => {
    app = await StreamTestApp.start();
    const judged = Promise.withResolvers<void>();
    const access = app.app.app.get(StreamAccess, { strict: false });
    const admit = access.admit.bind(access);
    const asked = jest.spyOn(access, 'admit').mockImplementation(async (...args) => {
      await judged.promise;
      return admit(...args);
    });
    const answer = refusedUpgrade(`${app.app.wsUrl}/ws/market`);
    await eventually(() => asked.mock.calls.length === 1);
    app.app.app.get(Lifecycle).beginDraining();
    judged.resolve();
    expect(await answer).toMatchObject({ status: 503, body: { code: 'draining' } });
    expect(app.app.app.get(ConnectionLedger).admitted).toBe(0);
    asked.mockRestore();
  });

  it('refuses upgrades at once, warns everyone before their close, and ends in time', async () => {
    app = await StreamTestApp.start({ WS_CONNECTIONS_PER_ADDRESS: '100', ...OF_ONE_USER });
    const probes = await Promise.all(Array.from({ length: 5 }, () => app.open()));
    const stopping = app.app.app.close();
    expect((await refusedUpgrade(`${app.app.wsUrl}/ws/market`)).status).toBe(503);
    await stopping;
    for (const probe of probes) {
      expect((await probe.closed).code).toBe(4001);
      const { data } = await probe.next('reconnect');
      expect(data.reason).toBe('drain');
      expect(data.afterMs[0]).toBeLessThan(data.afterMs[1]);
    }
  });
});

function admitted(): number {
  return app.marketHub.clients.size + app.chartsHub.clients.size;
}

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { clearInterval, setInterval } from 'node:timers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog } from '../src/persistence/event-log.ts';
import type { NewEvent } from '../src/persistence/event-partition.ts';
import { ConnectionLedger } from '../src/stream/connection-ledger.ts';
import { eventually } from './harness.ts';
import { StreamTestApp, refusedUpgrade } from './stream-testing.ts';
import type { StreamProbe } from './stream-testing.ts';

let app: StreamTestApp;

beforeAll(async () => {
  app = await StreamTestApp.start({
    WS_COMMANDS_PER_SECOND: '10000',
    WS_COMMAND_BURST: '10000',
    WS_ERRORS_MAX: '10000',
    WS_CONNECTIONS_PER_ADDRESS: '10000',
  });
});
afterAll(() => app.close());

/** A socket that has shaken hands by itself, to send bytes that no WebSocket client would. */
async function rawSocket(path = '/ws/market', to = app): Promise<{ socket: Socket; received(): Buffer }> {
  const { hostname, port } = new URL(to.app.url);
  const { authorization } = await to.app.speaker.credentials();
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const received = () => Buffer.concat(chunks);
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (received().includes('\r\n\r\n')) resolve({ socket, received });
    });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: ${authorization}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
  });
}

/** The close code in a server's last frame. */
function closeCodeOf(received: Buffer): number | null {
  const at = received.lastIndexOf(0x88);
  return at === -1 || at + 3 >= received.length ? null : received.readUInt16BE(at + 2);
}

async function closeAfter(payload: string | Buffer, binary = false): Promise<number> {
  const probe = await app.open();
  probe.ws.send(payload, { binary });
  return (await probe.closed).code;
}

/** A neighbour that must not notice anything. */
async function stillServed(probe: StreamProbe): Promise<void> {
  const price = performance.now();
  app.quote('NEIGHBOUR', price);
  await eventually(() => probe.lastQuote('NEIGHBOUR')?.data.price === price, Boolean, 1_000);
}

describe('frames that are no commands', () => {
  it.each([
    ['no JSON', '{"type":', 100],
    ['an empty frame', '', 100],
    ['a list', '[1,2]', 100],
    ['a number', '17', 100],
    ['null', 'null', 100],
    ['a type that is no text', '{"type":{}}', 101],
    ['a type of the prototype', '{"type":"__proto__"}', 101],
    ['a deep object', `{"type":"ping","a":${'['.repeat(200)}${']'.repeat(200)}}`, 108],
  ])('%s gets its error and the socket lives', async (_what, text, code) => {
    const probe = await app.open();
    probe.send(text);
    expect((await probe.next('error')).data.code).toBe(code);
    expect((await probe.ask('pong', { type: 'ping' })).data.ts).toBeNull();
    probe.terminate();
  });

  it('accepts five levels, and brackets inside text', async () => {
    const probe = await app.open();
    await probe.ask('pong', { type: 'ping', extra: { a: { b: { c: [] } } }, text: '[[[[[[[[[[ \\" {{{{' });
    probe.terminate();
  });

  it('closes with the stated codes: binary 1003, over 16 KiB 1009', async () => {
    expect(await closeAfter(Buffer.from('{"type":"ping"}'), true)).toBe(1003);
    expect(await closeAfter(`{"type":"ping","x":"${'x'.repeat(17_000)}"}`)).toBe(1009);
  });

  it.each([
    ['invalid UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 1007],
    ['an unmasked frame', [0x81, 0x02, 0x7b, 0x7d], 1002],
    ['a reserved opcode', [0x83, 0x80, 0, 0, 0, 0], 1002],
    ['reserved bits', [0xf1, 0x80, 0, 0, 0, 0], 1002],
    ['a fragmented ping', [0x09, 0x80, 0, 0, 0, 0], 1002],
    ['a frame that claims 2^62 bytes', [0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009],
  ])('%s closes with its code', async (_what, bytes, code) => {
    const { socket, received } = await rawSocket();
    socket.write(Buffer.from(bytes));
    await eventually(() => closeCodeOf(received()) !== null);
    expect(closeCodeOf(received())).toBe(code);
    // The server waits for the client's part of the handshake, and then no longer.
    socket.end();
    await eventually(() => socket.destroyed || socket.readableEnded);
  });
});

describe('a lossless channel', () => {
  it('closes reserved opcodes and wrong masks with 1002, and its other clients miss nothing', async () => {
    const log = app.app.app.get(EventLog);
    const say = (id: string) =>
      log.record({
        partition: { market: 'sim:1:9f2c01ab', channel: 'news', owner: null },
        type: 'news_update',
        id,
        data: { title: id },
      } as NewEvent);
    const neighbour = await app.open('/ws/news');
    await neighbour.ask('subscription_ack', { type: 'subscribe', symbols: ['*'] });
    await neighbour.next('snapshot_end');
    const faults = [
      ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [0x80 | opcode, 0x80, 0, 0, 0, 0]),
      [0x81, 0x02, 0x7b, 0x7d],
      [0x89, 0x00],
      [0x88, 0x02, 0x03, 0xe8],
    ];
    for (const [at, bytes] of faults.entries()) {
      const { socket, received } = await rawSocket('/ws/news');
      await eventually(() => received().includes('"hello"'));
      socket.write(Buffer.from(bytes));
      await eventually(() => closeCodeOf(received()) !== null);
      expect({ bytes, code: closeCodeOf(received()) }).toEqual({ bytes, code: 1002 });
      socket.destroy();
      await say(`after-${at}`);
    }
    await eventually(() => neighbour.of('news_update').length === faults.length);
    expect(neighbour.of('news_update').map(({ id }) => id)).toEqual(faults.map((_, at) => `after-${at}`));
    expect(neighbour.closeCode).toBeNull();
    neighbour.terminate();
  });
});

describe('hostile clients', () => {
  it('guarantee 16: 10 000 fuzzed frames each get an answer or their close, and nobody else notices', async () => {
    const neighbour = await app.open();
    await neighbour.ask('subscription_ack', { type: 'subscribe', symbols: ['NEIGHBOUR'] });
    const seeds = [
      '{"type":"subscribe","symbols":["AAPL"],"id":1}',
      '{"type":"set","maxHz":5}',
      '{"type":"unsubscribe","symbols":["*"]}',
      '{"action":"ping","ts":1}',
      '{"type":"resume","epoch":"e","seq":1}',
    ];
    let random = 20_240_601;
    const next = (below: number) => (random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    let probe = await app.open();
    const codes = new Set<number>();
    for (let i = 0; i < 10_000; i++) {
      if (probe.ws.readyState !== probe.ws.OPEN) {
        codes.add((await probe.closed).code);
        probe = await app.open();
      }
      const bytes = Buffer.from(seeds[next(seeds.length)] as string);
      for (let n = next(6); n > 0; n--) bytes[next(bytes.length)] = next(128);
      probe.ws.send(next(20) === 0 ? bytes.subarray(0, next(bytes.length)).toString() : bytes.toString());
      if (i % 1_000 === 0) await stillServed(neighbour);
    }
    await eventually(() => probe.of('error').length > 0);
    probe.terminate();
    await stillServed(neighbour);
    expect(neighbour.invalid).toEqual([]);
    expect(probe.invalid).toEqual([]);
    expect(neighbour.closeCode).toBeNull();
    expect([...codes].filter((code) => code === 1006 || code === 1011)).toEqual([]);
    expect(app.app.log.filter((line) => Number(line['level']) >= 50)).toEqual([]);
    neighbour.terminate();
  });

  it('a thousand subscribes of one client are answered one by one, and hold one interest', async () => {
    const probe = await app.open();
    for (let id = 0; id < 1_000; id++) probe.send({ type: 'subscribe', symbols: ['MANY'], snapshot: false, id });
    await eventually(() => probe.of('subscription_ack').length === 1_000, Boolean, 15_000);
    expect(new Set(probe.of('subscription_ack').map(({ id }) => id)).size).toBe(1_000);
    expect(app.marketFeed.interest.get('MANY')).toBe(1);
    expect(app.marketHub.subscribers('MANY')).toBe(1);
    probe.terminate();
    await eventually(() => app.marketHub.subscribers('MANY') === 0);
  });

  it('an upgrade with oversized headers is answered 431, and none of it is held', async () => {
    const headers = { 'x-padding': 'x'.repeat(20_000) };
    expect((await refusedUpgrade(`${app.app.wsUrl}/ws/market`, { headers })).status).toBe(431);
  });

  it('500 sockets that vanish without a word leave nothing behind', async () => {
    const before = app.marketHub.clients.size;
    for (let round = 0; round < 10; round++) {
      const probes = await Promise.all(Array.from({ length: 50 }, () => app.open()));
      for (const probe of probes) probe.send({ type: 'subscribe', symbols: ['GONE1', 'SLOW9'] });
      for (const probe of probes) probe.terminate();
    }
    await eventually(() => app.marketHub.clients.size <= before);
    await eventually(() => !app.marketFeed.interest.has('GONE1') && !app.marketFeed.interest.has('SLOW9'));
    expect(app.marketHub.subscribers('GONE1')).toBe(0);
    await eventually(() => {
      const { dirtyKeys, queueDepth } = app.marketHub.backlog();
      return dirtyKeys + queueDepth === 0;
    });
  });
});

describe('floods', () => {
  let strict: StreamTestApp;
  beforeAll(async () => {
    strict = await StreamTestApp.start();
  });
  afterAll(() => strict.close());

  it('too many commands get 107 with a time to wait, then the socket closes with 4007', async () => {
    const probe = await strict.open();
    for (let i = 0; i < 200; i++) probe.send({ type: 'ping', id: i });
    expect((await probe.closed).code).toBe(4007);
    const refused = probe.of('error');
    expect(refused.length).toBeGreaterThanOrEqual(40);
    expect(refused[0]?.data).toMatchObject({ code: 107, name: 'rate_limited', temporary: true });
    expect(refused[0]?.data.retryAfterMs).toBeGreaterThan(0);
    expect(probe.of('pong').length).toBeGreaterThanOrEqual(20);
  });

  it('a burst within the limit is served, and patience is rewarded', async () => {
    const probe = await strict.open();
    for (let i = 0; i < 25; i++) probe.send({ type: 'ping', id: i });
    const refused = await probe.next('error');
    const patientUntil = performance.now() + (refused.data.retryAfterMs ?? 0) + 300;
    await eventually(() => performance.now() >= patientUntil);
    await probe.ask('pong', { type: 'ping' });
    expect(probe.closeCode).toBeNull();
    probe.terminate();
  });

  it('20 faulty commands in 5 s close with 4501', async () => {
    const probe = await strict.open();
    for (let i = 0; i < 20; i++) probe.send('nonsense');
    expect((await probe.closed).code).toBe(4501);
    expect(probe.of('error').every(({ data }) => data.code === 100)).toBe(true);
  });

  it('a flood of protocol pings closes with 4007', async () => {
    const probe = await strict.open();
    for (let i = 0; i < 300; i++) probe.ws.ping();
    expect((await probe.closed).code).toBe(4007);
  });
});

describe('peers that do not finish', () => {
  let hasty: StreamTestApp;
  beforeAll(async () => {
    const env = { WS_PING_MS: '300', WS_PONG_TIMEOUT_MS: '300' };
    hasty = await StreamTestApp.start(env, { limits: { receiveMs: 300 } });
  });
  afterAll(() => hasty.close());

  it('an upgrade whose header bytes drip is answered 408 at the deadline and counted; others get in meanwhile', async () => {
    const { hostname, port } = new URL(hasty.app.url);
    const drips = Array.from({ length: 10 }, () => {
      const socket = connect(Number(port), hostname);
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('error', () => undefined);
      socket.write('GET /ws/market HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Slow: ');
      const timer = setInterval(() => socket.writable && socket.write('x'), 20);
      return { socket, answer: () => answer, stop: () => clearInterval(timer) };
    });
    const neighbour = await hasty.open();
    await eventually(() => drips.every(({ socket }) => socket.closed));
    for (const drip of drips) drip.stop();
    expect(drips.map((drip) => drip.answer().split('\r\n')[0])).toEqual(
      drips.map(() => 'HTTP/1.1 408 Request Timeout'),
    );
    const metrics = (await hasty.app.get('/metrics')).text;
    expect(metrics).toMatch(/ziggy_http_unreadable_total\{cause="timeout"\} 10$/m);
    expect(hasty.app.app.get(ConnectionLedger).admitted).toBe(1);
    await neighbour.ask('pong', { type: 'ping' });
    neighbour.terminate();
  });

  it('half-open sockets are closed with 4004, let go without the peer, and counted', async () => {
    const ledger = hasty.app.app.get(ConnectionLedger);
    await eventually(() => ledger.open.size === 0);
    const paths = ['/ws/market', '/ws/alerts'];
    const neighbours = await Promise.all(paths.map((path) => hasty.open(path)));
    // They never answer, and never say that they are gone: all that a server sees of a peer that lost its power.
    const silent = await Promise.all(paths.map((path) => rawSocket(path, hasty)));
    await eventually(() => silent.every(({ received }) => closeCodeOf(received()) === 4004));
    await eventually(() => ledger.open.size === neighbours.length, Boolean, 15_000);
    expect(ledger.closes['no_pong']).toBe(silent.length);
    for (const neighbour of neighbours) {
      await neighbour.ask('pong', { type: 'ping' });
      expect(neighbour.closeCode).toBeNull();
      neighbour.terminate();
    }
    for (const { socket } of silent) socket.destroy();
  }, 20_000);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StreamCore } from '../src/stream/stream-core.ts';
import { StreamTestApp } from './stream-testing.ts';

let app: StreamTestApp;
beforeAll(async () => {
  app = await StreamTestApp.start({
    ANONYMOUS_CHANNELS: 'market',
    WS_SYMBOLS_ANONYMOUS: '1',
    WS_SYMBOLS_USER: '3',
    WS_SYMBOLS_PER_COMMAND: '2',
    WS_COMMANDS_PER_SECOND: '50',
    WS_INBOUND_BYTES: '512',
    WS_JSON_DEPTH: '2',
    WS_PING_MS: '20000',
  });
});
afterAll(() => app.close());

describe('the limits of a connection', () => {
  it('are the configured ones, and the greeting tells them', async () => {
    const [member, stranger] = [await app.open(), await app.open('/ws/market', { stranger: true })];
    const limits = { symbols: 3, symbolsPerCommand: 2, commandsPerSecond: 50, inboundBytes: 512 };
    expect(member.of('hello')[0]?.data).toMatchObject({ limits, pingMs: 20_000 });
    expect(stranger.of('hello')[0]?.data.limits).toEqual({ ...limits, symbols: 1 });
    for (const probe of [member, stranger]) probe.terminate();
  });

  it('hold for symbols: of the connection, and of one command', async () => {
    const probe = await app.open();
    const surplus = await probe.ask('error', { type: 'subscribe', symbols: ['A', 'B', 'C'] });
    expect(surplus.data).toMatchObject({ code: 108, name: 'too_large', temporary: false });
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['A', 'B'] });
    const { data } = await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['C', 'D'] });
    expect(data).toMatchObject({ symbols: ['C'], total: 3, rejected: [{ symbol: 'D', code: 106 }] });
    // A place that is given up is free.
    await probe.ask('subscription_ack', { type: 'unsubscribe', symbols: ['A'] });
    expect((await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['D'] })).data.rejected).toEqual([]);
    probe.terminate();
  });

  it('hold for frames: their depth, and their bytes', async () => {
    const probe = await app.open();
    await probe.ask('pong', { type: 'ping', extra: {} });
    probe.send({ type: 'ping', extra: { a: {} } });
    expect((await probe.next('error')).data).toMatchObject({ code: 108, name: 'too_large' });
    await probe.ask('pong', { type: 'ping', extra: 'x'.repeat(400) });
    probe.send({ type: 'ping', extra: 'x'.repeat(600) });
    expect((await probe.closed).code).toBe(1009);
  });

  it('spread their deadlines by a tenth to either side, so that who came together does not leave together', () => {
    const core = app.app.app.get(StreamCore, { strict: false });
    const drawn = Array.from({ length: 2_000 }, () => core.spread(25_000));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(22_500);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(27_500);
    // The chance that 2 000 draws leave a tenth of the range empty is below 10^-90.
    for (let tenth = 0; tenth < 10; tenth++) {
      const from = 22_500 + tenth * 500;
      expect(drawn.some((one) => one >= from && one <= from + 500)).toBe(true);
    }
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './harness.ts';
import { StreamTestApp } from './stream-testing.ts';
import type { ProbeOptions, StreamProbe } from './stream-testing.ts';

let app: StreamTestApp;
const probes: StreamProbe[] = [];

beforeAll(async () => {
  app = await StreamTestApp.start({ ANONYMOUS_CHANNELS: 'market' });
});
afterAll(() => app.close());
afterEach(() => {
  for (const probe of probes) expect(probe.invalid).toEqual([]);
  for (const probe of probes.splice(0)) probe.terminate();
});

async function open(path?: string, options?: ProbeOptions): Promise<StreamProbe> {
  const probe = await app.open(path, options);
  probes.push(probe);
  return probe;
}

describe('a connection', () => {
  it('is greeted first, with protocol, market and limits', async () => {
    const probe = await open();
    expect(probe.frames[0]).toMatchObject({
      type: 'hello',
      ch: 'market',
      data: {
        protocol: 'ziggy.v1',
        pingMs: 25_000,
        market: { id: 'sim:1:9f2c01ab', source: 'simulated', kind: 'simulated' },
        limits: { symbols: 200, symbolsPerCommand: 100, commandsPerSecond: 10, inboundBytes: 16_384 },
      },
    });
  });

  it('is told of a source in trouble when it comes late, and of its recovery', async () => {
    const status = {
      type: 'source_status',
      ch: 'market',
      ts: Date.now(),
      data: { source: 'simulated', kind: 'simulated', state: 'stale', reason: 'silent', lastValueAt: 1 },
    } as const;
    app.marketHub.broadcast(status);
    const probe = await open();
    expect((await probe.next('source_status')).data.state).toBe('stale');
    app.marketHub.broadcast({ ...status, data: { ...status.data, state: 'ok' } });
    expect((await probe.next('source_status')).data.state).toBe('ok');
  });
});

describe('subscribe', () => {
  it('guarantee 5: acknowledges once, then shows, then ends the snapshot, then is live', async () => {
    app.quote('AAPL', 180);
    const probe = await open();
    const ack = await probe.ask('subscription_ack', { type: 'subscribe', symbols: [' aapl '] });
    expect(ack.data).toEqual({ status: 'subscribed', symbols: ['AAPL'], rejected: [], total: 1, maxHz: 10 });
    await probe.next('snapshot_end');
    app.quote('AAPL', 181);
    await eventually(() => probe.lastQuote('AAPL')?.data.price === 181);
    const order = probe.frames
      .slice(1)
      .map((frame) => (frame.type === 'market_data' && frame.snap ? 'snapshot' : frame.type));
    expect(order).toEqual(['subscription_ack', 'snapshot', 'snapshot_end', 'market_data']);
  });

  it('guarantee 4: rejects bad symbols one by one, naming each, and serves the good ones', async () => {
    app.quote('MSFT', 400);
    const probe = await open();
    const ack = await probe.ask('subscription_ack', {
      type: 'subscribe',
      symbols: ['MSFT', 'no such!', 'NOPE1', 42, 'x'.repeat(99), 'BREAK'],
    });
    expect(ack.data.symbols).toEqual(['MSFT']);
    expect(ack.data.rejected).toEqual([
      { symbol: 'no such!', code: 105, name: 'unknown_symbol' },
      { symbol: '42', code: 105, name: 'unknown_symbol' },
      { symbol: `${'x'.repeat(63)}…`, code: 105, name: 'unknown_symbol' },
      { symbol: 'NOPE1', code: 105, name: 'unknown_symbol' },
      { symbol: 'BREAK', code: 113, name: 'internal' },
    ]);
    expect(ack.data.total).toBe(1);
    await eventually(() => probe.lastQuote('MSFT')?.data.price === 400);
    expect(app.marketFeed.interest.has('NOPE1')).toBe(false);
  });

  it('is a success the second time, without a second snapshot unless it is asked for', async () => {
    app.quote('KO', 60);
    const probe = await open();
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['KO'] });
    const again = await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['KO', 'KO'], maxHz: 2 });
    expect(again.data).toMatchObject({ symbols: ['KO'], total: 1, maxHz: 2 });
    await eventually(() => probe.of('snapshot_end').length === 2);
    expect(probe.of('market_data')).toHaveLength(1);
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['KO'], snapshot: true });
    await eventually(() => probe.of('market_data').length === 2);
    expect(app.marketFeed.interest.get('KO')).toBe(1);
  });

  it('stops at the symbol limit, a lower one for strangers, and names the symbols that found no room', async () => {
    const probe = await open('/ws/market', { stranger: true });
    expect(probe.of('hello')[0]?.data.limits.symbols).toBe(30);
    const symbols = Array.from({ length: 35 }, (_, i) => `L${i}`);
    const ack = await probe.ask('subscription_ack', { type: 'subscribe', symbols });
    expect(ack.data.symbols).toHaveLength(30);
    expect(ack.data.rejected.map(({ symbol, code }) => `${symbol}:${code}`)).toEqual([
      'L30:106',
      'L31:106',
      'L32:106',
      'L33:106',
      'L34:106',
    ]);
    const tooMany = await probe.ask('error', {
      type: 'subscribe',
      symbols: Array.from({ length: 101 }, (_, i) => `M${i}`),
    });
    expect(tooMany.data).toMatchObject({ code: 108, name: 'too_large' });
  });

  it('guarantee 4: acknowledges once, and only when the feed is attached', async () => {
    const probe = await open();
    probe.send({ type: 'subscribe', symbols: ['HELD'], id: 'slow' });
    const pong = await probe.ask('pong', { type: 'ping', ts: 7 });
    expect(pong.data.ts).toBe(7);
    expect(probe.answersTo('slow')).toHaveLength(0);
    app.marketFeed.held.resolve();
    await eventually(() => probe.answersTo('slow').length === 1);
    await probe.ask('pong', { type: 'ping' });
    expect(probe.answersTo('slow')).toHaveLength(1);
  });

  it('forgets a key that was given up while it was being prepared', async () => {
    const probe = await open();
    probe.send({ type: 'subscribe', symbols: ['SLOW2'], id: 1 });
    probe.send({ type: 'unsubscribe', symbols: ['SLOW2'], id: 2 });
    await eventually(() => probe.answersTo(1).length === 1);
    expect(probe.answersTo(1)[0]).toMatchObject({ data: { symbols: [], rejected: [], total: 0 } });
    expect(app.marketFeed.interest.has('SLOW2')).toBe(false);
    expect(app.marketHub.subscribers('SLOW2')).toBe(0);
  });

  it('takes `action` for `type`', async () => {
    const probe = await open();
    expect((await probe.ask('subscription_ack', { action: 'subscribe', symbols: ['AAPL'] })).data.symbols).toEqual([
      'AAPL',
    ]);
  });
});

describe('the other commands', () => {
  it('unsubscribes some and all, lists what is left, and gives interest back', async () => {
    const probe = await open();
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['A1', 'A2', 'A3'] });
    const some = await probe.ask('subscription_ack', { type: 'unsubscribe', symbols: ['A2', 'never'] });
    expect(some.data).toMatchObject({ status: 'unsubscribed', symbols: ['A2', 'NEVER'], total: 2 });
    expect((await probe.ask('subscription_ack', { type: 'list' })).data).toMatchObject({
      status: 'listed',
      symbols: ['A1', 'A3'],
      total: 2,
    });
    expect((await probe.ask('subscription_ack', { type: 'unsubscribe', symbols: ['*'] })).data).toMatchObject({
      symbols: ['A1', 'A3'],
      total: 0,
    });
    expect([...app.marketFeed.interest.keys()].filter((key) => key.startsWith('A') && key.length === 2)).toEqual([]);
  });

  it('sets the rate of the connection', async () => {
    const probe = await open();
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['RATE'] });
    expect((await probe.ask('subscription_ack', { type: 'set', maxHz: 5 })).data).toMatchObject({
      status: 'set',
      maxHz: 5,
    });
    const faulty = await probe.ask('error', { type: 'set', maxHz: 500 });
    expect(faulty.data).toMatchObject({ code: 102, name: 'validation' });
    expect(faulty.data.message).toContain('500');
  });

  it('answers each faulty command once, with its id and the offending value', async () => {
    const probe = await open();
    const cases: [object, number, string][] = [
      [{ type: 'dance' }, 101, 'dance'],
      [{}, 101, 'type'],
      [{ type: 'subscribe' }, 102, 'symbols'],
      [{ type: 'subscribe', symbols: 'AAPL' }, 102, 'AAPL'],
      [{ type: 'subscribe', symbols: [] }, 102, 'symbols'],
      [{ type: 'resume', epoch: 'e', seq: 1 }, 109, 'subscribe'],
      [{ type: 'history', limit: 5 }, 101, 'history'],
      [{ type: 'ack', seq: 5 }, 101, 'ack'],
      [{ type: 'auth', token: 'forged' }, 103, 'token'],
    ];
    for (const [command, code, word] of cases) {
      const { data } = await probe.ask('error', command);
      expect({ command, code: data.code }).toEqual({ command, code });
      expect(data.message).toContain(word);
    }
    probe.send({ type: 'ping', id: 'last' });
    await eventually(() => probe.answersTo('last').length === 1);
    const ids = probe.frames.flatMap((frame) => ('id' in frame && frame.id !== undefined ? [frame.id] : []));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('values', () => {
  it('guarantee 6: leave one client alone when another unsubscribes, changes its mind in the same tick, or goes', async () => {
    app.quote('ISO', 1);
    const [steady, fickle, passing] = [await open(), await open(), await open()];
    for (const probe of [steady, fickle, passing])
      await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['ISO'] });
    fickle.send({ type: 'unsubscribe', symbols: ['ISO'] });
    fickle.send({ type: 'subscribe', symbols: ['ISO'], id: 'back' });
    passing.terminate();
    await eventually(() => fickle.answersTo('back').length === 1);
    await eventually(() => app.marketFeed.interest.get('ISO') === 2);
    for (let price = 2; price <= 20; price++) app.quote('ISO', price);
    for (const probe of [steady, fickle]) await eventually(() => probe.lastQuote('ISO')?.data.price === 20);
  });

  it('guarantee 7: rise in version and end at the newest after a storm', async () => {
    const probe = await open();
    const symbols = ['ST1', 'ST2', 'ST3'];
    await probe.ask('subscription_ack', { type: 'subscribe', symbols });
    for (let i = 1; i <= 1_000; i++) app.quote(symbols[i % 3] as string, i);
    await eventually(() => probe.lastQuote('ST1')?.data.price === 999, Boolean, 1_000);
    expect(probe.lastQuote('ST2')?.data.price).toBe(1_000);
    expect(probe.lastQuote('ST3')?.data.price).toBe(998);
    for (const symbol of symbols) {
      const versions = probe
        .of('market_data')
        .filter((frame) => frame.symbol === symbol)
        .map(({ v }) => v);
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    }
  });

  it('that do not change are not sent again, and stale is said once', async () => {
    app.quote('CALM', 10);
    const probe = await open();
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['CALM'] });
    await probe.next('snapshot_end');
    app.quote('CALM', 11);
    const last = app.quote('CALM', 11);
    app.marketHub.markStale('CALM', { ...last, stale: true, v: last.v + 1_000_000 });
    app.marketHub.markStale('CALM', { ...last, stale: true, v: last.v + 1_000_001 });
    await eventually(() => probe.lastQuote('CALM')?.stale === true);
    app.marketHub.publish('CALM', 'CALM', { ...last, v: last.v + 1_000_002 });
    await eventually(() => probe.lastQuote('CALM')?.stale === undefined);
    expect(probe.of('market_data').filter(({ stale }) => stale).length).toBe(1);
  });
});

describe('charts', () => {
  it('guarantee 9: shows the bars, follows the forming one, and delivers each closed bar exactly once under twentyfold overload', async () => {
    app.bar('AAPL', 60_000, 101, false);
    const probe = await open('/ws/charts');
    const ack = await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['AAPL'], timeframe: '1m' });
    expect(ack.data).toMatchObject({ symbols: ['AAPL'], maxHz: 4 });
    await probe.next('snapshot_end');
    for (let minute = 1; minute <= 20; minute++) {
      for (let i = 0; i < 20; i++) app.bar('AAPL', minute * 60_000, 100 + i / 10, false);
      app.bar('AAPL', minute * 60_000, 105, true);
    }
    app.bar('AAPL', 21 * 60_000, 107, false);
    const updates = () => probe.of('chart_update').flatMap((frame) => ('bar' in frame.data ? [frame.data.bar] : []));
    await eventually(() => updates().at(-1)?.close === 107);
    const closed = updates().filter((bar) => bar.closed);
    expect(closed.map(({ openTime }) => openTime / 60_000)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    // No forming bar may follow its closed one.
    const lastOf = new Map(updates().map((bar) => [bar.openTime, bar.closed]));
    expect([...lastOf].filter(([openTime, isClosed]) => !isClosed && openTime < 21 * 60_000)).toEqual([]);
    expect((await probe.ask('subscription_ack', { type: 'list' })).data.symbols).toEqual(['AAPL:1m']);
  });

  it('names a timeframe that does not exist', async () => {
    const probe = await open('/ws/charts');
    const { data } = await probe.ask('error', { type: 'subscribe', symbols: ['AAPL'], timeframe: '7m' });
    expect(data).toMatchObject({ code: 102, name: 'validation' });
    expect(data.message).toContain('7m');
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { WebSocketServer } from 'ws';
import type { WebSocket as PeerSocket } from 'ws';
import { createStreamClient } from './index.ts';
import type { QuoteItem, StreamClient } from './index.ts';
import { aQuote } from './testing/index.ts';

/** A server on a real port that says hello, acknowledges, and gives one quote a symbol. */
class Server {
  readonly peers: PeerSocket[] = [];
  price = 10;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (peer) => this.#welcome(peer));
  }

  static async open(port = 0): Promise<Server> {
    const server = new WebSocketServer({ port, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    return new Server(server);
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** As a dead process: sockets break without a close frame. */
  async die(): Promise<void> {
    for (const peer of this.peers) peer.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #welcome(peer: PeerSocket): void {
    this.peers.push(peer);
    const say = (frame: object): void => peer.send(JSON.stringify({ ch: 'market', ts: Date.now(), ...frame }));
    const limits = { symbols: 30, symbolsPerCommand: 100, commandsPerSecond: 10, inboundBytes: 16_384 };
    const market = { id: 'sim:1:0', source: 'simulated', kind: 'simulated' };
    say({ type: 'hello', data: { protocol: 'ziggy.v1', conn: 'c', node: 'n', pingMs: 25_000, market, limits } });
    peer.on('message', (data) => {
      const command = JSON.parse(String(data)) as { type: string; id?: string; symbols?: string[] };
      if (command.type !== 'subscribe') return;
      const symbols = command.symbols ?? [];
      say({
        type: 'subscription_ack',
        id: command.id,
        data: { status: 'subscribed', symbols, rejected: [], total: symbols.length, maxHz: 10 },
      });
      for (const symbol of symbols)
        say({ type: 'market_data', symbol, v: 1, snap: true, data: aQuote(this.price, Date.now()) });
      say({ type: 'snapshot_end', id: command.id });
    });
  }
}

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = Date.now() + 10_000;
    const look = (): void => {
      if (condition()) resolve();
      else if (Date.now() > end) reject(new Error('it did not come true in 10 s'));
      else setTimeout(look, 10);
    };
    look();
  });
}

describe('in Node, over real sockets', () => {
  let client: StreamClient | null = null;
  let server: Server | null = null;
  afterEach(async () => {
    client?.disconnect();
    await server?.die();
  });

  it('gets a quote, survives a dead server as stale, and comes back to the new one by itself', async () => {
    server = await Server.open();
    const { port } = server;
    client = createStreamClient({
      clock: { now: () => Date.now() },
      random: () => 0,
      timers: { set: (run, ms) => setTimeout(run, ms), clear: (handle) => clearTimeout(handle as NodeJS.Timeout) },
      nextFrame: (flush) => {
        const handle = setTimeout(flush, 5);
        return () => clearTimeout(handle);
      },
      openSocket: (url) => new WebSocket(url),
      fetch: (url, init) => fetch(url, init),
      socketUrl: (channel) => `ws://127.0.0.1:${port}/ws/${channel}`,
      restBase: `http://127.0.0.1:${port}`,
      visible$: new BehaviorSubject(true),
      online$: new BehaviorSubject(true),
      maxAttempts: 0,
      validation: 'all',
    });
    const held = new Map<string, QuoteItem>();
    client.quotes(['AAPL']).subscribe(({ items }) => {
      for (const item of items) held.set(item.symbol, item);
    });
    await until(() => held.get('AAPL')?.data.price === 10);
    await server.die();
    await until(() => held.get('AAPL')?.stale === true);
    server = await Server.open(port);
    server.price = 11;
    await until(() => held.get('AAPL')?.stale === false);
    expect(server.peers).toHaveLength(1);
  });
});

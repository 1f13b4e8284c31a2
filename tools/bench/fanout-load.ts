/**
 * The load process of the fan-out bench: many WebSocket clients on plain sockets. It walks over frame headers, counts,
 * and reads the `ts` of one frame in sixteen, so that a thousand clients at 300 frames a second leave it time to spare.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { symbolName, type LoadGroup, type LoadOrder, type LoadKind, type LoadReport } from './fanout-frames.ts';
import { percentile } from './result.ts';
import { Flood } from './stream-flood.ts';
import { showKey, upgradeOf } from './stream-upgrade.ts';

const SAMPLE_EVERY = 16;
const OPENING_AT_ONCE = 100;
/** When a frame's event happened: its own time, or for an event of the log the moment the producer spoke. */
const MARKS = { frame: Buffer.from('"ts":'), event: Buffer.from('"said":') };
const TIMESTAMP_DIGITS = 13;

let counting = false;
let delivered = 0;
let bytes = 0;
let seen = 0;
let latencies: number[] = [];
let clients: LoadClient[] = [];
let churning: NodeJS.Timeout | null = null;
let replaced = 0;
const flood = new Flood();

const PATHS: Record<LoadKind, string> = {
  product: '/ws/market',
  news: '/ws/news',
  'ws-each': '/',
  'ws-once': '/',
  'socket.io': '/socket.io/?EIO=4&transport=websocket',
};

class LoadClient {
  readonly group: LoadGroup;
  readonly #kind: LoadKind;
  readonly #symbols: readonly string[];
  readonly #port: number;
  #rest: Buffer | null = null;
  #upgraded = false;
  readonly socket: Socket;
  readonly ready: Promise<void>;
  #isReady = false;
  #becomeReady: () => void = () => undefined;

  constructor(port: number, kind: LoadKind, symbols: readonly string[], group: LoadGroup) {
    this.group = group;
    this.#port = port;
    this.#kind = kind;
    this.#symbols = symbols;
    this.ready = new Promise((resolve) => {
      this.#becomeReady = () => {
        this.#isReady = true;
        resolve();
      };
    });
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => this.#onData(chunk));
    this.socket.write(upgradeOf(PATHS[kind], port));
  }

  /** Another client that wants the same. */
  again(): LoadClient {
    return new LoadClient(this.#port, this.#kind, this.#symbols, this.group);
  }

  #onData(chunk: Buffer): void {
    let data = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    if (!this.#upgraded) {
      const end = data.indexOf('\r\n\r\n');
      if (end === -1) {
        this.#rest = data;
        return;
      }
      if (!data.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101')))
        throw new Error(`Not upgraded: ${data.toString('latin1', 0, 80)}`);
      this.#upgraded = true;
      data = data.subarray(end + 4);
      if (this.#kind === 'socket.io') this.#send('40');
      else this.#subscribe();
    }
    const used = this.#frames(data);
    if (used < data.length) this.#rest = Buffer.from(data.subarray(used));
  }

  #frames(data: Buffer): number {
    let at = 0;
    while (data.length - at >= 2) {
      const short = (data[at + 1] as number) & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length - at < header) break;
      const length =
        short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
      const end = at + header + length;
      if (end > data.length) break;
      this.#frame(data, (data[at] as number) & 0x0f, at + header, end);
      at = end;
    }
    return at;
  }

  #frame(data: Buffer, opcode: number, from: number, to: number): void {
    if (opcode === 9) this.#send('', 0x8a);
    if (opcode !== 1) return;
    // Once a client is ready, ticks are the only large frames.
    if (!this.#isReady || to - from < 280) return this.#control(data.toString('latin1', from, to));
    if (!counting || this.group !== 'measured') return;
    delivered++;
    bytes += to - from;
    if (++seen % SAMPLE_EVERY !== 0) return;
    const mark = this.#kind === 'news' ? MARKS.event : MARKS.frame;
    const at = data.indexOf(mark, from) + mark.length;
    latencies.push(Date.now() - Number(data.toString('latin1', at, at + TIMESTAMP_DIGITS)));
  }

  #control(text: string): void {
    if (this.#kind !== 'socket.io') {
      if (text.includes('subscription_ack')) this.#becomeReady();
      return;
    }
    if (text === '2') this.#send('3');
    else if (text.startsWith('40')) this.#subscribe();
  }

  #subscribe(): void {
    if (this.#symbols.length > 0) {
      const symbols = this.#kind === 'news' ? ['*'] : this.#symbols;
      const command = { type: 'subscribe', symbols, id: 1 };
      this.#send(this.#kind === 'socket.io' ? `42${JSON.stringify(['subscribe', command])}` : JSON.stringify(command));
    }
    const answers = this.#kind === 'product' || this.#kind === 'news';
    if (!answers || this.#symbols.length === 0) this.#becomeReady();
  }

  /** Masked with zeros: a mask is a duty of clients, its value is not what is measured. */
  #send(text: string, first = 0x81): void {
    const payload = Buffer.from(text);
    const header =
      payload.length < 126
        ? [first, 0x80 | payload.length]
        : [first, 0x80 | 126, payload.length >> 8, payload.length & 255];
    this.socket.write(Buffer.concat([Buffer.from([...header, 0, 0, 0, 0]), payload]));
  }
}

async function open(order: Extract<LoadOrder, { do: 'open' }>): Promise<void> {
  const atOnce = order.atOnce ?? OPENING_AT_ONCE;
  for (let from = 0; from < order.clients; from += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, order.clients - from) }, (_, i) => {
      const first = (from + i) * order.perClient;
      const symbols = Array.from({ length: order.perClient }, (_unused, n) => symbolName((first + n) % order.symbols));
      return new LoadClient(order.port, order.kind, symbols, order.group ?? 'measured');
    });
    clients.push(...batch);
    await Promise.all(batch.map(({ ready }) => ready));
  }
}

async function measure(ms: number): Promise<LoadReport> {
  [delivered, bytes, seen, latencies] = [0, 0, 0, []];
  counting = true;
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  counting = false;
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    delivered,
    bytes,
    seconds,
    latencyMs: { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
    flood: flood.report(),
    replaced,
  };
}

/** Replaces the clients in turn, evenly over the second. */
function churn(perSecond: number): void {
  let at = 0;
  churning = setInterval(() => {
    const place = at++ % clients.length;
    const leaving = clients[place] as LoadClient;
    leaving.socket.destroy();
    clients[place] = leaving.again();
    replaced++;
  }, 1_000 / perSecond);
}

function close(group: LoadGroup | undefined): void {
  if (churning !== null) clearInterval(churning);
  flood.stop();
  const ending = clients.filter((client) => group === undefined || client.group === group);
  for (const { socket } of ending) socket.destroy();
  clients = clients.filter((client) => !ending.includes(client));
}

function stall(): void {
  for (const { group, socket } of clients) if (group === 'other') socket.pause();
}

process.on('message', (order: LoadOrder) => {
  void (async () => {
    if (order.do === 'show') showKey(order.key);
    if (order.do === 'open') await open(order);
    if (order.do === 'stall') stall();
    if (order.do === 'flood') flood.start(order.port, order.clients);
    if (order.do === 'churn') churn(order.perSecond);
    if (order.do === 'close') close(order.group);
    process.send?.(order.do === 'measure' ? await measure(order.ms) : {});
  })();
});
process.on('disconnect', () => process.exit(0));
process.send?.({});

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Global, Module } from '@nestjs/common';
import { serverFrame } from '@ziggy/contracts';
import type {
  ChartSnapshotFrame,
  ChartUpdateFrame,
  MarketDataFrame,
  ServerFrame,
  StreamErrorName,
} from '@ziggy/contracts';
import type { LatestValueHub } from '@ziggy/streaming';
import { WebSocket } from 'ws';
import { ChartsGateway } from '../src/charts/charts.gateway.ts';
import { MarketGateway } from '../src/market/market.gateway.ts';
import { RunningMarket } from '../src/platform/running-market.ts';
import { ChartsFeed, MarketFeed } from '../src/stream/channel-feed.ts';
import type { ChannelFeed, StreamKey } from '../src/stream/channel-feed.ts';
import { CHARTS_HUB, MARKET_HUB, chartTopic } from '../src/stream/hubs.ts';
import { StreamModule } from '../src/stream/stream.module.ts';
import { eventually, startApp } from './harness.ts';
import { spoken } from './speaker.ts';
import type { TestApp, TestAppOptions } from './harness.ts';

const keyText = ({ symbol, timeframe }: StreamKey) => (timeframe === null ? symbol : chartTopic(symbol, timeframe));

/** A market in memory: `NOPE*` is unknown, `SLOW*` takes its time, and what is published is what is known. */
class MemoryFeed implements ChannelFeed {
  readonly interest = new Map<string, number>();
  readonly known = new Map<string, ServerFrame>();
  slowMs = 60;
  /** `HELD*` is ready when the test resolves this. */
  readonly held = Promise.withResolvers<void>();

  async prepare({ symbol }: StreamKey): Promise<StreamErrorName | null> {
    if (symbol.startsWith('SLOW')) await setTimeout(this.slowMs);
    if (symbol.startsWith('HELD')) await this.held.promise;
    if (symbol.startsWith('BREAK')) throw new Error('the feed is broken');
    return symbol.startsWith('NOPE') ? 'unknown_symbol' : null;
  }

  snapshot(key: StreamKey): readonly ServerFrame[] {
    const frame = this.known.get(keyText(key));
    return frame === undefined ? [] : [frame];
  }

  acquire(key: StreamKey): void {
    this.interest.set(keyText(key), (this.interest.get(keyText(key)) ?? 0) + 1);
  }

  release(key: StreamKey): void {
    const left = (this.interest.get(keyText(key)) ?? 0) - 1;
    if (left === 0) this.interest.delete(keyText(key));
    else this.interest.set(keyText(key), left);
  }
}

class TestRunningMarket extends RunningMarket {
  readonly id = 'sim:1:9f2c01ab';
  readonly source = 'simulated';
  readonly kind = 'simulated';
  readonly chosenBy = 'configuration';
  readonly reason = 'a test';
  readonly since = 0;
}

@Global()
@Module({
  imports: [StreamModule],
  providers: [
    MarketGateway,
    ChartsGateway,
    { provide: MarketFeed, useClass: MemoryFeed },
    { provide: ChartsFeed, useClass: MemoryFeed },
    { provide: RunningMarket, useClass: TestRunningMarket },
  ],
  exports: [RunningMarket],
})
class MemoryMarketModule {}

export interface ProbeOptions {
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** True: nobody speaks, unless the headers do. */
  readonly stranger?: boolean;
}

/** A client of a stream, as who speaks at that origin. */
export async function probeAt(url: string, options: ProbeOptions = {}): Promise<StreamProbe> {
  return new StreamProbe(new WebSocket(url, { perMessageDeflate: false, ...(await handshakeOf(url, options)) }));
}

async function handshakeOf(url: string, { stranger = false, headers = {}, ...rest }: ProbeOptions) {
  const proven = stranger || url.includes('ticket=') ? headers : Object.fromEntries(await spoken(url, headers));
  return { ...rest, headers: proven };
}

/** The real application with the real streams, over a market that the test moves by hand. */
export class StreamTestApp {
  readonly features = [MemoryMarketModule];
  readonly app: TestApp;
  readonly marketFeed: MemoryFeed;
  readonly chartsFeed: MemoryFeed;
  readonly marketHub: LatestValueHub;
  readonly chartsHub: LatestValueHub;
  readonly #clients: StreamProbe[] = [];
  #v = 0;

  private constructor(app: TestApp) {
    this.app = app;
    this.marketFeed = app.app.get<MemoryFeed>(MarketFeed, { strict: false });
    this.chartsFeed = app.app.get<MemoryFeed>(ChartsFeed, { strict: false });
    this.marketHub = app.app.get<LatestValueHub>(MARKET_HUB, { strict: false });
    this.chartsHub = app.app.get<LatestValueHub>(CHARTS_HUB, { strict: false });
  }

  static async start(
    env: Readonly<Record<string, string>> = {},
    options: Pick<TestAppOptions, 'limits' | 'as'> = {},
  ): Promise<StreamTestApp> {
    return new StreamTestApp(
      await startApp({ features: [MemoryMarketModule], env: { LOG_LEVEL: 'warn', ...env }, ...options }),
    );
  }

  /** Opens a socket and waits for its `hello`. */
  async open(path = '/ws/market', options: ProbeOptions = {}): Promise<StreamProbe> {
    const probe = await this.connect(path, options);
    await probe.next('hello');
    return probe;
  }

  /** Opens a socket as who speaks here, unless the headers prove somebody else or a stranger is asked for. */
  async connect(path = '/ws/market', options: ProbeOptions = {}): Promise<StreamProbe> {
    const probe = await probeAt(`${this.app.wsUrl}${path}`, options);
    this.#clients.push(probe);
    await probe.opened;
    return probe;
  }

  /** Moves the price of a symbol, as the quote pipeline would: known first, published then. */
  quote(symbol: string, price: number): MarketDataFrame {
    const frame = aQuote(symbol, price, ++this.#v);
    this.marketFeed.known.set(symbol, { ...frame, snap: true });
    this.marketHub.publish(symbol, symbol, frame);
    return frame;
  }

  bar(symbol: string, openTime: number, close: number, closed: boolean): ChartUpdateFrame {
    const frame = aBar(symbol, openTime, close, closed, ++this.#v);
    this.chartsFeed.known.set(chartTopic(symbol, '1m'), snapshotOf(frame));
    this.chartsHub.publish(chartTopic(symbol, '1m'), String(openTime), frame, { once: closed });
    return frame;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.terminate();
    await this.app.close();
  }
}

/** Owner of the partitions that who speaks here reads. */
export function ownerOf({ app }: StreamTestApp): { organisationId: string; userId: string } {
  const { organisationId, userId } = app.speaker;
  return { organisationId, userId };
}

export function aQuote(symbol: string, price: number, v: number): MarketDataFrame {
  const at = Date.now();
  return {
    type: 'market_data',
    ch: 'market',
    ts: at,
    symbol,
    v,
    data: {
      price,
      change: 1.5,
      changePct: 0.75,
      bid: price - 0.01,
      ask: price + 0.01,
      volume: 1_000_000,
      source: 'simulated',
      kind: 'simulated',
      asOf: at,
      brain: {
        regime: 'RiskOn',
        regimeConfidence: 0.91,
        volatility: 0.21,
        z20: 0.4,
        relativeVolume: 1.1,
        moveSigma: 0.3,
        confidence: null,
        why: 'warm_up',
      },
    },
  };
}

export function aBar(symbol: string, openTime: number, close: number, closed: boolean, v: number): ChartUpdateFrame {
  const bar = {
    openTime,
    closeTime: openTime + 60_000,
    open: 100,
    high: Math.max(100, close),
    low: Math.min(100, close),
    close,
    volume: 10,
    closed,
  };
  return {
    type: 'chart_update',
    ch: 'charts',
    ts: Date.now(),
    symbol,
    timeframe: '1m',
    v,
    data: { bar, indicators: { 'sma(20)': { value: null } }, source: 'simulated', kind: 'simulated', asOf: openTime },
  };
}

function snapshotOf(frame: ChartUpdateFrame): ChartSnapshotFrame {
  const { bar, source, kind, asOf } = frame.data;
  return {
    ...frame,
    snap: true,
    data: { bars: [bar], indicators: { 'sma(20)': { value: [null] } }, source, kind, asOf },
  };
}

type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/** A client that holds every frame it gets to the contract, and keeps it. */
export class StreamProbe {
  readonly ws: WebSocket;
  readonly frames: ServerFrame[] = [];
  readonly opened: Promise<void>;
  /** `at` is when the last byte came, which holds the code: the handshake of the close takes both sides' time. */
  readonly closed: Promise<{ code: number; reason: string; at: number }>;
  /** Frames that the contract refuses; a test that ends well has none. */
  readonly invalid: string[] = [];
  closeCode: number | null = null;
  #read = 0;

  constructor(ws: WebSocket) {
    this.ws = ws;
    this.opened = new Promise((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
    });
    let heardAt = Number.NaN;
    ws.once('open', () => {
      const { _socket: socket } = ws as unknown as { _socket: Socket };
      socket.on('data', () => (heardAt = performance.now()));
    });
    this.closed = new Promise((resolve) =>
      ws.once('close', (code, reason) => {
        this.closeCode = code;
        resolve({ code, reason: reason.toString(), at: Number.isNaN(heardAt) ? performance.now() : heardAt });
      }),
    );
    ws.on('error', () => undefined);
    ws.on('message', (data) => this.#take(String(data)));
  }

  #take(text: string): void {
    const result = serverFrame.safeParse(JSON.parse(text));
    if (result.success) this.frames.push(result.data);
    else this.invalid.push(text.slice(0, 400));
  }

  send(command: object | string): void {
    this.ws.send(typeof command === 'string' ? command : JSON.stringify(command));
  }

  /** Sends a command with an id and waits for the one answer to it. */
  async ask<Type extends 'subscription_ack' | 'error' | 'pong'>(type: Type, command: object): Promise<FrameOf<Type>> {
    const id = randomUUID();
    this.send({ ...command, id });
    const answer = await eventually(
      () => this.answersTo(id)[0],
      (frame) => frame !== undefined,
    );
    if (answer?.type !== type) throw new Error(`${JSON.stringify(command)} was answered by ${JSON.stringify(answer)}`);
    return answer as FrameOf<Type>;
  }

  /** Every frame that answers this id; `snapshot_end` carries the id too, and is no answer. */
  answersTo(id: string | number): ServerFrame[] {
    return this.frames.filter((frame) => 'id' in frame && frame.id === id && frame.type !== 'snapshot_end');
  }

  /** The next frame of a type that was not returned yet. */
  async next<Type extends ServerFrame['type']>(type: Type, withinMs = 15_000): Promise<FrameOf<Type>> {
    const found = await eventually(
      () => {
        const at = this.frames.findIndex((frame, i) => i >= this.#read && frame.type === type);
        return at === -1 ? null : at;
      },
      (at) => at !== null,
      withinMs,
    );
    this.#read = (found as number) + 1;
    return this.frames[found as number] as FrameOf<Type>;
  }

  of<Type extends ServerFrame['type']>(type: Type): FrameOf<Type>[] {
    return this.frames.filter((frame): frame is FrameOf<Type> => frame.type === type);
  }

  /** Last quote of a symbol. */
  lastQuote(symbol: string): MarketDataFrame | undefined {
    return this.of('market_data').findLast((frame) => frame.symbol === symbol);
  }

  terminate(): void {
    this.ws.terminate();
  }
}

/** The status of a refused upgrade. */
export async function refusedUpgrade(
  url: string,
  options: ProbeOptions = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: Record<string, unknown> }> {
  const handshake = await handshakeOf(url, options);
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, handshake);
    ws.once('open', () => {
      ws.terminate();
      reject(new Error('The upgrade was granted.'));
    });
    ws.once('error', () => undefined);
    ws.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
        }),
      );
    });
  });
}

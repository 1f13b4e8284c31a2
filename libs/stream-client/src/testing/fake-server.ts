import { EVENT_TYPES, LOSSLESS_CHANNELS } from '@ziggy/contracts';
import type { Channel, LosslessChannel, QuoteData } from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import type { FakeTime } from './fake-time.ts';
import { FakeSocket } from './fake-socket.ts';

const BRAIN = {
  regime: null,
  regimeConfidence: null,
  volatility: null,
  z20: null,
  relativeVolume: null,
  moveSigma: null,
  confidence: null,
  why: 'warm_up',
} as const;

export function aQuote(price: number, asOf: number): QuoteData {
  return {
    price,
    change: 1,
    changePct: 0.5,
    bid: price - 0.01,
    ask: price + 0.01,
    volume: 1000,
    source: 'simulated',
    kind: 'simulated',
    asOf,
    brain: { ...BRAIN },
  };
}

/** The event log of one channel, as the server keeps it. */
export class FakeLog {
  epoch = 'e1';
  readonly events: { readonly seq: number; readonly id: string; readonly ts: number }[] = [];
  /** Events up to here are gone. */
  trimmedTo = 0;

  get seq(): number {
    return this.events.length;
  }
}

/** The server's half of `ziggy.v1` as far as a client can tell, with the values in the hands of the test. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  market = { id: 'sim:1:0', source: 'simulated', kind: 'simulated' as const };
  limits = { symbols: 200, symbolsPerCommand: 100, commandsPerSecond: 10, inboundBytes: 16_384 };
  refuse = false;
  silent = false;
  autoAnswer = true;
  unknown = new Set<string>();
  readonly quotes = new Map<string, { v: number; data: QuoteData }>();
  readonly subscribed = new Map<FakeSocket, Set<string>>();
  readonly logs = Object.fromEntries(LOSSLESS_CHANNELS.map((channel) => [channel, new FakeLog()])) as Record<
    LosslessChannel,
    FakeLog
  >;
  /** Sockets of lossless channels that get what happens. */
  readonly attached = new Set<FakeSocket>();
  readonly #time: FakeTime;

  constructor(time: FakeTime) {
    this.#time = time;
  }

  readonly open = (url: string): FakeSocket => {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    this.subscribed.set(socket, new Set());
    socket.onCommand = (command) => this.autoAnswer && this.#answer(socket, command);
    this.#time.timers.set(() => {
      if (socket.readyState !== 0) return;
      if (this.refuse) return socket.cut(1006);
      socket.readyState = 1;
      if (!this.silent) this.hello(socket);
    }, 5);
    return socket;
  };

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nothing has connected yet');
    return socket;
  }

  on(channel: Channel): FakeSocket[] {
    return this.sockets.filter((socket) => channelOf(socket) === channel);
  }

  hello(socket: FakeSocket): void {
    const data = {
      protocol: 'ziggy.v1',
      conn: 'c',
      node: 'n',
      pingMs: 25_000,
      market: this.market,
      limits: this.limits,
    };
    socket.say({ type: 'hello', ch: channelOf(socket), ts: this.#time.clock.now(), data });
  }

  /** Sets a value, and says it to whoever subscribed. */
  publish(symbol: string, price: number, v = (this.quotes.get(symbol)?.v ?? 0) + 1): void {
    this.quotes.set(symbol, { v, data: aQuote(price, this.#time.clock.now()) });
    for (const [socket, symbols] of this.subscribed)
      if (symbols.has(symbol) && socket.readyState === 1) socket.say(this.quoteFrame(symbol));
  }

  /** Something happens on a lossless channel; whoever is attached hears of it, unless it is `lost` on the way. */
  append(channel: LosslessChannel, { lost = false } = {}): object {
    const log = this.logs[channel];
    const seq = log.seq + 1;
    log.events.push({ seq, id: `${log.epoch}-${channel}-${seq}`, ts: this.#time.clock.now() });
    const frame = this.eventFrame(channel, seq);
    if (!lost)
      for (const socket of this.attached)
        if (channelOf(socket) === channel && socket.readyState === 1) socket.say(frame);
    return frame;
  }

  eventFrame(channel: LosslessChannel, seq: number, extra: object = {}): object {
    const log = this.logs[channel];
    const event = log.events[seq - 1];
    if (!event) throw new Error(`no event ${seq}`);
    const { id, ts } = event;
    return {
      type: EVENT_TYPES[channel][0],
      ch: channel,
      ts,
      id,
      epoch: log.epoch,
      seq,
      prev: seq - 1,
      data: { n: seq },
      ...extra,
    };
  }

  quoteFrame(symbol: string, extra: object = {}): object {
    const held = this.quotes.get(symbol);
    if (!held) throw new Error(`no value of ${symbol}`);
    return {
      type: 'market_data',
      ch: 'market',
      ts: this.#time.clock.now(),
      symbol,
      v: held.v,
      data: held.data,
      ...extra,
    };
  }

  barFrame(
    symbol: string,
    timeframe: Timeframe,
    v: number,
    bar: { openTime: number; close: number; closed: boolean },
    extra: object = {},
  ): object {
    const full = {
      closeTime: bar.openTime + 60_000,
      open: 1,
      high: Math.max(1, bar.close),
      low: Math.min(1, bar.close),
      volume: 1,
      ...bar,
    };
    const data = {
      bar: full,
      indicators: { 'sma(20)': { value: bar.close } },
      source: 'simulated',
      kind: 'simulated',
      asOf: bar.openTime,
    };
    return { type: 'chart_update', ch: 'charts', ts: this.#time.clock.now(), symbol, timeframe, v, data, ...extra };
  }

  barImage(symbol: string, timeframe: Timeframe, v: number, closes: readonly number[], from = 0): object {
    const bars = closes.map((close, i) => ({
      openTime: from + i * 60_000,
      closeTime: from + (i + 1) * 60_000,
      open: 1,
      high: Math.max(1, close),
      low: Math.min(1, close),
      close,
      volume: 1,
      closed: i < closes.length - 1,
    }));
    const data = {
      bars,
      indicators: { 'sma(20)': { value: closes.map(() => null) } },
      source: 'simulated',
      kind: 'simulated',
      asOf: from,
    };
    return { type: 'chart_update', ch: 'charts', ts: this.#time.clock.now(), symbol, timeframe, v, snap: true, data };
  }

  #answerLossless(socket: FakeSocket, ch: LosslessChannel, command: Record<string, unknown>): void {
    const log = this.logs[ch];
    const ts = this.#time.clock.now();
    const { id, type } = command;
    const { epoch, seq } = log;
    if (type === 'subscribe') {
      const data = { status: 'subscribed', symbols: ['*'], rejected: [], total: 1, maxHz: 10 };
      socket.say({ type: 'subscription_ack', ch, ts, id, data });
      for (let n = Math.max(1, seq - 49); n <= seq; n++) socket.say(this.eventFrame(ch, n, { snap: true }));
      socket.say({ type: 'snapshot_end', ch, ts, id, epoch, seq });
      this.attached.add(socket);
    } else if (type === 'resume') {
      const from = command['seq'] as number;
      const reason = command['epoch'] === epoch ? (from < log.trimmedTo ? 'trimmed' : undefined) : 'epoch';
      const recovered = reason === undefined;
      const replayed = recovered ? seq - from : 0;
      socket.say({
        type: 'resume_ack',
        ch,
        ts,
        id,
        epoch,
        seq,
        data: { recovered, replayed, ...(recovered ? {} : { reason }) },
      });
      for (let n = from + 1; recovered && n <= seq; n++) {
        if (socket.readyState !== 1) return;
        socket.say(this.eventFrame(ch, n, { replay: true }));
      }
      if (recovered) this.attached.add(socket);
    }
  }

  #answer(socket: FakeSocket, command: Record<string, unknown>): void {
    const ts = this.#time.clock.now();
    const ch = channelOf(socket);
    const symbols = (command['symbols'] ?? []) as string[];
    const subscribed = this.subscribed.get(socket) ?? new Set();
    const id = command['id'];
    if (isLossless(ch) && command['type'] !== 'ping') return this.#answerLossless(socket, ch, command);
    if (command['type'] === 'ping')
      return socket.say({ type: 'pong', ch, ts, data: { ts: command['ts'], serverTs: ts } });
    if (command['type'] === 'subscribe') {
      const rejected = symbols
        .filter((symbol) => this.unknown.has(symbol))
        .map((symbol) => ({ symbol, code: 105, name: 'unknown_symbol' }));
      const good = symbols.filter((symbol) => !this.unknown.has(symbol));
      for (const symbol of good) subscribed.add(symbol);
      socket.say({
        type: 'subscription_ack',
        ch,
        ts,
        id,
        data: { status: 'subscribed', symbols: good, rejected, total: subscribed.size, maxHz: 10 },
      });
      if (ch === 'market')
        for (const symbol of good) if (this.quotes.has(symbol)) socket.say(this.quoteFrame(symbol, { snap: true }));
      socket.say({ type: 'snapshot_end', ch, ts, id });
    } else if (command['type'] === 'unsubscribe') {
      for (const symbol of symbols) subscribed.delete(symbol);
      socket.say({
        type: 'subscription_ack',
        ch,
        ts,
        id,
        data: { status: 'unsubscribed', symbols, rejected: [], total: subscribed.size, maxHz: 10 },
      });
    } else if (command['type'] === 'set') {
      socket.say({
        type: 'subscription_ack',
        ch,
        ts,
        id,
        data: { status: 'set', symbols: [], rejected: [], total: subscribed.size, maxHz: command['maxHz'] },
      });
    }
  }
}

const isLossless = (channel: Channel): channel is LosslessChannel =>
  (LOSSLESS_CHANNELS as readonly string[]).includes(channel);

function channelOf(socket: FakeSocket): Channel {
  return socket.url.slice(socket.url.lastIndexOf('/') + 1).split('?')[0] as Channel;
}

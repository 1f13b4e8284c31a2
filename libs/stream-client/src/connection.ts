import { CLOSE_CODES, STREAM_LIMITS, mayReconnect } from '@ziggy/contracts';
import type {
  ChartSnapshotFrame,
  ChartUpdateFrame,
  HelloFrame,
  MarketDataFrame,
  ServerFrame,
  SourceStatusFrame,
} from '@ziggy/contracts';
import type { Interval } from '@ziggy/domain';
import { backoffMs, serverDelayMs } from './backoff.ts';
import { Commander } from './commander.ts';
import type { Settled } from './commander.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { SocketLike, StreamClientDeps, TimerHandle } from './deps.ts';
import { FrameReader } from './frame-reader.ts';
import type { Interest } from './intents.ts';
import type { LatencyRing, ServerOffset } from './latency.ts';

export type LatestValueChannel = 'market' | 'charts';
export type Phase = 'idle' | 'connecting' | 'restoring' | 'live' | 'backoff' | 'offline' | 'stopped';

export type ValueFrame = MarketDataFrame | ChartUpdateFrame | ChartSnapshotFrame;

/** What a connection tells its owner, always synchronously. */
export interface ConnectionEvents {
  changed(): void;
  hello(frame: HelloFrame): void;
  value(frame: ValueFrame, attempt: number): void;
  sourceStatus(frame: SourceStatusFrame): void;
  rejected(interest: Interest, code: number, name: string): void;
  /** The connection was lost or given up: what is held is old from now on. */
  lost(): void;
}

/**
 * One socket of one channel, kept alive: connect, restore the wanted set, watch, back off, come back. Each connect is an
 * attempt with an id, and whatever a socket of an older attempt still says is ignored.
 */
export class ChannelConnection {
  readonly channel: LatestValueChannel;
  phase: Phase = 'idle';
  since: number;
  retryAt: number | null = null;
  /** Why the phase is what it is, in words; `null` while all is well. */
  reason: string | null = null;
  closeCode: number | null = null;
  failures = 0;
  /** Epoch ms since when the channel should be live and is not; `null` while live or not wanted. */
  notLiveSince: number | null = null;
  lastFrameAt: number | null = null;
  framesIn = 0;
  connects = 0;
  reconnects = 0;
  maxHz: number | null = null;
  symbolLimit: number = STREAM_LIMITS.symbolsUser;
  readonly reader: FrameReader;

  readonly #deps: StreamClientDeps;
  readonly #events: ConnectionEvents;
  readonly #latency: LatencyRing;
  readonly #offset: ServerOffset;
  readonly #commander: Commander;
  #socket: SocketLike | null = null;
  #attempt = 0;
  #backoffStep = 0;
  #connectDeadline = Infinity;
  #liveSince: number | null = null;
  #serverDelay: readonly [number, number] | null = null;
  #retryTimer: TimerHandle | null = null;
  #flushTimer: TimerHandle | null = null;
  #lastFlushAt = -Infinity;
  #nextPingAt = Infinity;
  #pings = 0;
  #lastReconnectNow = -Infinity;
  #perCommand: number = STREAM_LIMITS.symbolsPerCommand;
  #wanted: ReadonlyMap<string, Interest> = new Map();
  readonly #sent = new Map<string, Interest>();
  #slow = false;
  #slowSent = false;
  #final = false;

  constructor(
    channel: LatestValueChannel,
    deps: StreamClientDeps,
    tools: { latency: LatencyRing; offset: ServerOffset },
    events: ConnectionEvents,
  ) {
    this.channel = channel;
    this.#deps = deps;
    this.#events = events;
    this.#latency = tools.latency;
    this.#offset = tools.offset;
    this.since = deps.clock.now();
    this.reader = new FrameReader(deps.validation, (message) => deps.warn?.(`${channel}: ${message}`));
    this.#commander = new Commander((command) => this.#send(command));
  }

  get attempt(): number {
    return this.#attempt;
  }
  get subscriptions(): number {
    return this.#sent.size;
  }

  // ---- wishes of the owner ----------------------------------------------------------------------

  /** Replaces the set of wanted keys; the difference goes out as one command each way. */
  want(wanted: ReadonlyMap<string, Interest>): void {
    this.#wanted = wanted;
    if (this.phase === 'live' || this.phase === 'restoring') this.#scheduleFlush();
  }

  /** Opens the socket when it is not open or on its way. */
  start(): void {
    if (this.#final || this.phase !== 'idle') return;
    this.notLiveSince = this.#deps.clock.now();
    this.#open();
  }

  /** Closes for want of interest. */
  rest(): void {
    if (this.phase === 'idle' || this.phase === 'offline' || this.phase === 'stopped') {
      if (this.phase === 'offline') this.#enter('idle', null);
      return;
    }
    this.#dropSocket();
    this.#backoffStep = 0;
    this.failures = 0;
    this.notLiveSince = null;
    this.#enter('idle', null);
  }

  goOffline(): void {
    if (this.#final || this.phase === 'stopped' || this.phase === 'offline') return;
    this.#dropSocket();
    this.#events.lost();
    this.#enter('offline', 'no network');
  }

  /** The network or the window is back: try within a second, spread so that a building does not knock at once. */
  wake(): void {
    if (this.phase !== 'offline' && this.phase !== 'backoff') return;
    this.notLiveSince ??= this.#deps.clock.now();
    this.#backoffStep = 0;
    this.#retryIn(this.#deps.random() * CLIENT_LIMITS.wakeJitterMs, this.reason ?? 'network is back');
  }

  /** Skips one wait, once a second at most. Also leaves `stopped`, since a person asked. */
  reconnectNow(): void {
    const now = this.#deps.clock.now();
    if (this.#final || now - this.#lastReconnectNow < CLIENT_LIMITS.reconnectNowMs) return;
    if (this.phase !== 'backoff' && this.phase !== 'stopped') return;
    this.#lastReconnectNow = now;
    if (this.phase === 'stopped') {
      this.#backoffStep = 0;
      this.failures = 0;
      this.notLiveSince = now;
    }
    this.#open();
  }

  /** Hidden windows are content with one change a second. */
  slowDown(slow: boolean): void {
    this.#slow = slow;
    if (this.phase === 'live') this.#applySlow();
  }

  /** Final: nothing connects after this. */
  end(): void {
    this.#final = true;
    this.#dropSocket();
    if (this.phase !== 'idle') this.#events.lost();
    this.#enter('stopped', 'disconnected');
  }

  /** Compares every deadline with the wall clock; called each second while the channel is in use. */
  tick(now: number): void {
    if (this.phase === 'backoff' && this.retryAt !== null && now >= this.retryAt) return this.#open();
    if (this.phase !== 'connecting' && this.phase !== 'restoring' && this.phase !== 'live') return;
    if (this.phase === 'connecting' && now >= this.#connectDeadline) return this.#lost(0, 'no answer within 10 s');
    if (this.phase === 'connecting') return;
    if (now - (this.lastFrameAt ?? now) >= CLIENT_LIMITS.watchdogMs) return this.#lost(0, 'silent for 35 s');
    if (!this.#commander.retryOverdue(now)) return this.#lost(0, 'a command was not answered');
    if (now >= this.#nextPingAt) this.#ping(now);
  }

  // ---- one attempt ------------------------------------------------------------------------------

  #open(): void {
    this.#dropSocket();
    const attempt = this.#attempt;
    this.#connectDeadline = this.#deps.clock.now() + CLIENT_LIMITS.connectMs;
    this.#enter('connecting', this.reason);
    const failed = (error: unknown): void => {
      if (attempt === this.#attempt) this.#lost(0, error instanceof Error ? error.message : 'no address');
    };
    try {
      const url = this.#deps.socketUrl(this.channel);
      if (typeof url === 'string') this.#attach(url, attempt);
      else url.then((text) => attempt === this.#attempt && this.#attach(text, attempt)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #attach(url: string, attempt: number): void {
    const socket = this.#deps.openSocket(url);
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (attempt === this.#attempt) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (attempt === this.#attempt) this.#lost(event.code, event.reason || null);
    };
    socket.onerror = () => {}; // a close event always follows and says more
  }

  #receive(text: unknown): void {
    const now = this.#deps.clock.now();
    this.lastFrameAt = now;
    this.framesIn++;
    const frame = this.reader.read(text);
    if (frame !== null && frame.ch === this.channel) this.#handle(frame, now);
  }

  #handle(frame: ServerFrame, now: number): void {
    switch (frame.type) {
      case 'market_data':
      case 'chart_update':
        if (this.phase === 'live' || this.phase === 'restoring') this.#events.value(frame, this.#attempt);
        return;
      case 'hello':
        return this.#welcome(frame, now);
      case 'subscription_ack':
        this.maxHz = this.#slowSent ? this.maxHz : frame.data.maxHz;
        this.#reject(frame.data.rejected);
        return this.#settled(this.#commander.acked(frame));
      case 'snapshot_end':
        return this.#settled(this.#commander.snapshotEnd(frame));
      case 'error':
        return this.#settled(this.#commander.failed(frame));
      case 'source_status':
        return this.#events.sourceStatus(frame);
      case 'ping':
        return this.#send({ type: 'pong', ts: frame.ts });
      case 'pong':
        if (frame.data.ts !== null) this.#offset.add(frame.data.ts, now, frame.data.serverTs);
        return;
      case 'reconnect':
        this.#serverDelay = frame.data.afterMs;
        this.reason = frame.data.reason;
        return;
    }
  }

  #welcome(frame: HelloFrame, now: number): void {
    if (this.phase !== 'connecting') return;
    this.connects++;
    if (this.connects > 1) this.reconnects++;
    this.symbolLimit = frame.data.limits.symbols;
    this.#perCommand = Math.max(1, frame.data.limits.symbolsPerCommand);
    this.#enter('restoring', null);
    this.#events.hello(frame);
    this.#pings = 0;
    this.#ping(now);
    this.#flush();
    this.#liveWhenRestored();
  }

  #liveWhenRestored(): void {
    if (this.phase !== 'restoring' || this.#commander.subscribing > 0) return;
    this.failures = 0;
    this.notLiveSince = null;
    this.#serverDelay = null;
    this.closeCode = null;
    this.#liveSince = this.#deps.clock.now();
    this.#enter('live', null);
    this.#applySlow();
  }

  #settled(settled: Settled | null): void {
    if (!settled) return;
    const { command, error } = settled;
    if (error && command.type === 'subscribe') {
      const timeframe = command.timeframe ?? null;
      for (const symbol of command.symbols) {
        if (!error.temporary) this.#events.rejected({ symbol, timeframe }, error.code, error.name);
      }
      if (error.temporary) {
        for (const [key, interest] of this.#sent)
          if (interest.timeframe === timeframe && command.symbols.includes(interest.symbol)) this.#sent.delete(key);
        this.#scheduleFlush(error.retryAfterMs ?? CLIENT_LIMITS.tickMs);
      }
    }
    this.#liveWhenRestored();
  }

  #reject(rejected: readonly { symbol: string; code: number; name: string }[]): void {
    for (const { symbol, code, name } of rejected) {
      for (const interest of this.#sent.values())
        if (interest.symbol === symbol) this.#events.rejected(interest, code, name);
    }
  }

  /** The socket is gone, or of no use. `code` 0 stands for our own decision. */
  #lost(code: number, reason: string | null): void {
    const now = this.#deps.clock.now();
    const wasStable = this.#liveSince !== null && now - this.#liveSince >= CLIENT_LIMITS.stableMs;
    const announced = this.reason;
    const hadValues = this.phase === 'live' || this.phase === 'restoring';
    this.#dropSocket();
    this.failures++;
    this.closeCode = code === 0 ? null : code;
    this.notLiveSince ??= now;
    // A failed attempt says nothing about values that polling keeps fresh meanwhile.
    if (hadValues) this.#events.lost();
    if (!mayReconnect(code)) return this.#enter('stopped', closeWords(code, reason));
    if (wasStable) this.#backoffStep = 0;
    const { maxAttempts, random } = this.#deps;
    if (maxAttempts > 0 && this.failures > maxAttempts)
      return this.#enter('stopped', `gave up after ${maxAttempts} attempts`);
    const delay = this.#serverDelay ? serverDelayMs(this.#serverDelay, random) : backoffMs(this.#backoffStep++, random);
    this.#serverDelay = null;
    this.#retryIn(delay, closeWords(code, reason ?? announced));
  }

  #retryIn(delayMs: number, reason: string): void {
    this.#clearRetry();
    this.retryAt = this.#deps.clock.now() + delayMs;
    this.#enter('backoff', reason);
    this.#retryTimer = this.#deps.timers.set(() => {
      this.#retryTimer = null;
      if (this.phase === 'backoff') this.#open();
    }, delayMs);
  }

  #dropSocket(): void {
    this.#attempt++;
    this.#clearRetry();
    if (this.#flushTimer !== null) this.#deps.timers.clear(this.#flushTimer);
    this.#flushTimer = null;
    this.#lastFlushAt = -Infinity;
    this.#liveSince = null;
    this.#slowSent = false;
    this.#nextPingAt = Infinity;
    this.#sent.clear();
    this.#commander.clear();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    if (socket.readyState < 2) socket.close(CLOSE_CODES.normal);
  }

  #clearRetry(): void {
    if (this.#retryTimer !== null) this.#deps.timers.clear(this.#retryTimer);
    this.#retryTimer = null;
    this.retryAt = null;
  }

  #enter(phase: Phase, reason: string | null): void {
    if (this.phase !== phase) this.since = this.#deps.clock.now();
    if (phase === 'idle' || phase === 'offline' || phase === 'stopped') this.#latency.clear();
    this.phase = phase;
    this.reason = reason;
    this.#events.changed();
  }

  // ---- outgoing ---------------------------------------------------------------------------------

  /** Commands are paced, so that a fast scroll stays under the server's ten a second. */
  #scheduleFlush(delayMs = 0): void {
    if (this.#flushTimer !== null) return;
    const sinceLast = this.#deps.clock.now() - this.#lastFlushAt;
    const wait = Math.max(delayMs, CLIENT_LIMITS.commandGapMs - sinceLast, 0);
    this.#flushTimer = this.#deps.timers.set(() => {
      this.#flushTimer = null;
      this.#flush();
    }, wait);
  }

  #flush(): void {
    if (this.phase !== 'live' && this.phase !== 'restoring') return;
    this.#lastFlushAt = this.#deps.clock.now();
    const gone = [...this.#sent].filter(([key]) => !this.#wanted.has(key));
    const added = [...this.#wanted].filter(([key]) => !this.#sent.has(key));
    for (const [key] of gone) this.#sent.delete(key);
    for (const [key, interest] of added) this.#sent.set(key, interest);
    this.#issue(
      'unsubscribe',
      gone.map(([, interest]) => interest),
    );
    this.#issue(
      'subscribe',
      added.map(([, interest]) => interest),
    );
  }

  #issue(type: 'subscribe' | 'unsubscribe', interests: readonly Interest[]): void {
    const byTimeframe = new Map<Interval | null, string[]>();
    for (const { symbol, timeframe } of interests) {
      const symbols = byTimeframe.get(timeframe) ?? [];
      symbols.push(symbol);
      byTimeframe.set(timeframe, symbols);
    }
    const now = this.#deps.clock.now();
    for (const [timeframe, symbols] of byTimeframe) {
      for (let from = 0; from < symbols.length; from += this.#perCommand) {
        const command = {
          type,
          symbols: symbols.slice(from, from + this.#perCommand),
          ...(timeframe === null ? {} : { timeframe }),
        };
        if (!this.#commander.issue(command, now)) return this.#lost(0, 'too many commands wait');
      }
    }
  }

  #applySlow(): void {
    if (this.#slow === this.#slowSent) return;
    const rate = this.#slow ? CLIENT_LIMITS.hiddenMaxHz : this.maxHz;
    this.#slowSent = this.#slow;
    if (rate !== null) this.#commander.issue({ type: 'set', maxHz: rate }, this.#deps.clock.now());
  }

  #ping(now: number): void {
    this.#pings++;
    this.#nextPingAt =
      now + (this.#pings < CLIENT_LIMITS.offsetSamples / 2 ? CLIENT_LIMITS.pingFirstMs : CLIENT_LIMITS.pingEveryMs);
    this.#send({ type: 'ping', ts: now });
  }

  #send(command: object): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(command));
  }
}

function closeWords(code: number, reason: string | null): string {
  const name = Object.entries(CLOSE_CODES).find(([, value]) => value === code)?.[0];
  return (
    reason ??
    (name ? name.replaceAll('_', ' ') : code === 0 || code === 1006 ? 'connection lost' : `closed with ${code}`)
  );
}

import { CLOSE_CODES, mayReconnect } from '@ziggy/contracts';
import type { Channel, ClientCommand, HelloFrame, ServerFrame, SourceStatusFrame } from '@ziggy/contracts';
import { backoffMs, serverDelayMs } from './backoff.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { SocketLike, StreamClientDeps, TimerHandle } from './deps.ts';
import { FrameReader } from './frame-reader.ts';
import type { LatencyRing, ServerOffset } from './latency.ts';

export type Phase = 'idle' | 'connecting' | 'restoring' | 'live' | 'backoff' | 'offline' | 'stopped';

/** What a connection tells its owner, always synchronously. */
export interface ConnectionEvents {
  changed(): void;
  hello(frame: HelloFrame): void;
  sourceStatus(frame: SourceStatusFrame): void;
  /** The connection was lost or given up: what is held is old from now on. */
  lost(): void;
}

/** What is said on a channel once the server said hello: how the wanted state is restored, and what frames mean. */
export interface Conversation {
  /** A connection was greeted. Says what is wanted, and calls {@link Link.restored} when all of it has come. */
  begin(hello: HelloFrame): void;
  /** A frame that is not about the connection itself. */
  hear(frame: ServerFrame): void;
  /** Looks at deadlines; the reason when the connection is of no use any more. */
  overdue(now: number): string | null;
  /** The socket is gone: nothing that was asked will be answered. */
  end(): void;
}

/** What a conversation may do with its connection. */
export interface Link {
  /** Number of the connect that frames belong to. */
  readonly attempt: number;
  readonly phase: Phase;
  send(command: ClientCommand): void;
  restored(): void;
  giveUp(reason: string): void;
}

/**
 * One socket of one channel, kept alive: connect, restore, watch, back off, come back. Each connect is an attempt with an id,
 * and whatever a socket of an older attempt still says is ignored.
 */
export class ChannelConnection implements Link {
  readonly channel: Channel;
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
  reconnects = 0;
  readonly reader: FrameReader;
  /** Sees the text of every frame of both ways, while somebody inspects. */
  tap: ((direction: 'in' | 'out', text: string) => void) | null = null;

  readonly #deps: StreamClientDeps;
  readonly #events: ConnectionEvents;
  readonly #conversation: Conversation;
  readonly #latency: LatencyRing;
  readonly #offset: ServerOffset;
  #socket: SocketLike | null = null;
  #attempt = 0;
  #connects = 0;
  #backoffStep = 0;
  #connectDeadline = Infinity;
  #liveSince: number | null = null;
  #serverDelay: readonly [number, number] | null = null;
  #retryTimer: TimerHandle | null = null;
  #nextPingAt = Infinity;
  #pings = 0;
  #lastReconnectNow = -Infinity;
  #final = false;

  constructor(
    channel: Channel,
    deps: StreamClientDeps,
    tools: { latency: LatencyRing; offset: ServerOffset },
    events: ConnectionEvents,
    converse: (link: Link) => Conversation,
  ) {
    this.channel = channel;
    this.#deps = deps;
    this.#events = events;
    this.#latency = tools.latency;
    this.#offset = tools.offset;
    this.since = deps.clock.now();
    this.reader = new FrameReader(deps.validation, (message) => deps.warn?.(`${channel}: ${message}`));
    this.#conversation = converse(this);
  }

  get attempt(): number {
    return this.#attempt;
  }

  // ---- wishes of the owner ----------------------------------------------------------------------

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

  /** A renewed token for a socket that is greeted: it goes on instead of being closed when the former token ends. */
  authenticate(token: string): void {
    if (this.phase === 'live' || this.phase === 'restoring') this.#write({ type: 'auth', token });
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
    const overdue = this.#conversation.overdue(now);
    if (overdue !== null) return this.#lost(0, overdue);
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
    if (this.tap !== null && typeof text === 'string') this.tap('in', text);
    const frame = this.reader.read(text);
    if (frame !== null && frame.ch === this.channel) this.#handle(frame, now);
  }

  #handle(frame: ServerFrame, now: number): void {
    switch (frame.type) {
      case 'hello':
        return this.#welcome(frame, now);
      case 'source_status':
        return this.#events.sourceStatus(frame);
      case 'ping':
        return this.send({ type: 'pong', ts: frame.ts });
      case 'pong':
        if (frame.data.ts !== null) this.#offset.add(frame.data.ts, now, frame.data.serverTs);
        return;
      case 'reconnect':
        this.#serverDelay = frame.data.afterMs;
        this.reason = frame.data.reason;
        return;
      default:
        if (this.phase === 'live' || this.phase === 'restoring') this.#conversation.hear(frame);
    }
  }

  #welcome(frame: HelloFrame, now: number): void {
    if (this.phase !== 'connecting') return;
    this.#connects++;
    if (this.#connects > 1) this.reconnects++;
    this.#enter('restoring', null);
    this.#events.hello(frame);
    this.#pings = 0;
    this.#ping(now);
    this.#conversation.begin(frame);
  }

  // ---- for the conversation ---------------------------------------------------------------------

  send(command: ClientCommand): void {
    const text = this.#write(command);
    if (text !== null) this.tap?.('out', text);
  }

  restored(): void {
    if (this.phase !== 'restoring') return;
    this.failures = 0;
    this.notLiveSince = null;
    this.#serverDelay = null;
    this.closeCode = null;
    this.#liveSince = this.#deps.clock.now();
    this.#enter('live', null);
  }

  giveUp(reason: string): void {
    if (this.phase === 'live' || this.phase === 'restoring') this.#lost(0, reason);
  }

  // ---- the end of an attempt --------------------------------------------------------------------

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
    this.#liveSince = null;
    this.#nextPingAt = Infinity;
    this.#conversation.end();
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

  /** The text as it went out; null when no socket is open. What is secret goes this way past the inspector. */
  #write(command: ClientCommand): string | null {
    if (this.#socket?.readyState !== 1) return null;
    const text = JSON.stringify(command);
    this.#socket.send(text);
    return text;
  }

  #ping(now: number): void {
    this.#pings++;
    this.#nextPingAt =
      now + (this.#pings < CLIENT_LIMITS.offsetSamples / 2 ? CLIENT_LIMITS.pingFirstMs : CLIENT_LIMITS.pingEveryMs);
    this.send({ type: 'ping', ts: now });
  }
}

function closeWords(code: number, reason: string | null): string {
  const name = Object.entries(CLOSE_CODES).find(([, value]) => value === code)?.[0];
  return (
    reason ??
    (name ? name.replaceAll('_', ' ') : code === 0 || code === 1006 ? 'connection lost' : `closed with ${code}`)
  );
}

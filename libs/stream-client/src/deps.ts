import type { Channel } from '@ziggy/contracts';
import type { Clock } from '@ziggy/domain';
import type { Observable } from 'rxjs';

/** What a timer gives back; only ever handed to {@link Timers.clear}. */
export type TimerHandle = unknown;

/** Timers passed in, so that the same code runs in a browser, in Node and under fake time. */
export interface Timers {
  set(run: () => void, delayMs: number): TimerHandle;
  clear(handle: TimerHandle): void;
}

/** Method syntax, so that a handler of the browser's wider event type fits. */
type Handler<E> = { handle(event: E): void }['handle'] | null;

/** The part of the WHATWG WebSocket that is used; the browser's, Node's global one and `ws` all fit. */
export interface SocketLike {
  readonly readyState: number;
  onmessage: Handler<{ readonly data: unknown }>;
  onclose: Handler<{ readonly code: number; readonly reason: string }>;
  onerror: Handler<object>;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}
/** The part of `fetch` that the polling fallback uses. */
export type FetchLike = (
  url: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<FetchAnswer>;

/** Everything the client takes from outside. */
export interface StreamClientDeps {
  /** Wall clock; every deadline compares it, because timers are throttled in hidden tabs and stop in sleep. */
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly timers: Timers;
  /** Runs `flush` once, soon: the next animation frame while visible, within a second while hidden. Returns a canceller. */
  readonly nextFrame: (flush: () => void) => () => void;
  readonly openSocket: (url: string) => SocketLike;
  readonly fetch: FetchLike;
  /** Address of a channel's socket, asked right before each connect (a single-use ticket goes in here). */
  readonly socketUrl: (channel: Channel) => string | Promise<string>;
  /** Each renewed access token; open sockets get it before the one that they were opened with ends. */
  readonly token$?: Observable<string>;
  /** Origin and path before `/market/...` of the REST API, without a slash at the end. */
  readonly restBase: string;
  /** Whether any of the portal is seen now; the present value first. */
  readonly visible$: Observable<boolean>;
  /** Whether there is a network; the present value first. */
  readonly online$: Observable<boolean>;
  /** Reconnect attempts in a row before giving up; 0 is without end. */
  readonly maxAttempts: number;
  /** `all`: each frame against its schema (development, tests); `guarded`: snapshots and the first of each type in full. */
  readonly validation: 'all' | 'guarded';
  /** Told once per kind of bad frame. */
  readonly warn?: (message: string) => void;
}

/** Limits and deadlines of the client, in milliseconds unless named otherwise (wire.md, "Client rules"). */
export const CLIENT_LIMITS = {
  watchdogMs: 35_000,
  connectMs: 10_000,
  commandMs: 5_000,
  idleCloseMs: 30_000,
  lingerMs: 5_000,
  stableMs: 10_000,
  backoffFloorMs: 500,
  backoffCapMs: 20_000,
  wakeJitterMs: 1_000,
  hiddenAfterMs: 30_000,
  hiddenMaxHz: 1,
  fallbackFailures: 3,
  fallbackAfterMs: 15_000,
  pollMarketMs: 5_000,
  pollChartsMs: 15_000,
  pollMaxMs: 60_000,
  pollJitterRatio: 0.1,
  fetchMs: 10_000,
  tickMs: 1_000,
  commandGapMs: 250,
  queueLength: 100,
  reconnectNowMs: 1_000,
  pingEveryMs: 30_000,
  pingFirstMs: 2_000,
  latencySamples: 512,
  latencyWindowMs: 60_000,
  offsetSamples: 10,
  barsHeld: 2_000,
  eventsHeld: 500,
  eventIdsHeld: 2_000,
  eventsPending: 500,
} as const;

import { BehaviorSubject } from 'rxjs';
import { createStreamClient } from '../client.ts';
import type { StreamClient } from '../client.ts';
import type { FetchAnswer, FetchLike, StreamClientDeps } from '../deps.ts';
import { FakeServer } from './fake-server.ts';
import { FakeTime } from './fake-time.ts';

/** A client on virtual time against a fake server, with every dependency in the hands of the test. */
export interface Rig {
  readonly time: FakeTime;
  readonly server: FakeServer;
  readonly client: StreamClient;
  readonly visible$: BehaviorSubject<boolean>;
  readonly online$: BehaviorSubject<boolean>;
  /** Paths asked over REST, in order. */
  readonly fetched: string[];
  readonly warnings: string[];
  /** What REST answers; a rejected promise is a network failure. */
  answer: (path: string) => Promise<FetchAnswer>;
}

export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): FetchAnswer {
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    json: () => Promise.resolve(body),
  };
}

/** @param random a fixed draw or a generator; 0.5 when absent. */
export function aRig(options: { random?: () => number; deps?: Partial<StreamClientDeps> } = {}): Rig {
  const time = new FakeTime();
  const server = new FakeServer(time);
  const visible$ = new BehaviorSubject(true);
  const online$ = new BehaviorSubject(true);
  const fetched: string[] = [];
  const warnings: string[] = [];
  const rig = {
    time,
    server,
    visible$,
    online$,
    fetched,
    warnings,
    answer: (): Promise<FetchAnswer> => Promise.reject(new Error('no route')),
  } as unknown as { -readonly [K in keyof Rig]: Rig[K] };
  const fetchLike: FetchLike = (url) => {
    fetched.push(url);
    return rig.answer(url);
  };
  rig.client = createStreamClient({
    clock: time.clock,
    timers: time.timers,
    random: options.random ?? (() => 0.5),
    nextFrame: (flush) => {
      const handle = time.timers.set(flush, 16);
      return () => time.timers.clear(handle);
    },
    openSocket: server.open,
    fetch: fetchLike,
    socketUrl: (channel) => `ws://test/ws/${channel}`,
    restBase: '',
    visible$,
    online$,
    maxAttempts: 0,
    validation: 'all',
    warn: (message) => warnings.push(message),
    ...options.deps,
  });
  return rig;
}

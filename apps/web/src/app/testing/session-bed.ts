import { EnvironmentInjector, createEnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { SignInAnswer } from '@ziggy/contracts';
import { FakeTime } from '@ziggy/stream-client/testing';
import { CHANCE, FETCH, PORTAL_CONFIG, WALL_CLOCK } from '../data/environment.ts';
import { RestClient } from '../data/rest-client.ts';
import { Access } from '../identity/access.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { BROADCASTS, FLAGS, LOAD_PAGE, SESSION_LOCKS, TIMERS, WHERE } from '../identity/browser.ts';
import { IdleLock } from '../identity/idle-lock.ts';
import type { SessionBroadcast, SessionLocks } from '../identity/browser.ts';
import { CONFIG } from './portal-bed.ts';

const LIFE_MS = 15 * 60_000;
/** The former cookie is good for so long after it was exchanged. */
const GRACE_MS = 10_000;

/** The server's half of sessions: a rotating cookie, tokens that end, and every request written down. */
export class FakeIdentity {
  readonly time: FakeTime;
  readonly asked: string[] = [];
  user = 'u1';
  /** The server's clock runs ahead of the browser's by this. */
  aheadMs = 0;
  permissions = ['market.overview'];
  /** Answers wait here when a test holds them back. */
  gate: Promise<void> | null = null;
  /** What the network does to the next answers. */
  readonly faults: ('lost' | 'unsent' | number)[] = [];
  #count = 0;
  #cookie = 0;
  #exchangedAt = -Infinity;
  #good = new Map<string, number>();
  ended = true;

  constructor(time: FakeTime) {
    this.time = time;
  }

  /** Whether a token opens anything now. */
  accepts(token: string | null): boolean {
    return !this.ended && token !== null && (this.#good.get(token) ?? -Infinity) > this.#now;
  }

  /** Tokens so far are refused although they have not ended. */
  forgetTokens(): void {
    this.#good.clear();
  }

  /** As a browser of that person would ask. Its one cookie jar is `browser`. */
  async fetch(browser: FakeBrowser, url: string, init: RequestInit = {}): Promise<Response> {
    const path = new URL(url, 'http://test').pathname;
    this.asked.push(path);
    const fault = this.faults.shift();
    if (fault === 'unsent') throw new TypeError('Failed to fetch');
    if (typeof fault === 'number') return this.#problem(fault, 'overloaded');
    const sent = browser.cookie;
    const answer = this.#answer(browser, path, sent, init);
    await this.gate;
    if (fault === 'lost') throw new TypeError('Failed to fetch');
    answer.taken?.();
    return answer.response;
  }

  #answer(
    browser: FakeBrowser,
    path: string,
    sent: number | null,
    init: RequestInit,
  ): { response: Response; taken?: () => void } {
    const headers = new Headers(init.headers);
    const token = headers.get('authorization')?.slice('Bearer '.length) ?? null;
    if (path === '/auth/login' || path === '/auth/refresh') {
      const login = path === '/auth/login';
      if (login && !String(init.body).includes('right')) return { response: this.#problem(401, 'invalid_credentials') };
      const former = sent === this.#cookie - 1 && this.time.clock.now() - this.#exchangedAt <= GRACE_MS;
      if (!login && (this.ended || (sent !== this.#cookie && !former))) {
        this.ended = true;
        return { response: this.#problem(401, 'token_revoked') };
      }
      this.ended = false;
      if (login || !former) this.#cookie += 1;
      this.#exchangedAt = this.time.clock.now();
      const cookie = this.#cookie;
      const taken = (): void => {
        browser.cookie = cookie;
        browser.flags.add('ziggy_session');
      };
      return { response: this.#json(this.#signIn()), taken };
    }
    if (!this.accepts(token)) return { response: this.#problem(401, 'token_expired') };
    if (path === '/auth/logout') {
      this.ended = true;
      return { response: new Response(null, { status: 204 }) };
    }
    return { response: this.#json(path === '/auth/me' ? this.#me() : { n: 1 }) };
  }

  get #now(): number {
    return this.time.clock.now() + this.aheadMs;
  }

  #signIn(): SignInAnswer {
    const accessToken = `t${(this.#count += 1)}`;
    this.#good.set(accessToken, this.#now + LIFE_MS);
    const { user, organisation } = this.#me();
    return { accessToken, expiresAt: new Date(this.#now + LIFE_MS).toISOString(), user, organisation };
  }

  #me() {
    const user = {
      id: this.user,
      email: 'ada@example.com',
      displayName: 'Ada',
      role: 'admin' as const,
      timeZone: 'UTC',
      locale: 'en-GB',
      defaultAccountId: null,
      version: 1,
      secondFactor: false,
      hasPassword: true,
    };
    const organisation = { id: 'o1', name: 'Analytical Engines' };
    return { user, organisation, permissions: this.permissions, session: { id: 's1', freshUntil: null }, key: null };
  }

  #json(body: unknown): Response {
    const headers = { 'content-type': 'application/json', date: new Date(this.#now).toUTCString() };
    return new Response(JSON.stringify(body), { status: 200, headers });
  }

  #problem(status: number, code: string): Response {
    const body = { type: 't', title: code, status, detail: 'd', code, requestId: 'r', errors: [] };
    return new Response(JSON.stringify(body), { status });
  }
}

/** One browser: a cookie jar, locks and a channel that its tabs share. */
export class FakeBrowser {
  cookie: number | null = null;
  readonly flags = new Set<string>();
  readonly time: FakeTime;
  readonly server: FakeIdentity;
  readonly #channels = new Map<string, SessionBroadcast[]>();
  readonly #options: { readonly locks: boolean; readonly channel: boolean };
  #lock: Promise<unknown> = Promise.resolve();

  constructor(options: { locks?: boolean; channel?: boolean } = {}) {
    this.#options = { locks: true, channel: true, ...options };
    this.time = new FakeTime();
    this.server = new FakeIdentity(this.time);
  }

  /** Opens a window of the portal. */
  tab(where = '/app/markets') {
    const loaded: string[] = [];
    const injector = createEnvironmentInjector(
      [
        Access,
        RestClient,
        AuthStore,
        IdleLock,
        { provide: PORTAL_CONFIG, useValue: CONFIG },
        { provide: FETCH, useValue: (url: string, init: RequestInit) => this.server.fetch(this, url, init) },
        { provide: CHANCE, useValue: () => 0 },
        { provide: WALL_CLOCK, useValue: this.time.clock },
        { provide: TIMERS, useValue: this.time.timers },
        { provide: SESSION_LOCKS, useValue: this.#options.locks ? this.#locks() : null },
        { provide: BROADCASTS, useValue: (name: string) => (this.#options.channel ? this.#broadcast(name) : null) },
        { provide: FLAGS, useValue: this.#flagJar() },
        { provide: LOAD_PAGE, useValue: (path: string) => loaded.push(path) },
        { provide: WHERE, useValue: () => where },
      ],
      TestBed.inject(EnvironmentInjector),
    );
    const [access, auth, rest] = [injector.get(Access), injector.get(AuthStore), injector.get(RestClient)];
    return { access, auth, rest, loaded, lock: injector.get(IdleLock), close: () => injector.destroy() };
  }

  #flagJar() {
    return {
      has: (name: string) => this.flags.has(name),
      set: (name: string) => void this.flags.add(name),
      clear: (name: string) => void this.flags.delete(name),
    };
  }

  #locks(): SessionLocks {
    return {
      request: <T>(_name: string, _options: object, held: () => Promise<T>): Promise<T> => {
        const turn = this.#lock.then(held, held);
        this.#lock = turn;
        return turn;
      },
    };
  }

  #broadcast(name: string): SessionBroadcast {
    const all = this.#channels.get(name) ?? [];
    this.#channels.set(name, all);
    const mine: SessionBroadcast = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of all)
          if (other !== mine)
            void Promise.resolve().then(() => other.onmessage?.({ data: JSON.parse(JSON.stringify(data)) }));
      },
    };
    all.push(mine);
    return mine;
  }
}

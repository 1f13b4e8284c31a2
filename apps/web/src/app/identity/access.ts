import { DestroyRef, Injectable, inject, signal } from '@angular/core';
import { signInAnswer } from '@ziggy/contracts';
import type { SignInAnswer } from '@ziggy/contracts';
import type { TimerHandle } from '@ziggy/stream-client';
import { CHANCE, FETCH, PORTAL_CONFIG, WALL_CLOCK } from '../data/environment.ts';
import { NOTHING, exchange, jsonRequest, patiently } from '../data/exchange.ts';
import type { Exchanged, Shape } from '../data/exchange.ts';
import { RequestProblem } from '../data/problem.ts';
import { BROADCASTS, FLAGS, LOAD_PAGE, SESSION_LOCKS, TIMERS, WHERE } from './browser.ts';
import { isDoor, signInPath } from './next.ts';

/** Whether somebody is signed in: not known before the session was asked for. */
export type AccessState = 'unknown' | 'signedOut' | 'signedIn';

/** An access token as this browser holds it; instants by the browser's clock, epoch ms. */
interface Held {
  readonly token: string;
  readonly userId: string;
  readonly since: number;
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** What tabs tell each other. */
type Message = { readonly type: 'token'; readonly held: Held } | { readonly type: 'out' };

const LOCK = 'ziggy.session';
/** The flag that the server sets beside the refresh cookie. */
const SESSION_FLAG = 'ziggy_session';
const RENEW_BEFORE_MS = 60_000;
/** Tabs renew one after the other, so that the first can hand its token to the others. */
const SPREAD_MS = 5_000;
/** A token that is refused so soon after it came is not renewed: another one would be refused as well. */
const TOO_YOUNG_MS = 2_000;
/** A tab that holds the lock for longer is frozen; the others go on without it, as they would without locks. */
const LOCK_WAIT_MS = 8_000;
const RETRY_MS = 5_000;

/**
 * The access token of this browser's session, in memory only. It is renewed by the refresh cookie before it ends, by one tab
 * at a time: the others get it handed over. Whoever signs out takes all tabs along.
 */
@Injectable({ providedIn: 'root' })
export class Access {
  readonly #base = inject(PORTAL_CONFIG).apiBase.replace(/\/$/, '');
  readonly #fetch = inject(FETCH);
  readonly #chance = inject(CHANCE);
  readonly #clock = inject(WALL_CLOCK);
  readonly #timers = inject(TIMERS);
  readonly #locks = inject(SESSION_LOCKS);
  readonly #broadcast = inject(BROADCASTS)('ziggy.session');
  readonly #flags = inject(FLAGS);
  readonly #loadPage = inject(LOAD_PAGE);
  readonly #where = inject(WHERE);
  readonly #state = signal<AccessState>('unknown');
  readonly #current = signal<string | null>(null);
  #held: Held | null = null;
  #renewing: Promise<string | null> | null = null;
  /** Counts sign-ins and sign-outs: what began before one of them and ends after it means nothing. */
  #epoch = 0;
  #timer: TimerHandle | null = null;

  readonly state = this.#state.asReadonly();
  /** The newest token, for sockets that are open; null while there is none. */
  readonly current = this.#current.asReadonly();

  constructor() {
    const broadcast = this.#broadcast;
    if (broadcast !== null) broadcast.onmessage = ({ data }) => this.#hear(data as Message);
    inject(DestroyRef).onDestroy(() => {
      if (broadcast !== null) broadcast.onmessage = null;
      this.#stopTimer();
    });
  }

  /**
   * An access token that is good for a minute yet, or null when nobody is signed in.
   * @throws RequestProblem when the server does not say
   */
  async token(): Promise<string | null> {
    const held = this.#held;
    const now = this.#clock.now();
    if (held !== null && now < held.renewAt) return held.token;
    if (this.#state() === 'signedOut') return null;
    if (held === null && !this.#flags.has(SESSION_FLAG)) {
      this.#state.set('signedOut');
      return null;
    }
    try {
      return await this.renew(held?.token ?? null);
    } catch (error) {
      if (held !== null && this.#held === held && this.#clock.now() < held.expiresAt) return held.token;
      throw error;
    }
  }

  /**
   * Another token than `stale`, or null when there is none to be had. However many ask, one request is sent.
   * @throws RequestProblem when the server does not say
   */
  renew(stale: string | null): Promise<string | null> {
    const other = this.#other(stale);
    if (other !== null) return Promise.resolve(other);
    if (this.#state() === 'signedOut') return Promise.resolve(null);
    const held = this.#held;
    if (held !== null && this.#clock.now() - held.since < TOO_YOUNG_MS) return Promise.resolve(null);
    this.#renewing ??= this.#renewOnce(stale).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /**
   * Signs in, or with a session proves its person again. The token goes to all tabs.
   * @throws RequestProblem with the codes of `POST /auth/login`
   */
  async logIn(body: { email: string; password: string; code?: string }): Promise<SignInAnswer> {
    const token = this.#state() === 'signedIn' ? await this.token() : null;
    return this.#enter('/auth/login', body, token);
  }

  /** Makes the organisation and its admin. @throws RequestProblem with the codes of `POST /auth/setup` */
  setUp(body: object): Promise<SignInAnswer> {
    return this.#enter('/auth/setup', body, null);
  }

  /** Sets the password of whoever a link was made for. @throws RequestProblem with the codes of `POST /auth/password` */
  async setPassword(body: object): Promise<void> {
    await this.#send('/auth/password', body, null, NOTHING);
  }

  /**
   * Ends the session, or all of the person's, and with it every tab.
   * @throws RequestProblem when the server did not do it; then nothing has changed
   */
  async signOut(everywhere: boolean): Promise<void> {
    await this.token();
    await this.#exclusively(async () => {
      const token = this.#held?.token ?? null;
      if (token !== null) await this.#tellServer('/auth/logout', { everywhere }, token);
      this.#out(true);
    });
  }

  // ---- one tab at a time ------------------------------------------------------------------------

  async #renewOnce(stale: string | null): Promise<string | null> {
    const epoch = this.#epoch;
    return this.#exclusively(async () => {
      const other = this.#other(stale);
      if (other !== null || epoch !== this.#epoch) return other;
      try {
        const answer = await patiently(() => this.#send('/auth/refresh', null, null, signInAnswer), this.#chance);
        if (epoch !== this.#epoch) return this.#other(stale);
        return this.#take(answer);
      } catch (error) {
        if (!(error instanceof RequestProblem) || error.status !== 401 || epoch !== this.#epoch) throw error;
        this.#out(true);
        return null;
      }
    });
  }

  async #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const locks = this.#locks;
    if (locks === null) return run();
    let begun = false;
    const held = (): Promise<T> => {
      begun = true;
      return run();
    };
    try {
      return await locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, held);
    } catch (error) {
      if (begun) throw error;
      return run();
    }
  }

  // ---- what is held -----------------------------------------------------------------------------

  /** A token in hand that is good and not the one that was refused. */
  #other(stale: string | null): string | null {
    const held = this.#held;
    return held !== null && held.token !== stale && this.#clock.now() < held.renewAt ? held.token : null;
  }

  async #enter(path: string, body: object, token: string | null): Promise<SignInAnswer> {
    const answer = await this.#exclusively(() => this.#send(path, body, token, signInAnswer));
    this.#epoch++;
    this.#take(answer);
    return answer.data;
  }

  /** A token lives as long as the server says, counted by its own clock: the browser's may be wrong. */
  #take({ data, headers }: Exchanged<SignInAnswer> & { changed: true }): string {
    const now = this.#clock.now();
    const said = Date.parse(headers.get('date') ?? '');
    const life = Math.max(0, Date.parse(data.expiresAt) - (Number.isNaN(said) ? now : said));
    const before = Math.min(RENEW_BEFORE_MS, life / 2);
    const held: Held = {
      token: data.accessToken,
      userId: data.user.id,
      since: now,
      renewAt: now + life - before,
      expiresAt: now + life,
    };
    this.#hold(held);
    this.#broadcast?.postMessage({ type: 'token', held } satisfies Message);
    return held.token;
  }

  #hold(held: Held): void {
    this.#held = held;
    this.#state.set('signedIn');
    this.#current.set(held.token);
    this.#renewIn(held.renewAt - this.#clock.now() + this.#chance() * SPREAD_MS);
  }

  /** Open sockets need the next token before this one ends, whether or not anything else asks for it. */
  #renewIn(delayMs: number): void {
    this.#stopTimer();
    this.#timer = this.#timers.set(
      () => {
        this.#timer = null;
        this.token().catch(() => this.#state() === 'signedIn' && this.#renewIn(RETRY_MS));
      },
      Math.max(0, delayMs),
    );
  }

  #stopTimer(): void {
    if (this.#timer !== null) this.#timers.clear(this.#timer);
    this.#timer = null;
  }

  #hear(message: Message): void {
    if (message.type === 'out') return this.#out(false);
    const held = this.#held;
    // Somebody else signed in: what this window shows is not theirs.
    if (held !== null && held.userId !== message.held.userId) return this.#loadPage(this.#where());
    this.#hold(message.held);
  }

  #out(tell: boolean): void {
    const was = this.#state();
    this.#epoch++;
    this.#held = null;
    this.#current.set(null);
    this.#state.set('signedOut');
    this.#stopTimer();
    this.#flags.clear(SESSION_FLAG);
    if (tell && was !== 'signedOut') this.#broadcast?.postMessage({ type: 'out' } satisfies Message);
    const here = this.#where();
    if (was === 'signedIn' && !isDoor(here)) this.#loadPage(signInPath(here));
  }

  // ---- the wire ---------------------------------------------------------------------------------

  async #send<T>(
    path: string,
    body: object | null,
    token: string | null,
    shape: Shape<T>,
  ): Promise<Exchanged<T> & { changed: true }> {
    const headers = { 'x-csrf': '1', ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    const answer = await exchange(this.#fetch, jsonRequest('POST', this.#base + path, body, headers), shape);
    if (!answer.changed) throw new Error('A POST was answered with 304.');
    return answer;
  }

  /** A session that is over already is as good as ended. */
  async #tellServer(path: string, body: object, token: string): Promise<void> {
    try {
      await this.#send(path, body, token, NOTHING);
    } catch (error) {
      if (!(error instanceof RequestProblem) || error.status !== 401) throw error;
    }
  }
}

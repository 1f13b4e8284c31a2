import { DOCUMENT, DestroyRef, Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import { meAnswer } from '@ziggy/contracts';
import type { MeAnswer, SetupBody } from '@ziggy/contracts';
import type { TimerHandle } from '@ziggy/stream-client';
import { localProblem } from '../data/problem.ts';
import type { RequestProblem } from '../data/problem.ts';
import { RestClient } from '../data/rest-client.ts';
import { TIMERS } from './browser.ts';
import { Access } from './access.ts';
import { IdleLock } from './idle-lock.ts';

/** `unknown` until the server was asked; `locked` while the screen lock covers a session. */
export type AuthState = 'unknown' | 'signedOut' | 'signedIn' | 'locked';

const ASK_AGAIN_MS = 2_000;
const LOOK_AGAIN_MS = 4_000;

/** Who is signed in, and what that person may do. */
@Injectable({ providedIn: 'root' })
export class AuthStore {
  readonly #access = inject(Access);
  readonly #rest = inject(RestClient);
  readonly #timers = inject(TIMERS);
  readonly #lock = inject(IdleLock);
  readonly #document = inject(DOCUMENT);
  readonly #me = signal<MeAnswer | null>(null, { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) });
  readonly #waiting = signal<RequestProblem | null>(null);
  #asking: Promise<AuthState> | null = null;
  #looking: TimerHandle | null = null;
  readonly #behindLock: (() => void)[] = [];

  readonly me = this.#me.asReadonly();
  readonly state = computed<AuthState>(() => {
    const access = this.#access.state();
    if (access !== 'signedIn') return access;
    if (this.#me() === null) return 'unknown';
    return this.#lock.locked() ? 'locked' : 'signedIn';
  });
  /** Why it is not known yet who is there; null while nothing is wrong. */
  readonly waiting = this.#waiting.asReadonly();
  readonly #allowed = computed(() => new Set(this.#me()?.permissions));

  constructor() {
    effect(() => {
      const access = this.#access.state();
      untracked(() => {
        if (access === 'signedOut') this.#me.set(null);
        // Another tab signed in.
        if (access === 'signedIn' && this.#me() === null) void this.ready();
      });
    });
    effect(() => {
      if (this.state() !== 'locked') for (const go of this.#behindLock.splice(0)) go();
    });
    this.#lookAgain();
    inject(DestroyRef).onDestroy(() => this.#looking !== null && this.#timers.clear(this.#looking));
  }

  /** Whether the role allows an operation of the API, by its `operationId`. */
  can(operationId: string): boolean {
    return this.#allowed().has(operationId);
  }

  /** Finds out who is signed in; asks on until the server says. Settles at once when it is known. */
  ready(): Promise<AuthState> {
    if (this.state() !== 'unknown') return Promise.resolve(this.state());
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /**
   * Signs in.
   * @throws RequestProblem `invalid_credentials`, `second_factor_required`, `sign_in_locked`, `rate_limited` and those of any request
   */
  async signIn(email: string, password: string, code?: string): Promise<void> {
    await this.#access.logIn({ email, password, ...(code === undefined ? {} : { code }) });
    await this.#entered();
  }

  /** Makes the organisation and its admin, who is signed in then. @throws RequestProblem with the codes of `POST /auth/setup` */
  async setUp(body: SetupBody): Promise<void> {
    await this.#access.setUp(body);
    await this.#entered();
  }

  /** Sets a password with the secret of an invitation or reset link. @throws RequestProblem with the codes of `POST /auth/password` */
  setPasswordByLink(body: { token: string; newPassword: string; displayName?: string }): Promise<void> {
    return this.#access.setPassword(body);
  }

  /** Ends the session here and in all tabs, or everywhere. @throws RequestProblem when the server did not do it */
  signOut({ everywhere = false }: { everywhere?: boolean } = {}): Promise<void> {
    return this.#access.signOut(everywhere);
  }

  /** Proves the password again, which makes the session fresh for five minutes. @throws RequestProblem as {@link signIn} */
  async proveAgain(password: string, code?: string): Promise<void> {
    const email = this.#me()?.user.email;
    if (email === undefined) throw localProblem('gone');
    await this.signIn(email, password, code);
  }

  /** Puts the screen lock in front of all windows. */
  lock(): void {
    this.#lock.lock();
  }

  /** Takes the screen lock away from all windows. @throws RequestProblem as {@link signIn} */
  async unlock(password: string, code?: string): Promise<void> {
    await this.proveAgain(password, code);
    this.#lock.unlock();
  }

  /** Settles when no lock is in front of the pages, at once when none is. */
  opened(): Promise<void> {
    if (this.state() !== 'locked') return Promise.resolve();
    return new Promise((resolve) => this.#behindLock.push(resolve));
  }

  /** Reads again who this is and what is allowed. */
  async reload(): Promise<void> {
    this.#me.set(await this.#rest.get('/auth/me', {}, meAnswer));
  }

  /** A token for a request that does not go through {@link RestClient}; null when nobody is signed in. */
  accessToken(): Promise<string | null> {
    return this.#access.token();
  }

  async #entered(): Promise<void> {
    if (this.#me() === null) await this.ready();
    else await this.reload();
  }

  /** A role that was changed is felt within seconds: what is seen is asked for again, while somebody can see it. */
  #lookAgain(): void {
    this.#looking = this.#timers.set(() => {
      const seen = this.#document.visibilityState !== 'hidden' && this.state() === 'signedIn';
      void (seen ? this.reload().catch(() => undefined) : Promise.resolve()).then(() => this.#lookAgain());
    }, LOOK_AGAIN_MS);
  }

  async #ask(): Promise<AuthState> {
    for (;;) {
      try {
        if ((await this.#access.token()) === null) return 'signedOut';
        await this.reload();
        this.#waiting.set(null);
        return this.state();
      } catch (error) {
        if (this.#access.state() === 'signedOut') return 'signedOut';
        this.#waiting.set(error as RequestProblem);
        await new Promise<void>((resolve) => this.#timers.set(resolve, ASK_AGAIN_MS));
      }
    }
  }
}

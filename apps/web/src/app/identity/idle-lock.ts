import { DOCUMENT, DestroyRef, Injectable, effect, inject, signal, untracked } from '@angular/core';
import type { TimerHandle } from '@ziggy/stream-client';
import { PORTAL_CONFIG, WALL_CLOCK } from '../data/environment.ts';
import { Access } from './access.ts';
import { BROADCASTS, FLAGS, TIMERS } from './browser.ts';

/** What tabs tell each other. `at` is an instant by the browser's clock, epoch ms. */
type Message = { readonly type: 'active'; readonly at: number } | { readonly type: 'lock' | 'unlock' };

/** Survives a reload, so that one does not open the lock. It says nothing of who is behind it. */
const LOCKED_FLAG = 'ziggy_locked';
const SIGNS_OF_LIFE = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
const LOOK_EVERY_MS = 1_000;
const TELL_EVERY_MS = 5_000;

/**
 * Covers the portal when nobody touched any of its windows for a while. It is a screen lock for people who walk away: the
 * session lives on behind it, and a reload or another window stays covered too.
 */
@Injectable({ providedIn: 'root' })
export class IdleLock {
  readonly #limitMs = inject(PORTAL_CONFIG).idleLockMinutes * 60_000;
  readonly #clock = inject(WALL_CLOCK);
  readonly #timers = inject(TIMERS);
  readonly #flags = inject(FLAGS);
  readonly #access = inject(Access);
  readonly #broadcast = inject(BROADCASTS)('ziggy.lock');
  readonly #locked = signal(this.#flags.has(LOCKED_FLAG));
  #lastActive = this.#clock.now();
  #toldAt = -Infinity;
  #timer: TimerHandle | null = null;

  /** Whether the windows are covered. */
  readonly locked = this.#locked.asReadonly();

  constructor() {
    const broadcast = this.#broadcast;
    if (broadcast !== null) broadcast.onmessage = ({ data }) => this.#hear(data as Message);
    const forget = this.#listen();
    inject(DestroyRef).onDestroy(() => {
      if (broadcast !== null) broadcast.onmessage = null;
      if (this.#timer !== null) this.#timers.clear(this.#timer);
      forget();
    });
    effect(() => {
      // Behind the lock of a session that is over there is nothing.
      if (this.#access.state() === 'signedOut') untracked(() => this.#open());
    });
    this.#look();
  }

  /** Covers all windows at once. */
  lock(): void {
    if (this.#locked()) return;
    this.#cover();
    this.#say({ type: 'lock' });
  }

  /** The person has proven who they are. */
  unlock(): void {
    this.#open();
    this.#say({ type: 'unlock' });
  }

  #cover(): void {
    this.#locked.set(true);
    this.#flags.set(LOCKED_FLAG);
  }

  #open(): void {
    this.#lastActive = this.#clock.now();
    this.#locked.set(false);
    this.#flags.clear(LOCKED_FLAG);
  }

  #listen(): () => void {
    const document = inject(DOCUMENT);
    const active = (): void => this.#active();
    const look = (): void => this.#check();
    for (const name of SIGNS_OF_LIFE) document.addEventListener(name, active, { capture: true, passive: true });
    document.addEventListener('visibilitychange', look);
    return () => {
      for (const name of SIGNS_OF_LIFE) document.removeEventListener(name, active, { capture: true });
      document.removeEventListener('visibilitychange', look);
    };
  }

  #active(): void {
    const now = this.#clock.now();
    // Whoever comes back after the time finds it locked, also when no timer ran meanwhile, as in sleep. The cookie is not
    // asked here: a pointer moves hundreds of times a second.
    if (this.#overdue) this.lock();
    this.#lastActive = now;
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#say({ type: 'active', at: now });
  }

  #look(): void {
    this.#timer = this.#timers.set(() => {
      this.#check();
      this.#look();
    }, LOOK_EVERY_MS);
  }

  get #overdue(): boolean {
    return (
      this.#limitMs > 0 &&
      !this.#locked() &&
      this.#access.state() === 'signedIn' &&
      this.#clock.now() - this.#lastActive >= this.#limitMs
    );
  }

  /** Another window may have locked where no channel told this one. */
  #check(): void {
    if (this.#locked() || this.#access.state() !== 'signedIn') return;
    if (this.#flags.has(LOCKED_FLAG)) this.#locked.set(true);
    else if (this.#overdue) this.lock();
  }

  #hear(message: Message): void {
    if (message.type === 'active') this.#lastActive = Math.max(this.#lastActive, message.at);
    else if (message.type === 'lock') this.#cover();
    else this.#open();
  }

  #say(message: Message): void {
    this.#broadcast?.postMessage(message);
  }
}

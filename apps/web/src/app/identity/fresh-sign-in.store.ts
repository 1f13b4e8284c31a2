import { Injectable, computed, inject, signal } from '@angular/core';
import { ClockStore } from '../data/clock.store.ts';
import { NEW_KEY } from '../data/environment.ts';
import { RequestProblem, localProblem } from '../data/problem.ts';
import { AuthStore } from './auth.store.ts';

const CODE = 'fresh_sign_in_required';
/** What is fresh for so short a time yet is asked for again: the request itself takes a while. */
const MARGIN_MS = 3_000;

interface Asking {
  readonly proven: () => void;
  readonly given: () => void;
}

/**
 * Acts that the server does only for somebody who has just proven who they are. When the proof is too old, the dialog asks
 * for it once; then the act is done, or done again, under its own key: it happens once.
 */
@Injectable({ providedIn: 'root' })
export class FreshSignIn {
  readonly #auth = inject(AuthStore);
  readonly #clock = inject(ClockStore);
  readonly #newKey = inject(NEW_KEY);
  readonly #asking = signal<Asking | null>(null);

  /** Whether the dialog is asking. */
  readonly asking = computed(() => this.#asking() !== null);

  /**
   * Does an act that needs a fresh sign-in. `act` gets the key of the intent.
   * @throws RequestProblem of the act, or `not_proven` when the person would not prove
   */
  async run<T>(act: (key: string) => Promise<T>): Promise<T> {
    const key = this.#newKey();
    if (!this.#isFresh()) await this.#ask();
    try {
      return await act(key);
    } catch (error) {
      if (!(error instanceof RequestProblem) || error.code !== CODE) throw error;
    }
    await this.#ask();
    return act(key);
  }

  /** Proves. @throws RequestProblem when it is not accepted; the dialog stays then */
  async prove(password: string, code?: string): Promise<void> {
    await this.#auth.proveAgain(password, code);
    const asking = this.#asking();
    this.#asking.set(null);
    asking?.proven();
  }

  /** The person would not. */
  giveUp(): void {
    const asking = this.#asking();
    this.#asking.set(null);
    asking?.given();
  }

  #isFresh(): boolean {
    const until = this.#auth.me()?.session?.freshUntil ?? null;
    return until !== null && Date.parse(until) - MARGIN_MS > this.#clock.now();
  }

  #ask(): Promise<void> {
    this.giveUp();
    return new Promise((resolve, reject) =>
      this.#asking.set({ proven: resolve, given: () => reject(localProblem('not_proven')) }),
    );
  }
}

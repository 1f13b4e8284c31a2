import { DestroyRef, computed, inject, signal } from '@angular/core';
import type { Signal } from '@angular/core';
import { RequestProblem, localProblem } from './problem.ts';

/** Where a request stands. A value stays while a newer one is fetched, and when fetching it failed. */
export interface RequestState<T> {
  readonly value: T | null;
  readonly problem: RequestProblem | null;
  readonly loading: boolean;
}

/** One kind of request whose newest answer is shown: a newer run aborts the one before. */
export class LatestRequest<T> {
  readonly #state = signal<RequestState<T>>({ value: null, problem: null, loading: false });
  #abort: AbortController | null = null;

  readonly value: Signal<T | null> = computed(() => this.#state().value);
  readonly problem: Signal<RequestProblem | null> = computed(() => this.#state().problem);
  readonly loading: Signal<boolean> = computed(() => this.#state().loading);

  /** Call in an injection context: the request is aborted with its owner. */
  constructor() {
    inject(DestroyRef).onDestroy(() => this.#abort?.abort());
  }

  /** Fetches; the value so far stays visible meanwhile. Resolves with the answer, or null when it failed or is outrun. */
  async run(ask: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#state.update((state) => ({ ...state, loading: true }));
    try {
      const value = await ask(abort.signal);
      if (abort.signal.aborted) return null;
      this.#state.set({ value, problem: null, loading: false });
      return value;
    } catch (error) {
      if (abort.signal.aborted) return null;
      const problem = error instanceof RequestProblem ? error : localProblem('network');
      this.#state.update((state) => ({ ...state, problem, loading: false }));
      return null;
    }
  }

  /** Forgets the answer and stops what runs. */
  clear(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#state.set({ value: null, problem: null, loading: false });
  }
}

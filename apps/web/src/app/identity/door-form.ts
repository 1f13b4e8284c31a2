import { DestroyRef, computed, inject, signal } from '@angular/core';
import type { TimerHandle } from '@ziggy/stream-client';
import { WALL_CLOCK } from '../data/environment.ts';
import { RequestProblem } from '../data/problem.ts';
import { TIMERS } from './browser.ts';
import { NO_PROBLEMS, formProblems, waitText } from './form-problems.ts';
import type { FormProblems } from './form-problems.ts';

/** A form that is sent once at a time, shows what is wrong with it, and says how long to wait when the server asks for that. */
export class DoorForm {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #clock = inject(WALL_CLOCK);
  readonly #timers = inject(TIMERS);
  readonly #busy = signal(false);
  readonly #problems = signal<FormProblems>(NO_PROBLEMS);
  readonly #waitUntil = signal<number | null>(null);
  readonly #now = signal(0);
  #timer: TimerHandle | null = null;

  readonly busy = this.#busy.asReadonly();
  /** Time to wait, ms; null when there is none. */
  readonly wait = computed(() => {
    const until = this.#waitUntil();
    return until === null || until <= this.#now() ? null : until - this.#now();
  });
  /** Why it cannot be sent now. */
  readonly blocked = computed(() => {
    const wait = this.wait();
    if (wait !== null) return `wait ${waitText(wait)}`;
    return this.busy() ? 'it is being sent' : null;
  });
  readonly summary = computed(() => {
    const wait = this.wait();
    const { summary } = this.#problems();
    if (this.#waitUntil() === null) return summary;
    return wait === null ? [] : [{ field: null, text: `Too many attempts. Try again in ${waitText(wait)}.` }];
  });

  /** Call in an injection context. `labels` maps the names of the body to the fields' labels. */
  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = labels;
    inject(DestroyRef).onDestroy(() => this.#stop());
  }

  error(name: string): string {
    return this.#problems().fields[name] ?? '';
  }

  show(problems: FormProblems): void {
    this.#waitUntil.set(null);
    this.#problems.set(problems);
  }

  /** Sends; resolves with whether it went well. `handle` may take a problem for itself by answering true. */
  async send(run: () => Promise<void>, handle: (problem: RequestProblem) => boolean = () => false): Promise<boolean> {
    if (this.busy() || this.wait() !== null) return false;
    this.#busy.set(true);
    this.show(NO_PROBLEMS);
    try {
      await run();
      return true;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      if (handle(error)) return false;
      this.show(formProblems(error, this.#labels));
      if (error.status === 429 && error.retryAfterMs !== null) this.#waitFor(error.retryAfterMs);
      return false;
    } finally {
      this.#busy.set(false);
    }
  }

  #waitFor(ms: number): void {
    this.#now.set(this.#clock.now());
    this.#waitUntil.set(this.#clock.now() + ms);
    const tick = (): void => {
      this.#now.set(this.#clock.now());
      this.#timer = this.wait() === null ? null : this.#timers.set(tick, 1000);
    };
    this.#stop();
    this.#timer = this.#timers.set(tick, 1000);
  }

  #stop(): void {
    if (this.#timer !== null) this.#timers.clear(this.#timer);
    this.#timer = null;
  }
}

/** The text of each control of a form by its name, as a person or a password manager filled them in. */
export function valuesOf<K extends string>(event: Event, names: readonly K[]): Record<K, string> {
  event.preventDefault();
  const data = new FormData(event.target as HTMLFormElement);
  return Object.fromEntries(names.map((name) => [name, String(data.get(name) ?? '')])) as Record<K, string>;
}

import { DOCUMENT, effect, inject, untracked } from '@angular/core';
import type { Signal } from '@angular/core';
import { ClockStore } from './clock.store.ts';
import type { RequestProblem } from './problem.ts';

export interface RefreshOptions {
  readonly everyMs: number;
  /** Sooner, when the last try failed. */
  readonly retryMs: number;
  readonly problem: Signal<RequestProblem | null>;
  readonly run: () => void;
}

/** Runs at once and then again and again, while the page is visible; on the portal's one clock. Call in an injection context. */
export function refreshWhileVisible({ everyMs, retryMs, problem, run }: RefreshOptions): { restart(): void } {
  const clock = inject(ClockStore);
  const document = inject(DOCUMENT);
  let last = -Infinity;
  effect(() => {
    const now = clock.now();
    untracked(() => {
      const due = problem() ? retryMs : everyMs;
      if (document.visibilityState !== 'visible' || now - last < due) return;
      last = now;
      run();
    });
  });
  return {
    restart: () => {
      last = untracked(clock.now);
      run();
    },
  };
}

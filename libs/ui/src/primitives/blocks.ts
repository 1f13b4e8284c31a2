import { Component, computed, input, output } from '@angular/core';
import { Button } from './button.ts';
import { Icon } from './icon.ts';

/** Grey shapes of the final size while the first answer is awaited; never laid over data. */
@Component({
  selector: 'z-skeleton',
  template: `<span class="z-sr">{{ label() }}</span>
    @for (width of widths(); track $index) {
      <i [style.inline-size.%]="width"></i>
    }`,
  host: { 'aria-busy': 'true', role: 'status' },
  styles: `
    :host {
      display: flex;
      flex-direction: column;
      gap: var(--z-space-8);
      padding: var(--z-space-4) 0;
    }
    i {
      display: block;
      block-size: 12px;
      border-radius: var(--z-radius-4);
      background: var(--z-hover);
      animation: z-skeleton 1.6s ease-in-out infinite alternate;
    }
    @keyframes z-skeleton {
      to {
        opacity: 0.55;
      }
    }
    @media (prefers-reduced-motion: reduce) {
      i {
        animation: none;
      }
    }
    @media (forced-colors: active) {
      i {
        border: 1px solid GrayText;
      }
    }
  `,
})
export class Skeleton {
  readonly lines = input(3);
  readonly label = input('Loading');
  // Uneven, like text; fixed, so that two drawings are equal.
  protected readonly widths = computed(() =>
    Array.from({ length: this.lines() }, (_, index) => 96 - ((index * 37) % 44)),
  );
}

const BLOCK_STYLES = `
  :host {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    gap: var(--z-space-8);
    padding: var(--z-space-16);
    max-inline-size: 64ch;
  }
  .head { display: flex; align-items: center; gap: var(--z-space-8); font-weight: 600; }
  p { color: var(--z-muted); }
  .actions { display: flex; flex-wrap: wrap; gap: var(--z-space-8); align-items: center; }
  .danger { color: var(--z-danger); }
  .muted { color: var(--z-muted); }
  code { overflow-wrap: anywhere; }
`;

/** Answered, and there is nothing: a sentence, the reason, and in the slot what to do next. */
@Component({
  selector: 'z-empty',
  imports: [Icon],
  template: `<div class="head"><z-icon class="muted" name="info" />{{ sentence() }}</div>
    @if (reason()) {
      <p>{{ reason() }}</p>
    }
    <div class="actions"><ng-content /></div>`,
  styles: BLOCK_STYLES,
})
export class EmptyBlock {
  readonly sentence = input.required<string>();
  readonly reason = input('');
}

/** What an error block shows; the shape of a problem answer. */
export interface Problem {
  /** Code of the registry, e.g. `source_unavailable`. */
  readonly code: string;
  readonly sentence: string;
  readonly requestId?: string | null;
}

/** A request failed and there is nothing to show. */
@Component({
  selector: 'z-error',
  imports: [Icon, Button],
  template: `<div class="head danger" role="alert"><z-icon name="error" />{{ problem().sentence }}</div>
    <p>
      <code>{{ problem().code }}</code>
      @if (problem().requestId) {
        <span>
          · request <code>{{ problem().requestId }}</code></span
        >
      }
    </p>
    <div class="actions">
      <button z-button (click)="retry.emit()"><z-icon name="refresh" />{{ retryText() }}</button>
      @if (problem().requestId) {
        <button z-button variant="ghost" (click)="copyId.emit(problem().requestId ?? '')">
          <z-icon name="copy" />Copy request id
        </button>
      }
      <ng-content />
    </div>`,
  styles: BLOCK_STYLES,
})
export class ErrorBlock {
  readonly problem = input.required<Problem>();
  /** Time to the next try by itself, ms; null when none is planned. */
  readonly retryInMs = input<number | null>(null);
  readonly retry = output();
  readonly copyId = output<string>();
  protected readonly retryText = computed(() => {
    const ms = this.retryInMs();
    return ms === null ? 'Retry' : `Retry now (in ${Math.max(0, Math.ceil(ms / 1000))} s)`;
  });
}

/** 403: what is needed and who can give it. */
@Component({
  selector: 'z-forbidden',
  imports: [Icon],
  template: `<div class="head"><z-icon class="muted" name="lock" />You may not open this.</div>
    <p>It needs {{ needs() }}. {{ giver() }} can give it.</p>
    <div class="actions"><ng-content /></div>`,
  styles: BLOCK_STYLES,
})
export class ForbiddenBlock {
  /** E.g. `the role analyst`. */
  readonly needs = input.required<string>();
  readonly giver = input('An administrator of your organisation');
}

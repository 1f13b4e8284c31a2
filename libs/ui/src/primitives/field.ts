import { Component, ElementRef, computed, effect, inject, input } from '@angular/core';

const TEXT_CONTROL = 'input, select, textarea';
let count = 0;

/**
 * A form field: label, hint, the projected native control, and what is wrong with it. It ties them together for screen
 * readers; the control keeps its own `autocomplete`, `type` and value.
 */
@Component({
  selector: 'z-field',
  host: { class: 'z-field' },
  template: `<label [attr.for]="id">{{ label() }}</label>
    <div class="control"><ng-content /></div>
    @if (error()) {
      <p class="error" [id]="id + '-error'">{{ error() }}</p>
    }
    @if (hint()) {
      <p class="hint" [id]="id + '-hint'">{{ hint() }}</p>
    }
    <ng-content select="[zBelow]" />`,
  styles: `
    :host {
      display: grid;
      gap: var(--z-space-4);
      min-inline-size: 0;
    }
    label {
      font-size: var(--z-font-12);
      font-weight: 600;
    }
    .control {
      display: grid;
      grid-auto-flow: column;
      grid-template-columns: minmax(0, 1fr);
      gap: var(--z-space-4);
    }
    p {
      font-size: var(--z-font-12);
    }
    .hint {
      color: var(--z-muted);
    }
    .error {
      color: var(--z-danger);
    }
  `,
})
export class Field {
  readonly label = input.required<string>();
  readonly hint = input('');
  /** What is wrong; empty while nothing is. */
  readonly error = input('');
  protected readonly id = `z-field-${(count += 1)}`;
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly described = computed(() =>
    [this.error() ? `${this.id}-error` : '', this.hint() ? `${this.id}-hint` : ''].filter((id) => id !== '').join(' '),
  );

  constructor() {
    effect(() => {
      const { described, wrong } = { described: this.described(), wrong: this.error() !== '' };
      const control = this.host.querySelector<HTMLElement>(TEXT_CONTROL);
      if (control === null) return;
      control.id = this.id;
      control.setAttribute('aria-invalid', String(wrong));
      if (described === '') control.removeAttribute('aria-describedby');
      else control.setAttribute('aria-describedby', described);
    });
  }

  /** Puts the focus into the control. */
  focus(): void {
    this.host.querySelector<HTMLElement>(TEXT_CONTROL)?.focus();
  }
}

/** One line of the summary above a form; `field` is the label of the field that it is about. */
export interface FieldError {
  readonly field: string | null;
  readonly text: string;
}

/** What is wrong with a form, above it, spoken at once. The same texts stand beside the fields. */
@Component({
  selector: 'z-form-errors',
  template: `@if (errors().length > 0) {
    <div role="alert">
      @for (error of errors(); track $index) {
        <p>
          @if (error.field) {
            <b>{{ error.field }}:</b>
          }
          {{ error.text }}
        </p>
      }
      <ng-content />
    </div>
  }`,
  styles: `
    /* Nothing wrong, nothing there: not even a gap. */
    :host {
      display: contents;
    }
    div {
      display: grid;
      gap: var(--z-space-4);
      padding: var(--z-space-8) var(--z-space-12);
      border: 1px solid var(--z-danger);
      border-radius: var(--z-radius-4);
      font-size: var(--z-font-12);
    }
    b {
      font-weight: 600;
    }
  `,
})
export class FormErrors {
  readonly errors = input.required<readonly FieldError[]>();
}

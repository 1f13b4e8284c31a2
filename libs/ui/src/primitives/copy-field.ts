import { Component, computed, input, signal, viewChild } from '@angular/core';
import type { ElementRef } from '@angular/core';
import { Button } from './button.ts';
import { Icon } from './icon.ts';

const SAID_MS = 2_000;
let count = 0;

/**
 * Text to take away: shown whole, copied by its button. Where the browser refuses the clipboard, the text is selected
 * instead and the button says so. `lines` above 1 shows that many.
 */
@Component({
  selector: 'z-copy-field',
  imports: [Button, Icon],
  template: `<label [attr.for]="id">{{ label() }}</label>
    <div>
      @if (lines() > 1) {
        <textarea #field readonly spellcheck="false" [id]="id" [rows]="lines()" [value]="value()"></textarea>
      } @else {
        <input #field type="text" readonly spellcheck="false" [id]="id" [value]="value()" (focus)="select()" />
      }
      <button z-button (click)="copy()">
        <z-icon [name]="state() === 'copied' ? 'check' : 'copy'" />{{ word() }}<span class="z-sr"> {{ label() }}</span>
      </button>
    </div>
    <span class="z-sr" role="status">{{ said() }}</span>`,
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
    div {
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto;
      gap: var(--z-space-4);
      align-items: start;
    }
    input,
    textarea {
      inline-size: 100%;
      min-block-size: 32px;
      padding: var(--z-space-4) var(--z-space-8);
      border: 1px solid var(--z-control);
      border-radius: var(--z-radius-4);
      background: var(--z-background);
      font-family: var(--z-family-mono);
      font-size: var(--z-font-12);
      resize: none;
    }
    button {
      min-block-size: 32px;
    }
  `,
})
export class CopyField {
  readonly label = input.required<string>();
  readonly value = input.required<string>();
  readonly lines = input(1);
  protected readonly id = `z-copy-${(count += 1)}`;
  protected readonly state = signal<'idle' | 'copied' | 'refused'>('idle');
  protected readonly word = computed(() => {
    const state = this.state();
    return state === 'copied' ? 'Copied' : state === 'refused' ? 'Selected' : 'Copy';
  });
  protected readonly said = computed(() => {
    const state = this.state();
    if (state === 'idle') return '';
    return state === 'copied' ? 'Copied' : 'The browser does not allow copying. The text is selected: copy it by key.';
  });
  private readonly field = viewChild.required<ElementRef<HTMLInputElement | HTMLTextAreaElement>>('field');

  protected select(): void {
    this.field().nativeElement.select();
  }

  protected async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.value());
      this.state.set('copied');
      setTimeout(() => this.state.set('idle'), SAID_MS);
    } catch {
      this.select();
      this.field().nativeElement.focus();
      this.state.set('refused');
    }
  }
}

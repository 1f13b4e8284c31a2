import { Component, computed, input, signal } from '@angular/core';
import { PASSWORD_LENGTH } from '@ziggy/contracts';
import { Button, Field } from '@ziggy/ui';

/** The field of a new password: its rules in view, shown in clear when asked, no second field to type it again into. */
@Component({
  selector: 'z-new-password',
  imports: [Button, Field],
  template: `<z-field [label]="label()" [hint]="rules" [error]="error()">
    <input
      [type]="shown() ? 'text' : 'password'"
      name="password"
      autocomplete="new-password"
      autocapitalize="off"
      spellcheck="false"
      required
      [attr.minlength]="length.min"
      [attr.maxlength]="length.max"
    />
    <button z-button [pressed]="shown()" (click)="shown.set(!shown())">{{ word() }}</button>
  </z-field>`,
})
export class NewPassword {
  readonly label = input('Password');
  readonly error = input('');
  protected readonly shown = signal(false);
  protected readonly word = computed(() => (this.shown() ? 'Hide' : 'Show'));
  protected readonly length = PASSWORD_LENGTH;
  protected readonly rules = `${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters. Any characters; a few random words are good. Not a common password, not your own name.`;
}

import { Component, inject, signal } from '@angular/core';
import { Button, Field, FormErrors, Icon } from '@ziggy/ui';
import { NEW_KEY } from '../data/environment.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { DoorForm, valuesOf } from '../identity/door-form.ts';
import { lengthFault, missing } from '../identity/form-problems.ts';
import { IdentityRest } from '../identity/identity-rest.ts';
import { NewPassword } from '../identity/new-password.ts';

const LABELS = { currentPassword: 'Present password', password: 'New password' };
const WRONG = 'This is not your present password.';

/** Changes the password: the present one, and a new one whose rules are in view. */
@Component({
  selector: 'z-password-form',
  imports: [Button, Field, FormErrors, Icon, NewPassword],
  template: `<form novalidate (submit)="change($event)">
    <z-form-errors [errors]="form.summary()" />
    <input
      class="z-sr"
      type="text"
      name="username"
      autocomplete="username"
      tabindex="-1"
      aria-hidden="true"
      readonly
      [value]="me()?.user?.email ?? ''"
    />
    <z-field label="Present password" [error]="form.error('currentPassword')">
      <input type="password" name="currentPassword" autocomplete="current-password" maxlength="128" required />
    </z-field>
    <z-new-password label="New password" [error]="form.error('password')" />
    <p class="muted">Everywhere else you are signed out then: on other devices, in other browsers. Here you stay.</p>
    <div class="acts">
      <button z-button type="submit" variant="primary" [blocked]="form.blocked()">Change password</button>
      <span class="said" role="status">
        @if (done()) {
          <z-icon name="check" />Password changed; your other sessions were ended.
        }
      </span>
    </div>
  </form>`,
  styleUrl: '../sections/section.scss',
})
export class PasswordForm {
  readonly #rest = inject(IdentityRest);
  readonly #newKey = inject(NEW_KEY);
  protected readonly me = inject(AuthStore).me;
  protected readonly form = new DoorForm(LABELS);
  protected readonly done = signal(false);

  protected async change(event: Event): Promise<void> {
    const form = event.target as HTMLFormElement;
    const { currentPassword, password } = valuesOf(event, ['currentPassword', 'password']);
    this.done.set(false);
    const fault = missing({ currentPassword, password }, LABELS) ?? lengthFault(password);
    if (fault !== null) return this.form.show(fault);
    const done = await this.form.send(
      async () => void (await this.#rest.changePassword(currentPassword, password, this.#newKey())),
      ({ code }) => {
        if (code !== 'invalid_credentials') return false;
        this.form.show({
          fields: { currentPassword: WRONG },
          summary: [{ field: LABELS.currentPassword, text: WRONG }],
        });
        return true;
      },
    );
    if (!done) return;
    form.reset();
    this.done.set(true);
  }
}

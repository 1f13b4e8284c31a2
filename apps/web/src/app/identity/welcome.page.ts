import { Component, inject } from '@angular/core';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';
import { Button, Field, FormErrors } from '@ziggy/ui';
import { AuthStore } from './auth.store.ts';
import { DoorForm, valuesOf } from './door-form.ts';
import { Door } from './door.ts';
import { lengthFault, missing } from './form-problems.ts';
import { linkToken } from './link-token.ts';
import { NewPassword } from './new-password.ts';

const LABELS = { password: 'New password', displayName: 'Your name' };

/** Where invitations and reset links lead: sets the password, then leads to the sign-in. */
@Component({
  selector: 'z-welcome-page',
  imports: [Button, Door, Field, FormErrors, NewPassword, RouterLink],
  templateUrl: './welcome.page.html',
  styleUrl: './form.scss',
})
export class WelcomePage {
  readonly #auth = inject(AuthStore);
  readonly #router = inject(Router);
  readonly #token = linkToken(inject(ActivatedRoute).snapshot.fragment);
  protected readonly hasToken = this.#token !== null;
  protected readonly form = new DoorForm(LABELS);

  protected async setPassword(event: Event): Promise<void> {
    const { password, displayName } = valuesOf(event, ['password', 'displayName']);
    const fault = missing({ password }, LABELS) ?? lengthFault(password);
    if (this.#token === null) return;
    if (fault !== null) return this.form.show(fault);
    const token = this.#token;
    const name = displayName.trim();
    const done = await this.form.send(() =>
      this.#auth.setPasswordByLink({ token, newPassword: password, ...(name === '' ? {} : { displayName: name }) }),
    );
    if (done) await this.#router.navigateByUrl('/sign-in', { replaceUrl: true, state: { notice: 'password_set' } });
  }
}

import { Component, inject } from '@angular/core';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';
import { Button, Field, FormErrors } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { AuthStore } from './auth.store.ts';
import { currencyNames } from './currencies.ts';
import { DoorForm, valuesOf } from './door-form.ts';
import { Door } from './door.ts';
import { lengthFault, missing } from './form-problems.ts';
import { linkToken } from './link-token.ts';
import { NewPassword } from './new-password.ts';

const LABELS = {
  organisation: 'Organisation',
  email: 'E-mail address',
  password: 'Password',
  timeZone: 'Time zone',
  baseCurrency: 'Base currency',
};
const NAMES = ['organisation', 'displayName', 'email', 'password', 'timeZone', 'baseCurrency'] as const;

/** The first run: makes the organisation and its first administrator, with the link that the server printed. */
@Component({
  selector: 'z-setup-page',
  imports: [Button, Door, Field, FormErrors, NewPassword, RouterLink],
  templateUrl: './setup.page.html',
  styleUrl: './form.scss',
})
export class SetupPage {
  readonly #auth = inject(AuthStore);
  readonly #router = inject(Router);
  readonly #token = linkToken(inject(ActivatedRoute).snapshot.fragment);
  protected readonly closed = inject(PORTAL_CONFIG).signIn?.setupOpen === false;
  protected readonly hasToken = this.#token !== null;
  protected readonly form = new DoorForm(LABELS);
  protected readonly zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  protected readonly zones = [...new Set(['UTC', this.zone, ...Intl.supportedValuesOf('timeZone')])].sort();
  protected readonly currencies = currencyNames();

  protected async setUp(event: Event): Promise<void> {
    const values = valuesOf(event, NAMES);
    const { displayName, ...needed } = values;
    const fault = missing(needed, LABELS) ?? lengthFault(values.password);
    if (this.#token === null) return;
    if (fault !== null) return this.form.show(fault);
    const token = this.#token;
    const name = displayName.trim();
    const done = await this.form.send(() =>
      this.#auth.setUp({
        ...needed,
        token,
        organisation: needed.organisation.trim(),
        email: needed.email.trim(),
        ...(name === '' ? {} : { displayName: name }),
      }),
    );
    if (done) await this.#router.navigateByUrl('/markets', { replaceUrl: true });
  }
}

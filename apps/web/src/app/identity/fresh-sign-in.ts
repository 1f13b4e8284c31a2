import { Component, computed, effect, inject } from '@angular/core';
import { Button, Dialog, Field, FormErrors } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { AuthStore } from './auth.store.ts';
import { DoorForm, valuesOf } from './door-form.ts';
import { missing } from './form-problems.ts';
import { FreshSignIn } from './fresh-sign-in.store.ts';

const LABELS = { password: 'Password', code: 'Code' };

/** Asks for the password again, and for the code where it is on, before an act that needs a fresh proof. One a page. */
@Component({
  selector: 'z-fresh-sign-in',
  imports: [Button, Dialog, Field, FormErrors],
  template: `<z-dialog
    title="Confirm that it is you"
    [guarded]="true"
    [open]="fresh.asking()"
    (openChange)="closed($event)"
  >
    @if (person(); as user) {
      @if (user.hasPassword) {
        <form id="z-fresh-form" novalidate (submit)="send($event)">
          <p>This is done only shortly after you have shown who you are. It is asked once in five minutes.</p>
          <z-form-errors [errors]="door.summary()" />
          <input
            class="z-sr"
            type="text"
            name="username"
            autocomplete="username"
            tabindex="-1"
            aria-hidden="true"
            readonly
            [value]="user.email"
          />
          <z-field label="Password" [error]="door.error('password')">
            <input
              type="password"
              name="password"
              autocomplete="current-password"
              maxlength="128"
              required
              cdkFocusInitial
            />
          </z-field>
          @if (user.secondFactor) {
            <z-field label="Code" hint="From your authenticator app, or a recovery code." [error]="door.error('code')">
              <input
                type="text"
                name="code"
                autocomplete="one-time-code"
                autocapitalize="off"
                spellcheck="false"
                maxlength="24"
                required
              />
            </z-field>
          }
        </form>
      } @else {
        <p>
          You sign in with {{ issuer }}, so there is no password here to ask for. Sign out, sign in there again, and
          come back: for five minutes after that this works.
        </p>
      }
    }
    <ng-container zActions>
      <button z-button (click)="fresh.giveUp()">Cancel</button>
      @if (person()?.hasPassword) {
        <button z-button type="submit" form="z-fresh-form" variant="primary" [blocked]="door.blocked()">Confirm</button>
      } @else {
        <button z-button variant="primary" (click)="signOut()">Sign out</button>
      }
    </ng-container>
  </z-dialog>`,
  styles: `
    form {
      display: grid;
      gap: var(--z-space-16);
    }
  `,
})
export class FreshSignInDialog {
  protected readonly fresh = inject(FreshSignIn);
  readonly #auth = inject(AuthStore);
  protected readonly door = new DoorForm(LABELS);
  protected readonly person = computed(() => this.#auth.me()?.user ?? null);
  protected readonly issuer = inject(PORTAL_CONFIG).signIn?.oidc ?? 'a foreign service';

  constructor() {
    effect(() => {
      if (this.fresh.asking()) this.door.show({ fields: {}, summary: [] });
    });
  }

  protected async send(event: Event): Promise<void> {
    const { password, code } = valuesOf(event, ['password', 'code']);
    const needsCode = this.person()?.secondFactor === true;
    const given = code.replace(/\s/g, '');
    const empty = missing(needsCode ? { password, code: given } : { password }, LABELS);
    if (empty !== null) return this.door.show(empty);
    await this.door.send(() => this.fresh.prove(password, needsCode ? given : undefined));
  }

  protected async signOut(): Promise<void> {
    this.fresh.giveUp();
    await this.#auth.signOut();
  }

  protected closed(open: boolean): void {
    if (!open) this.fresh.giveUp();
  }
}

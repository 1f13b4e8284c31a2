import { Component, inject } from '@angular/core';
import { PageHeader, Skeleton, Tile } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { PasswordForm } from './password-form.ts';
import { SecondFactor } from './second-factor.ts';

/** Password and second factor of the signed-in person. */
@Component({
  selector: 'z-security-page',
  imports: [CopyLink, PageHeader, PasswordForm, SecondFactor, Skeleton, Tile],
  template: `<z-page-header title="Security"><z-copy-link zActions /></z-page-header>
    <div class="content">
      @if (me(); as known) {
        <z-tile title="Password">
          @if (known.user.hasPassword) {
            <z-password-form />
          } @else {
            <p>
              You sign in with {{ issuer }}, which keeps your password. It is changed there; ZiggyAI stores none for
              you.
            </p>
          }
        </z-tile>
        <z-tile title="Second factor">
          @if (known.user.hasPassword) {
            <z-second-factor [on]="known.user.secondFactor" />
          } @else {
            <p>Whether a second factor is asked is up to {{ issuer }}, since you sign in there.</p>
          }
        </z-tile>
      } @else {
        <z-skeleton [lines]="8" label="Loading" />
      }
    </div>`,
  styleUrl: '../sections/section.scss',
})
export class SecurityPage {
  protected readonly me = inject(AuthStore).me;
  protected readonly issuer = inject(PORTAL_CONFIG).signIn?.oidc ?? 'a foreign service';
}

import { Component, effect, inject, model, output, signal, untracked } from '@angular/core';
import type { Role } from '@ziggy/contracts';
import { Button, Dialog, Field, FormErrors } from '@ziggy/ui';
import { DoorForm, valuesOf } from '../identity/door-form.ts';
import { missing } from '../identity/form-problems.ts';
import { MembersStore } from './members.store.ts';
import { RoleChoice } from './role-choice.ts';
import type { ShownLink } from './link-shown.ts';
import { personWords } from './member-words.ts';

const LABELS = { email: 'E-mail address', displayName: 'Name' };
const TAKEN = 'Somebody with this address is here already.';

/** Invites somebody. */
@Component({
  selector: 'z-invite-form',
  imports: [Button, Dialog, Field, FormErrors, RoleChoice],
  template: `<z-dialog title="Invite a person" [guarded]="true" [(open)]="open">
    <form id="z-invite-form" novalidate (submit)="invite($event)">
      <z-form-errors [errors]="form.summary()" />
      <z-field label="E-mail address" [error]="form.error('email')">
        <input
          type="email"
          name="email"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          maxlength="254"
          required
        />
      </z-field>
      <z-field label="Name" hint="It may be empty; the person can change it." [error]="form.error('displayName')">
        <input type="text" name="displayName" autocomplete="off" maxlength="80" />
      </z-field>
      <z-role-choice [(value)]="role" />
    </form>
    <ng-container zActions>
      <button z-button (click)="open.set(false)">Cancel</button>
      <button z-button type="submit" form="z-invite-form" variant="primary" [blocked]="form.blocked()">Invite</button>
    </ng-container>
  </z-dialog>`,
  styleUrl: '../sections/section.scss',
})
export class InviteForm {
  readonly open = model(false);
  readonly invited = output<ShownLink>();
  readonly #store = inject(MembersStore);
  protected readonly form = new DoorForm(LABELS);
  protected readonly role = signal<Role>('viewer');

  constructor() {
    effect(() => {
      if (!this.open()) return;
      untracked(() => {
        this.role.set('viewer');
        this.form.show({ fields: {}, summary: [] });
      });
    });
  }

  protected async invite(event: Event): Promise<void> {
    const values = valuesOf(event, ['email', 'displayName']);
    const [email, displayName] = [values.email.trim(), values.displayName.trim()];
    const empty = missing({ email }, LABELS);
    if (empty !== null) return this.form.show(empty);
    await this.form.send(
      async () => {
        const body = { email, role: this.role(), ...(displayName === '' ? {} : { displayName }) };
        const made = await this.#store.invite(body);
        this.open.set(false);
        this.invited.emit({ url: made.inviteUrl, person: personWords(made), mailed: made.mailed });
      },
      ({ code }) => {
        if (code !== 'already_exists') return false;
        this.form.show({ fields: { email: TAKEN }, summary: [{ field: LABELS.email, text: TAKEN }] });
        return true;
      },
    );
  }
}

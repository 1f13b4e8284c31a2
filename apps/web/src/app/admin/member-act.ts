import { Component, computed, effect, inject, input, output, signal, untracked } from '@angular/core';
import type { Member, MemberBody, Role } from '@ziggy/contracts';
import { Button, Dialog, FormErrors } from '@ziggy/ui';
import { DoorForm } from '../identity/door-form.ts';
import { ROLE_NAMES } from '../identity/role-words.ts';
import type { ShownLink } from './link-shown.ts';
import { personWords } from './member-words.ts';
import { MembersStore } from './members.store.ts';
import { RoleChoice } from './role-choice.ts';

export type MemberActKind = 'role' | 'disable' | 'enable' | 'link';

/** What an administrator is about to do, and to whom. */
export interface PlannedAct {
  readonly kind: MemberActKind;
  readonly member: Member;
}

const TITLES: Readonly<Record<MemberActKind, string>> = {
  role: 'Change role',
  disable: 'Disable',
  enable: 'Enable',
  link: 'Make a new link',
};
const LAST_ADMIN = 'This is the last administrator who can sign in. Make somebody else one first.';

/** Says what an act on a member does, and does it. */
@Component({
  selector: 'z-member-act',
  imports: [Button, Dialog, FormErrors, RoleChoice],
  templateUrl: './member-act.html',
  styleUrl: '../sections/section.scss',
})
export class MemberAct {
  /** Null while nothing is planned. */
  readonly act = input.required<PlannedAct | null>();
  readonly closed = output();
  /** What was done, in a sentence. */
  readonly done = output<string>();
  readonly linked = output<ShownLink>();
  readonly #store = inject(MembersStore);
  protected readonly form = new DoorForm({});
  protected readonly role = signal<Role>('viewer');
  protected readonly titles = TITLES;
  protected readonly title = computed(() => TITLES[this.act()?.kind ?? 'role']);
  protected readonly name = computed(() => {
    const member = this.act()?.member;
    return member === undefined ? '' : personWords(member);
  });
  protected readonly blocked = computed(() => {
    const act = this.act();
    const same = act?.kind === 'role' && act.member.role === this.role() ? 'it is the present role' : null;
    return this.form.blocked() ?? same;
  });

  constructor() {
    effect(() => {
      const act = this.act();
      if (act === null) return;
      untracked(() => {
        this.role.set(act.member.role);
        this.form.show({ fields: {}, summary: [] });
      });
    });
  }

  protected async go({ kind, member }: PlannedAct): Promise<void> {
    const role = this.role();
    // The row as it is by now: a first try may have been refused because it was old.
    const known = this.#store.items()?.find(({ id }) => id === member.id) ?? member;
    await this.form.send(
      async () => {
        const changed = await this.#store.change(known, bodyOf(kind, role));
        this.closed.emit();
        this.done.emit(doneWords(kind, personWords(changed), role));
        if (changed.linkUrl === null) return;
        this.linked.emit({ url: changed.linkUrl, person: personWords(changed), mailed: changed.mailed });
      },
      ({ code, body }) => {
        if (code !== 'invalid_state' || (body as { state?: unknown } | null)?.state !== 'last_admin') return false;
        this.form.show({ fields: {}, summary: [{ field: null, text: LAST_ADMIN }] });
        return true;
      },
    );
  }
}

function bodyOf(kind: MemberActKind, role: Role): Omit<MemberBody, 'version'> {
  switch (kind) {
    case 'role':
      return { role };
    case 'link':
      return { newLink: true };
    case 'disable':
    case 'enable':
      return { disabled: kind === 'disable' };
  }
}

function doneWords(kind: MemberActKind, name: string, role: Role): string {
  switch (kind) {
    case 'role':
      return `${name} is ${ROLE_NAMES[role]} now.`;
    case 'disable':
      return `${name} is disabled and signed out.`;
    case 'enable':
      return `${name} can sign in again.`;
    case 'link':
      return `A new link for ${name} was made.`;
  }
}

import { Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { USER_STATES } from '@ziggy/contracts';
import type { Member } from '@ziggy/contracts';
import { AgeCell, Button, Field, Icon, Menu, PageHeader } from '@ziggy/ui';
import type { MenuItem } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { readUrl, writeUrl } from '../data/url-state.ts';
import type { UrlValues } from '../data/url-state.ts';
import { ROLE_CHOICES, ROLE_NAMES } from '../identity/role-words.ts';
import { Viewer } from '../identity/viewer.ts';
import { PagedList } from '../sections/paged-list.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { InviteForm } from './invite-form.ts';
import { LinkShown } from './link-shown.ts';
import type { ShownLink } from './link-shown.ts';
import { MemberAct } from './member-act.ts';
import type { MemberActKind, PlannedAct } from './member-act.ts';
import { STATE_WORDS } from './member-words.ts';
import { ANY, MEMBERS_URL } from './members-url.ts';
import { MembersStore } from './members.store.ts';

const OWN = 'another administrator has to do that to you';

/** The people of the organisation: who is here, as what, and since when not seen. */
@Component({
  selector: 'z-members-page',
  imports: [AgeCell, Button, CopyLink, Field, Icon, InviteForm, LinkShown, MemberAct, Menu, PageHeader, PagedList],
  providers: [MembersStore],
  templateUrl: './members.page.html',
  styleUrl: '../sections/section.scss',
})
export class MembersPage {
  protected readonly store = inject(MembersStore);
  protected readonly viewer = inject(Viewer);
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #clock = inject(ClockStore);
  readonly #params = toSignal(this.#route.queryParams, { initialValue: this.#route.snapshot.queryParams });
  protected readonly url = computed(() => readUrl(MEMBERS_URL, this.#params()));
  protected readonly filter = computed(() => this.url().values);
  protected readonly filtered = computed(() => {
    const { q, role, state } = this.filter();
    return q !== '' || role !== ANY || state !== ANY;
  });
  protected readonly any = ANY;
  protected readonly roles = ROLE_CHOICES;
  protected readonly roleNames = ROLE_NAMES;
  protected readonly states = USER_STATES;
  protected readonly stateWords = STATE_WORDS;
  protected readonly inviting = signal(false);
  protected readonly link = signal<ShownLink | null>(null);
  protected readonly act = signal<PlannedAct | null>(null);
  protected readonly said = signal('');
  protected readonly ageOf = (instant: string): number => Math.max(0, this.#clock.now() - Date.parse(instant));

  constructor() {
    effect(() => {
      const filter = this.filter();
      untracked(() => this.store.show(filter));
    });
  }

  protected search(event: Event): void {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    this.go({ q: String(data.get('q') ?? '').trim() });
  }

  protected choose(name: 'role' | 'state', event: Event): void {
    this.go({ [name]: (event.target as HTMLSelectElement).value });
  }

  protected go(change: Partial<UrlValues<typeof MEMBERS_URL>>): void {
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams: writeUrl(MEMBERS_URL, change),
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  /** What can be done to a member; nobody locks oneself out. */
  protected acts(member: Member): readonly MenuItem<MemberActKind>[] {
    const own = member.id === this.viewer.id() ? OWN : null;
    const disabled = member.state === 'disabled';
    return [
      { id: 'role', label: 'Change role', icon: 'user', blocked: own },
      {
        id: 'link',
        label: member.state === 'invited' ? 'New invitation link' : 'Link for a new password',
        icon: 'link',
        blocked: disabled ? 'enable the person first' : null,
      },
      disabled
        ? { id: 'enable', label: 'Enable', icon: 'check', separated: true }
        : { id: 'disable', label: 'Disable', icon: 'close', blocked: own, separated: true },
    ];
  }

  protected plan(kind: MemberActKind, member: Member): void {
    this.said.set('');
    this.act.set({ kind, member });
  }
}

import { Component, computed, inject } from '@angular/core';
import { AuthStore } from '../identity/auth.store.ts';
import { SectionFrame } from '../sections/section-frame.ts';
import type { SectionPlace } from '../sections/section-frame.ts';

const PLACES: readonly (SectionPlace & { readonly needs: string })[] = [
  { path: '/admin/members', label: 'Members', icon: 'user', needs: 'users.list' },
  { path: '/admin/organisation', label: 'Organisation', icon: 'desk', needs: 'users.changeOrganisation' },
  { path: '/admin/audit', label: 'Audit', icon: 'table', needs: 'audit.list' },
];

/** What is run for everybody; each role sees the places that it may open. */
@Component({
  selector: 'z-admin-frame',
  imports: [SectionFrame],
  template: `<z-section-frame label="Administration" [places]="places()" />`,
  styles: ':host { display: block; }',
})
export class AdminFrame {
  readonly #auth = inject(AuthStore);
  protected readonly places = computed(() => PLACES.filter(({ needs }) => this.#auth.can(needs)));
}

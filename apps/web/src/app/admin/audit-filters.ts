import { Component, computed, inject, input, output } from '@angular/core';
import { Button, Field, Icon } from '@ziggy/ui';
import { AuthStore } from '../identity/auth.store.ts';
import { People } from '../identity/people.store.ts';
import { AUDIT_URL } from './audit-url.ts';
import type { AuditFilter } from './audit-url.ts';
import { ACTION_FAMILIES, ACTION_WORDS } from './audit-words.ts';

const EMPTY: AuditFilter = { actor: '', action: '', target: '', request: '', from: '', to: '' };
const NAMES = Object.keys(AUDIT_URL) as readonly (keyof AuditFilter)[];

/** Which rows of the audit are shown. People are chosen by name where the role may know names, else by id. */
@Component({
  selector: 'z-audit-filters',
  imports: [Button, Field, Icon],
  templateUrl: './audit-filters.html',
  styleUrl: '../sections/section.scss',
})
export class AuditFilters {
  readonly filter = input.required<AuditFilter>();
  readonly changed = output<AuditFilter>();
  readonly #people = inject(People);
  readonly #auth = inject(AuthStore);
  protected readonly empty = EMPTY;
  protected readonly families = ACTION_FAMILIES;
  protected readonly actions = Object.entries(ACTION_WORDS);
  protected readonly byName = computed(() => this.#auth.can('users.list'));
  protected readonly people = computed(() => {
    const ids = new Set(['system', ...this.#people.members().map(({ id }) => id)]);
    const { actor } = this.filter();
    if (actor !== '') ids.add(actor);
    return [...ids].map((id) => ({ id, name: this.#people.name(id) })).sort((a, b) => (a.name < b.name ? -1 : 1));
  });
  /** An act of the address that the list does not know. */
  protected readonly foreign = computed(() => {
    const { action } = this.filter();
    const known = action === '' || action in ACTION_WORDS || this.families.some(({ id }) => id === action);
    return known ? null : action;
  });
  protected readonly filtered = computed(() => NAMES.some((name) => this.filter()[name] !== ''));

  protected apply(event: Event): void {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const texts = NAMES.map((name) => [name, String(data.get(name) ?? '').trim()]);
    this.changed.emit(Object.fromEntries(texts) as AuditFilter);
  }
}

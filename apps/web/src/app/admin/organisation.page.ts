import { Component, computed, effect, inject, signal, untracked } from '@angular/core';
import type { OrganisationAnswer } from '@ziggy/contracts';
import {
  Button,
  ErrorBlock,
  Field,
  FormErrors,
  Icon,
  PageHeader,
  QuantityCell,
  Skeleton,
  Tile,
  diffOf,
} from '@ziggy/ui';
import { CURRENCIES, currencyNames } from '../identity/currencies.ts';
import { DoorForm } from '../identity/door-form.ts';
import { timeZones } from '../settings/languages.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { ORGANISATION_LABELS, changeOf, draftFault, draftOf, settingWords } from './organisation-draft.ts';
import type { NumberGroup, OrganisationDraft } from './organisation-draft.ts';
import { OrganisationStore } from './organisation.store.ts';

const GROUPS: readonly { readonly id: NumberGroup; readonly title: string; readonly unit: string }[] = [
  { id: 'quotas', title: 'Quotas', unit: '' },
  { id: 'retentionDays', title: 'Kept for', unit: 'days' },
];

/** Name, currency, zone and settings of the organisation. */
@Component({
  selector: 'z-organisation-page',
  imports: [Button, CopyLink, ErrorBlock, Field, FormErrors, Icon, PageHeader, QuantityCell, Skeleton, Tile],
  providers: [OrganisationStore],
  templateUrl: './organisation.page.html',
  styleUrl: '../sections/section.scss',
})
export class OrganisationPage {
  protected readonly store = inject(OrganisationStore);
  protected readonly form = new DoorForm(ORGANISATION_LABELS);
  protected readonly draft = signal<OrganisationDraft | null>(null);
  protected readonly saved = signal(false);
  /** What somebody else stored meanwhile. */
  protected readonly theirs = signal<readonly string[]>([]);
  protected readonly zones = computed(() => timeZones(this.store.answer()?.timeZone ?? 'UTC'));
  protected readonly currencies = computed(() =>
    currencyNames([this.store.answer()?.baseCurrency ?? 'USD', ...CURRENCIES]),
  );
  protected readonly words = settingWords;
  protected readonly numbers = computed(() => {
    const stored = this.store.answer();
    if (stored === null) return [];
    return GROUPS.map((group) => ({ ...group, settings: Object.entries(stored[group.id]) })).filter(
      ({ settings }) => settings.length > 0,
    );
  });
  protected readonly flags = computed(() => Object.entries(this.store.answer()?.flags ?? {}));
  protected readonly unchanged = computed(() => {
    const [draft, stored] = [this.draft(), this.store.answer()];
    if (draft === null || stored === null) return 'nothing is loaded yet';
    return Object.keys(changeOf(draft, stored)).length === 0 ? 'nothing was changed' : null;
  });

  constructor() {
    effect(() => {
      const stored = this.store.answer();
      // Read once and after a save: what is typed is never written over by what somebody else stored.
      untracked(() => this.draft() === null && stored !== null && this.draft.set(draftOf(stored)));
    });
  }

  protected typed(name: 'name' | 'baseCurrency' | 'timeZone', event: Event): void {
    const { value } = event.target as HTMLInputElement | HTMLSelectElement;
    this.#edit((draft) => ({ ...draft, [name]: value }));
  }

  protected numbered(group: NumberGroup, name: string, event: Event): void {
    const { value } = event.target as HTMLInputElement;
    this.#edit((draft) => ({ ...draft, [group]: { ...draft[group], [name]: value.trim() } }));
  }

  protected flagged(name: string, event: Event): void {
    const { checked } = event.target as HTMLInputElement;
    this.#edit((draft) => ({ ...draft, flags: { ...draft.flags, [name]: checked } }));
  }

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    const [draft, stored] = [this.draft(), this.store.answer()];
    if (draft === null || stored === null) return;
    this.saved.set(false);
    this.theirs.set([]);
    const fault = draftFault(draft, stored);
    if (fault !== null) return this.form.show(fault);
    await this.form.send(async () => {
      const done = await this.store.change(changeOf(draft, stored), stored.version);
      const now = this.store.answer() ?? stored;
      if (!done) return this.theirs.set(changesBetween(stored, now));
      this.draft.set(draftOf(now));
      this.saved.set(true);
    });
  }

  #edit(change: (draft: OrganisationDraft) => OrganisationDraft): void {
    this.saved.set(false);
    this.draft.update((draft) => (draft === null ? null : change(draft)));
  }
}

function changesBetween(before: OrganisationAnswer, after: OrganisationAnswer): string[] {
  return diffOf(before, after)
    .filter(({ path }) => path !== 'version')
    .map(({ path, after: now }) => `${path}: ${now ?? 'not there'}`);
}

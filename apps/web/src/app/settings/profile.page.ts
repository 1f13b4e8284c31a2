import { Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { user } from '@ziggy/contracts';
import type { WireUser } from '@ziggy/contracts';
import { Button, Field, FormErrors, Icon, PageHeader, Skeleton, Tile } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { storedByNow } from '../data/conflict.ts';
import { NEW_KEY } from '../data/environment.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { DoorForm } from '../identity/door-form.ts';
import { IdentityRest } from '../identity/identity-rest.ts';
import { ROLE_NAMES, ROLE_WORDS } from '../identity/role-words.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { languages, sampleOf, timeZones } from './languages.ts';

const LABELS = { displayName: 'Name', timeZone: 'Time zone', locale: 'Numbers and dates' };
type Draft = Readonly<Record<keyof typeof LABELS, string>>;
type Person = Draft & Pick<WireUser, 'version'>;

/** Name, time zone and language of the signed-in person; and, to read only, who that is and what the role may do. */
@Component({
  selector: 'z-profile-page',
  imports: [Button, CopyLink, Field, FormErrors, Icon, PageHeader, Skeleton, Tile],
  templateUrl: './profile.page.html',
  styleUrl: '../sections/section.scss',
})
export class ProfilePage {
  readonly #auth = inject(AuthStore);
  readonly #rest = inject(IdentityRest);
  readonly #newKey = inject(NEW_KEY);
  readonly #clock = inject(ClockStore);
  protected readonly me = this.#auth.me;
  protected readonly form = new DoorForm(LABELS);
  protected readonly draft = signal<Draft | null>(null);
  /** What the draft was begun from: who stored another meanwhile is not written over unasked. */
  readonly #base = signal<Person | null>(null);
  protected readonly saved = signal(false);
  /** What another window or device stored meanwhile. */
  protected readonly theirs = signal<readonly string[]>([]);
  protected readonly roleNames = ROLE_NAMES;
  protected readonly roleWords = ROLE_WORDS;
  protected readonly zones = computed(() => timeZones(this.me()?.user.timeZone ?? 'UTC'));
  protected readonly languages = computed(() => languages(this.me()?.user.locale ?? 'en-US'));
  protected readonly sample = computed(() => {
    const draft = this.draft();
    return draft === null ? null : sampleOf(draft.locale, draft.timeZone, this.#clock.now());
  });
  /** What the role allows, by the part of the API. */
  protected readonly allowed = computed(() => byPart(this.me()?.permissions ?? []));
  protected readonly unchanged = computed(() => {
    const [draft, base] = [this.draft(), this.#base()];
    if (draft === null || base === null) return 'nothing is loaded yet';
    return differences(draft, base).length === 0 ? 'nothing was changed' : null;
  });

  constructor() {
    effect(() => {
      const person = this.me()?.user ?? null;
      untracked(() => person !== null && this.unchanged() !== null && this.#begin(person));
    });
  }

  protected typed(name: keyof Draft, event: Event): void {
    const { value } = event.target as HTMLInputElement | HTMLSelectElement;
    this.saved.set(false);
    this.draft.update((draft) => (draft === null ? null : { ...draft, [name]: value }));
  }

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    const [draft, base] = [this.draft(), this.#base()];
    if (draft === null || base === null) return;
    this.saved.set(false);
    this.theirs.set([]);
    const body = { ...draft, displayName: draft.displayName.trim(), version: base.version };
    await this.form.send(async () => {
      try {
        this.#begin(await this.#rest.changeProfile(body, this.#newKey()));
        this.saved.set(true);
      } catch (error) {
        const stored = storedByNow(error, user);
        if (stored === null) throw error;
        this.#base.set(stored);
        this.theirs.set(differences(stored, base).map((name) => `${LABELS[name]}: ${stored[name] || '(empty)'}`));
      }
      await this.#auth.reload();
    });
  }

  #begin(person: Person): void {
    const { displayName, timeZone, locale } = person;
    this.#base.set(person);
    this.draft.set({ displayName, timeZone, locale });
  }
}

/** Names of the fields that differ. */
function differences(one: Draft, other: Draft): (keyof Draft)[] {
  return (Object.keys(LABELS) as (keyof Draft)[]).filter((name) => one[name] !== other[name]);
}

/** `market.quotes`, `market.bars` as `market: quotes, bars`. */
function byPart(permissions: readonly string[]): { readonly part: string; readonly acts: string }[] {
  const parts = new Map<string, string[]>();
  for (const id of permissions) {
    const [part = id, act = id] = id.split('.');
    parts.set(part, [...(parts.get(part) ?? []), act]);
  }
  return [...parts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([part, acts]) => ({ part, acts: acts.sort().join(', ') }));
}

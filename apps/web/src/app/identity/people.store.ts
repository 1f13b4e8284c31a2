import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import type { ApiKey, Member } from '@ziggy/contracts';
import { AuthStore } from './auth.store.ts';
import { IdentityRest } from './identity-rest.ts';

const PAGE = '200';
/** An organisation with more people shows the ids of the rest. */
const MOST_PAGES = 10;

/** Names for ids, as far as the role may know them: everybody for administrators, else oneself and whom an answer named. */
@Injectable({ providedIn: 'root' })
export class People {
  readonly #auth = inject(AuthStore);
  readonly #rest = inject(IdentityRest);
  readonly #members = signal<readonly Member[]>([]);
  readonly #keys = signal<readonly ApiKey[]>([]);

  readonly #learnt = signal<ReadonlyMap<string, string>>(new Map());

  readonly members = this.#members.asReadonly();
  readonly #names = computed(() => {
    const names = new Map<string, string>([['system', 'The server'], ...this.#learnt()]);
    for (const { id, displayName, email } of this.#members()) names.set(id, displayName || email);
    for (const { id, name, prefix } of this.#keys()) names.set(id, `Key ${name} (${prefix})`);
    const me = this.#auth.me()?.user;
    if (me) names.set(me.id, `${me.displayName || me.email} (you)`);
    return names;
  });

  constructor() {
    effect(() => {
      if (this.#auth.can('users.list')) untracked(() => void this.refresh());
    });
  }

  /** The name behind an id; the id itself where none is known. */
  name(id: string): string {
    return this.#names().get(id) ?? id;
  }

  /** Takes the names that came with an answer. */
  learn(names: Readonly<Record<string, string>>): void {
    this.#learnt.update((known) => new Map([...known, ...Object.entries(names)]));
  }

  /** Reads everybody again. Names are a help: without an answer the ids stand. */
  async refresh(): Promise<void> {
    if (!this.#auth.can('users.list')) return;
    const members: Member[] = [];
    try {
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const { items, nextCursor } = await this.#rest.members({ limit: PAGE, cursor });
        members.push(...items);
        if (nextCursor === null) break;
        cursor = nextCursor;
      }
      this.#keys.set((await this.#rest.keys()).items);
    } catch {
      // The page says itself what it could not read.
    }
    if (members.length > 0) this.#members.set(members);
  }
}

import { Component, computed, effect, inject, input, model, output, signal, untracked } from '@angular/core';
import { SCOPES } from '@ziggy/contracts';
import type { ApiKey, NewApiKeyAnswer, Scope } from '@ziggy/contracts';
import { Button, Dialog, Field, FormErrors } from '@ziggy/ui';
import { DoorForm, valuesOf } from '../identity/door-form.ts';
import { rangeFault } from '../identity/ip-range.ts';
import { SCOPE_WORDS, scopeBlocked } from '../identity/role-words.ts';
import { Viewer } from '../identity/viewer.ts';
import type { FormProblems } from '../identity/form-problems.ts';
import { ApiKeysStore } from './api-keys.store.ts';

const LABELS = { name: 'Name', scopes: 'May', expiresInDays: 'Days', allowFrom: 'Allowed addresses' };
const DAYS = { usual: 90, most: 365 } as const;
const RANGES_MAX = 10;

/** Makes an API key, or one that replaces another. */
@Component({
  selector: 'z-key-form',
  imports: [Button, Dialog, Field, FormErrors],
  templateUrl: './key-form.html',
  styleUrl: '../sections/section.scss',
})
export class KeyForm {
  readonly open = model(false);
  /** The key that the new one replaces; null makes one of its own. */
  readonly replaces = input<ApiKey | null>(null);
  readonly made = output<NewApiKeyAnswer>();
  readonly #store = inject(ApiKeysStore);
  readonly #viewer = inject(Viewer);
  protected readonly form = new DoorForm(LABELS);
  protected readonly days = DAYS;
  protected readonly rangesMax = RANGES_MAX;
  protected readonly chosen = signal<ReadonlySet<Scope>>(new Set());
  protected readonly scopes = computed(() =>
    SCOPES.map((id) => ({ id, words: SCOPE_WORDS[id], blocked: scopeBlocked(id, this.#viewer.role()) })),
  );

  constructor() {
    effect(() => {
      if (!this.open()) return;
      untracked(() => {
        const role = this.#viewer.role();
        this.chosen.set(new Set((this.replaces()?.scopes ?? ['read']).filter((id) => scopeBlocked(id, role) === null)));
        this.form.show({ fields: {}, summary: [] });
      });
    });
  }

  protected choose(scope: Scope, event: Event): void {
    const { checked } = event.target as HTMLInputElement;
    this.chosen.update((chosen) => {
      const next = new Set(chosen);
      if (checked) next.add(scope);
      else next.delete(scope);
      return next;
    });
  }

  protected async make(event: Event): Promise<void> {
    const values = valuesOf(event, ['name', 'expiresInDays', 'allowFrom']);
    const name = values.name.trim();
    const expiresInDays = Number(values.expiresInDays);
    const allowFrom = values.allowFrom.split(/[\s,;]+/).filter((line) => line !== '');
    const scopes = SCOPES.filter((scope) => this.chosen().has(scope));
    const fault = faultOf({ name, scopes, expiresInDays, allowFrom });
    if (fault !== null) return this.form.show(fault);
    const replaces = this.replaces();
    await this.form.send(async () => {
      const body = { name, scopes, expiresInDays, allowFrom, ...(replaces === null ? {} : { replaces: replaces.id }) };
      const made = await this.#store.make(body);
      this.open.set(false);
      this.made.emit(made);
    });
  }
}

/** What can be seen to be wrong before it is sent. */
function faultOf(body: {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays: number;
  readonly allowFrom: readonly string[];
}): FormProblems | null {
  const { expiresInDays: days, allowFrom } = body;
  const fields: Record<string, string> = {};
  if (body.name === '') fields['name'] = 'Fill this in.';
  if (body.scopes.length === 0) fields['scopes'] = 'Choose at least one.';
  if (!Number.isInteger(days) || days < 1 || days > DAYS.most)
    fields['expiresInDays'] = `A whole number from 1 to ${DAYS.most}.`;
  const range = allowFrom.map(rangeFault).find((text) => text !== null);
  if (allowFrom.length > RANGES_MAX) fields['allowFrom'] = `At most ${RANGES_MAX}.`;
  else if (range != null) fields['allowFrom'] = range;
  const names = Object.keys(fields) as (keyof typeof LABELS)[];
  if (names.length === 0) return null;
  return { fields, summary: names.map((name) => ({ field: LABELS[name], text: fields[name] ?? '' })) };
}

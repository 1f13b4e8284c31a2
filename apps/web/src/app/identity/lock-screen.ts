import { Component, ElementRef, afterNextRender, computed, inject, signal } from '@angular/core';
import { Button, Field, FormErrors } from '@ziggy/ui';
import { AuthStore } from './auth.store.ts';
import { DoorForm, valuesOf } from './door-form.ts';
import { Door } from './door.ts';
import { missing } from './form-problems.ts';

const LABELS = { password: 'Password', code: 'Code' };

/** What stands in front of the pages while the portal is locked. */
@Component({
  selector: 'z-lock-screen',
  imports: [Button, Door, Field, FormErrors],
  templateUrl: './lock-screen.html',
  styleUrl: './form.scss',
})
export class LockScreen {
  protected readonly auth = inject(AuthStore);
  protected readonly form = new DoorForm(LABELS);
  readonly #askedForCode = signal(false);
  protected readonly wantsCode = computed(() => this.#askedForCode() || this.auth.me()?.user.secondFactor === true);
  protected readonly hasPassword = computed(() => this.auth.me()?.user.hasPassword !== false);

  constructor() {
    const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    afterNextRender(() => host.querySelector<HTMLElement>('input:not([readonly]), button')?.focus());
  }

  protected async unlock(event: Event): Promise<void> {
    const { password, code } = valuesOf(event, ['password', 'code']);
    const given = code.replace(/\s/g, '');
    const empty = missing(this.wantsCode() ? { password, code: given } : { password }, LABELS);
    if (empty !== null) return this.form.show(empty);
    await this.form.send(
      () => this.auth.unlock(password, given === '' ? undefined : given),
      (problem) => {
        if (problem.code !== 'second_factor_required') return false;
        this.#askedForCode.set(true);
        return true;
      },
    );
  }

  protected async signOut(): Promise<void> {
    await this.form.send(() => this.auth.signOut());
  }
}

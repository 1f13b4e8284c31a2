import { Component, DOCUMENT, computed, inject, input, signal } from '@angular/core';
import type { TotpAnswer } from '@ziggy/contracts';
import { Button, CopyField, Dialog, Field, FormErrors, Icon } from '@ziggy/ui';
import { QrCode } from '@ziggy/ui/qr';
import { saveText } from '../data/csv.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { DoorForm, valuesOf } from '../identity/door-form.ts';
import { missing } from '../identity/form-problems.ts';
import { FreshSignIn } from '../identity/fresh-sign-in.store.ts';
import { IdentityRest } from '../identity/identity-rest.ts';

const LABELS = { code: 'Code' };

/** Turns the one-time code at sign-in on, in two steps, and off. Secrets live in memory, and only while their dialog is open. */
@Component({
  selector: 'z-second-factor',
  imports: [Button, CopyField, Dialog, Field, FormErrors, Icon, QrCode],
  templateUrl: './second-factor.html',
  styleUrls: ['../sections/section.scss', './second-factor.scss'],
})
export class SecondFactor {
  /** Whether it is on. */
  readonly on = input.required<boolean>();
  readonly #rest = inject(IdentityRest);
  readonly #auth = inject(AuthStore);
  readonly #fresh = inject(FreshSignIn);
  readonly #document = inject(DOCUMENT);
  /** The act on the page: to begin, or to turn it off. */
  protected readonly act = new DoorForm({});
  protected readonly form = new DoorForm(LABELS);
  protected readonly begun = signal<TotpAnswer | null>(null);
  protected readonly codes = signal<readonly string[]>([]);
  protected readonly removing = signal(false);
  protected readonly said = signal('');
  /** In groups of four, as people type it. */
  protected readonly secret = computed(
    () =>
      this.begun()
        ?.secret?.match(/.{1,4}/g)
        ?.join(' ') ?? '',
  );
  protected readonly codesText = computed(() => this.codes().join('\n'));

  protected async begin(): Promise<void> {
    this.said.set('');
    await this.act.send(async () => {
      const answer = await this.#fresh.run((key) => this.#rest.addSecondFactor(null, key));
      this.form.show({ fields: {}, summary: [] });
      this.begun.set(answer);
    });
  }

  protected async confirm(event: Event): Promise<void> {
    const code = valuesOf(event, ['code']).code.replace(/\s/g, '');
    const empty = missing({ code }, LABELS);
    if (empty !== null) return this.form.show(empty);
    await this.form.send(async () => {
      const { recoveryCodes } = await this.#fresh.run((key) => this.#rest.addSecondFactor(code, key));
      this.begun.set(null);
      this.codes.set(recoveryCodes);
      this.said.set('The second factor is on.');
      await this.#auth.reload();
    });
  }

  protected async remove(): Promise<void> {
    this.said.set('');
    const done = await this.act.send(async () => {
      await this.#fresh.run((key) => this.#rest.removeSecondFactor(key));
      await this.#auth.reload();
    });
    if (!done) return;
    this.removing.set(false);
    this.said.set('The second factor is off.');
  }

  protected download(): void {
    const lines = ['ZiggyAI recovery codes. Each works once, in place of a one-time code.', '', ...this.codes(), ''];
    saveText(this.#document, 'ziggy_recovery_codes.txt', lines.join('\r\n'));
  }

  protected closed(open: boolean): void {
    if (!open) this.begun.set(null);
  }

  protected kept(open: boolean): void {
    if (!open) this.codes.set([]);
  }
}

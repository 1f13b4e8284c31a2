import { Component, ElementRef, computed, effect, inject, input, signal } from '@angular/core';
import { Router } from '@angular/router';
import { Button, Field, FormErrors } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { AuthStore } from './auth.store.ts';
import { DoorForm, valuesOf } from './door-form.ts';
import { Door } from './door.ts';
import { missing } from './form-problems.ts';
import { HOME, safeNext } from './next.ts';

const LABELS = { email: 'E-mail address', password: 'Password', code: 'Code' };
const FOREIGN_ERRORS: Readonly<Record<string, string>> = {
  oidc_failed:
    'The foreign sign-in did not work out. Try again; if it stays so, its set-up on the server needs a look.',
  oidc_refused: 'The foreign sign-in worked, but this account has no access here. Ask an administrator.',
};

/** Signs in with password and, where it is on, a one-time code; or at a foreign issuer. Leads to `next` afterwards. */
@Component({
  selector: 'z-sign-in-page',
  imports: [Button, Door, Field, FormErrors],
  templateUrl: './sign-in.page.html',
  styleUrl: './form.scss',
})
export class SignInPage {
  readonly next = input<string>();
  /** What a foreign sign-in came back with. */
  readonly error = input<string>();
  readonly #auth = inject(AuthStore);
  readonly #router = inject(Router);
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  readonly #config = inject(PORTAL_CONFIG);
  protected readonly setupOpen = this.#config.signIn?.setupOpen ?? false;
  protected readonly foreign = this.#config.signIn?.oidc ?? null;
  protected readonly form = new DoorForm(LABELS);
  /** The server asked for a code: what was typed is kept until it is sent together with it. */
  protected readonly proof = signal<{ readonly email: string; readonly password: string } | null>(null);
  protected readonly notice =
    this.#router.currentNavigation()?.extras.state?.['notice'] === 'password_set'
      ? 'Your password is set. Sign in with it.'
      : '';
  protected readonly foreignError = computed(() => FOREIGN_ERRORS[this.error() ?? ''] ?? '');
  protected readonly foreignStart = computed(() => {
    const next = encodeURIComponent(safeNext(this.next()) ?? HOME);
    return `${this.#config.apiBase.replace(/\/$/, '')}/auth/oidc/start?next=${next}`;
  });

  constructor() {
    effect(() => {
      if (this.#auth.state() === 'signedIn') this.#goOn();
    });
    effect(() => {
      this.proof();
      setTimeout(() => this.#host.querySelector<HTMLElement>('input')?.focus());
    });
  }

  protected async signIn(event: Event): Promise<void> {
    const { email, password } = valuesOf(event, ['email', 'password']);
    const empty = missing({ email, password }, LABELS);
    if (empty !== null) return this.form.show(empty);
    await this.form.send(
      () => this.#auth.signIn(email.trim(), password),
      (problem) => {
        if (problem.code !== 'second_factor_required') return false;
        this.proof.set({ email: email.trim(), password });
        return true;
      },
    );
  }

  protected async sendCode(event: Event): Promise<void> {
    const proof = this.proof();
    const code = valuesOf(event, ['code']).code.replace(/\s/g, '');
    const empty = missing({ code }, LABELS);
    if (proof === null) return;
    if (empty !== null) return this.form.show(empty);
    await this.form.send(() => this.#auth.signIn(proof.email, proof.password, code));
  }

  protected back(): void {
    this.proof.set(null);
    this.form.show({ fields: {}, summary: [] });
  }

  #goOn(): void {
    const next = safeNext(this.next()) ?? HOME;
    void this.#router.navigateByUrl(next.slice('/app'.length), { replaceUrl: true });
  }
}

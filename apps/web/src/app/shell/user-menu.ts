import { Component, DOCUMENT, computed, inject, signal } from '@angular/core';
import { Router } from '@angular/router';
import { Button, Dialog, Menu } from '@ziggy/ui';
import type { MenuItem } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { PrefsStore } from '../data/prefs.store.ts';
import { RequestProblem } from '../data/problem.ts';
import { AuthStore } from '../identity/auth.store.ts';

type Act = 'settings' | 'docs' | 'about' | 'theme' | 'lock' | 'out' | 'everywhere';

const THEME_NAMES = { system: 'system', dark: 'dark', light: 'light', contrast: 'high contrast' } as const;

/** Who is signed in, and the ways out. */
@Component({
  selector: 'z-user-menu',
  imports: [Button, Dialog, Menu],
  template: `<z-menu label="You" icon="user" [iconOnly]="true" variant="ghost" [items]="items()" (chosen)="act($event)">
      @if (me(); as me) {
        <div zMenuHead class="who">
          <b>{{ me.user.displayName || me.user.email }}</b>
          <span>{{ me.user.role }} · {{ me.organisation.name }}</span>
        </div>
      }
    </z-menu>
    <z-dialog [title]="failure() ? 'Still signed in' : 'Sign out everywhere'" [(open)]="asking">
      @if (failure(); as text) {
        <p role="alert">{{ text }}</p>
      } @else {
        <p>Every session of yours ends, on all devices and in all browsers, this one too.</p>
      }
      <ng-container zActions>
        <button z-button (click)="asking.set(false)">Cancel</button>
        <button z-button variant="primary" (click)="signOut()">
          {{ failure() ? 'Try again' : 'Sign out everywhere' }}
        </button>
      </ng-container>
    </z-dialog>`,
  styles: `
    .who {
      display: grid;
      max-inline-size: 260px;
      overflow-wrap: anywhere;
    }
    .who span {
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
  `,
})
export class UserMenu {
  readonly #auth = inject(AuthStore);
  readonly #router = inject(Router);
  readonly #prefs = inject(PrefsStore);
  readonly #window = inject(DOCUMENT).defaultView;
  readonly #config = inject(PORTAL_CONFIG);
  #everywhere = false;
  protected readonly me = this.#auth.me;
  protected readonly asking = signal(false);
  protected readonly failure = signal('');
  protected readonly items = computed<readonly MenuItem<Act>[]>(() => [
    { id: 'settings', label: 'Settings', icon: 'gear' },
    { id: 'theme', label: `Theme: ${THEME_NAMES[this.#prefs.theme()]}`, icon: 'contrast', hint: 'T' },
    { id: 'docs', label: 'API documentation', icon: 'external', separated: true },
    { id: 'about', label: 'About', icon: 'info' },
    { id: 'lock', label: 'Lock', icon: 'lock', separated: true },
    { id: 'out', label: 'Sign out' },
    { id: 'everywhere', label: 'Sign out everywhere' },
  ]);

  protected act(id: Act): void {
    if (id === 'settings' || id === 'about') void this.#router.navigateByUrl(`/${id}`);
    else if (id === 'theme') this.#prefs.nextTheme();
    else if (id === 'docs') this.#window?.open(`${this.#config.apiBase.replace(/\/$/, '')}/docs`, '_blank', 'noopener');
    else if (id === 'lock') this.#auth.lock();
    else {
      this.#everywhere = id === 'everywhere';
      this.failure.set('');
      if (this.#everywhere) this.asking.set(true);
      else void this.signOut();
    }
  }

  protected async signOut(): Promise<void> {
    try {
      await this.#auth.signOut({ everywhere: this.#everywhere });
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.failure.set(error.shown.sentence);
      this.asking.set(true);
    }
  }
}

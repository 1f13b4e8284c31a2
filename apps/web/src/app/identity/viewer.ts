import { Injectable, computed, inject } from '@angular/core';
import type { Role } from '@ziggy/contracts';
import { AuthStore } from './auth.store.ts';

/** The signed-in person as pages need them: zone and language for times, and what the role is. */
@Injectable({ providedIn: 'root' })
export class Viewer {
  readonly #me = inject(AuthStore).me;
  readonly id = computed(() => this.#me()?.user.id ?? null);
  readonly role = computed<Role>(() => this.#me()?.user.role ?? 'viewer');
  readonly zone = computed(() => this.#me()?.user.timeZone ?? 'UTC');
  readonly locale = computed(() => this.#me()?.user.locale ?? 'en');
}

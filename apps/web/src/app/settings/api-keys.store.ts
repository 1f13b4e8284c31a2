import { Injectable, computed, inject } from '@angular/core';
import type { ApiKeyBody, ApiKeysAnswer, NewApiKeyAnswer } from '@ziggy/contracts';
import { NEW_KEY } from '../data/environment.ts';
import { LatestRequest } from '../data/request.ts';
import { FreshSignIn } from '../identity/fresh-sign-in.store.ts';
import { IdentityRest } from '../identity/identity-rest.ts';
import { Viewer } from '../identity/viewer.ts';

/** API keys: the person's own, and for an administrator those of others. Provide it where it is shown. */
@Injectable()
export class ApiKeysStore {
  readonly #rest = inject(IdentityRest);
  readonly #fresh = inject(FreshSignIn);
  readonly #newKey = inject(NEW_KEY);
  readonly #viewer = inject(Viewer);
  readonly #answer = new LatestRequest<ApiKeysAnswer>();

  readonly problem = this.#answer.problem;
  readonly own = computed(() => this.#answer.value()?.items.filter((key) => key.ownerId === this.#viewer.id()) ?? null);
  readonly ofOthers = computed(
    () => this.#answer.value()?.items.filter((key) => key.ownerId !== this.#viewer.id()) ?? [],
  );

  constructor() {
    void this.refresh();
  }

  refresh(): Promise<ApiKeysAnswer | null> {
    return this.#answer.run((signal) => this.#rest.keys(signal));
  }

  /** Makes a key; its secret is in this answer and nowhere else. @throws RequestProblem when it was not made */
  async make(body: ApiKeyBody): Promise<NewApiKeyAnswer> {
    try {
      return await this.#fresh.run((key) => this.#rest.makeKey(body, key));
    } finally {
      // Also after a lost answer: a key that was made without anybody having its secret is to be seen, and revoked.
      void this.refresh();
    }
  }

  /** @throws RequestProblem when it was not revoked */
  async revoke(id: string): Promise<void> {
    await this.#rest.revokeKey(id, this.#newKey());
    await this.refresh();
  }
}

import { Injectable, inject } from '@angular/core';
import { organisationAnswer } from '@ziggy/contracts';
import type { OrganisationAnswer, OrganisationBody } from '@ziggy/contracts';
import { storedByNow } from '../data/conflict.ts';
import { LatestRequest } from '../data/request.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { FreshSignIn } from '../identity/fresh-sign-in.store.ts';
import { IdentityRest } from '../identity/identity-rest.ts';

/** The organisation and its settings. Provide it where it is shown. */
@Injectable()
export class OrganisationStore {
  readonly #rest = inject(IdentityRest);
  readonly #fresh = inject(FreshSignIn);
  readonly #auth = inject(AuthStore);
  readonly #answer = new LatestRequest<OrganisationAnswer>();

  readonly answer = this.#answer.value;
  readonly problem = this.#answer.problem;

  constructor() {
    void this.refresh();
  }

  refresh(): Promise<OrganisationAnswer | null> {
    return this.#answer.run((signal) => this.#rest.organisation(signal));
  }

  /**
   * Stores a change of what was read. Resolves with false when somebody else stored one meanwhile: what is stored is read
   * then, and nothing is changed.
   * @throws RequestProblem when it was not stored for another reason
   */
  async change(change: Omit<OrganisationBody, 'version'>, version: number): Promise<boolean> {
    try {
      const stored = await this.#fresh.run((key) => this.#rest.changeOrganisation({ ...change, version }, key));
      await this.#answer.run(() => Promise.resolve(stored));
    } catch (error) {
      const stored = storedByNow(error, organisationAnswer);
      if (stored === null) throw error;
      await this.#answer.run(() => Promise.resolve(stored));
      return false;
    }
    await this.#auth.reload();
    return true;
  }
}

import { Injectable, inject } from '@angular/core';
import type { SessionsAnswer } from '@ziggy/contracts';
import { NEW_KEY } from '../data/environment.ts';
import { LatestRequest } from '../data/request.ts';
import { IdentityRest, OTHER_SESSIONS } from '../identity/identity-rest.ts';

/** Where the person is signed in. Provide it where it is shown. */
@Injectable()
export class SessionsStore {
  readonly #rest = inject(IdentityRest);
  readonly #newKey = inject(NEW_KEY);
  readonly #answer = new LatestRequest<SessionsAnswer>();

  readonly answer = this.#answer.value;
  readonly problem = this.#answer.problem;

  constructor() {
    void this.refresh();
  }

  refresh(): Promise<SessionsAnswer | null> {
    return this.#answer.run((signal) => this.#rest.sessions(signal));
  }

  /** Ends one session, or all others when `id` is null, and reads again. @throws RequestProblem when it was not ended */
  async end(id: string | null): Promise<void> {
    await this.#rest.endSession(id ?? OTHER_SESSIONS, this.#newKey());
    await this.refresh();
  }
}

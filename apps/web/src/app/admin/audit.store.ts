import { Injectable, inject } from '@angular/core';
import type { AuditEntry, AuditVerifyAnswer } from '@ziggy/contracts';
import { CursorList } from '../data/cursor-list.ts';
import { LatestRequest } from '../data/request.ts';
import { IdentityRest } from '../identity/identity-rest.ts';
import { People } from '../identity/people.store.ts';
import { auditQuery, auditRange } from './audit-url.ts';
import type { AuditFilter } from './audit-url.ts';

/** The audit of the organisation, newest first, and the check of its chain. Provide it where it is shown. */
@Injectable()
export class AuditStore {
  readonly #rest = inject(IdentityRest);
  readonly #people = inject(People);
  readonly #list = new CursorList<AuditEntry>();
  readonly #check = new LatestRequest<AuditVerifyAnswer>();

  readonly items = this.#list.items;
  readonly problem = this.#list.problem;
  readonly loading = this.#list.loading;
  readonly hasMore = this.#list.hasMore;
  /** The newest answer of a check; null before one, and while another filter's would stand here. */
  readonly verdict = this.#check.value;
  readonly checking = this.#check.loading;
  readonly checkProblem = this.#check.problem;

  show(filter: AuditFilter): void {
    this.#check.clear();
    const query = auditQuery(filter);
    void this.#list.ask(async (cursor, signal) => {
      const page = await this.#rest.audit({ ...query, cursor }, signal);
      this.#people.learn(page.names);
      return page;
    });
  }

  more(): void {
    void this.#list.more();
  }

  refresh(): Promise<void> {
    return this.#list.refresh();
  }

  /** Lets the server compute the chain anew; rows of the filter's range are counted. */
  verify(filter: AuditFilter): void {
    void this.#check.run((signal) => this.#rest.verifyAudit(auditRange(filter), signal));
  }

  /** @throws RequestProblem, `export_too_large` among them */
  csv(filter: AuditFilter): Promise<string> {
    return this.#rest.auditCsv(auditQuery(filter));
  }
}

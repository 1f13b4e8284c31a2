import { Injectable } from '@nestjs/common';
import { Transactions } from '../../persistence/transactions.ts';
import type { Origin, Principal } from '../caller.ts';
import { AuditLog, actorOf } from './audit-log.ts';
import type { AuditEvent } from './audit-log.ts';

/** Writes down what a caller does outside the administration of people: in the open transaction, or in one of its own. */
@Injectable()
export class AuditTrail {
  readonly #transactions: Transactions;
  readonly #audit: AuditLog;

  constructor(transactions: Transactions, audit: AuditLog) {
    this.#transactions = transactions;
    this.#audit = audit;
  }

  note(
    caller: Principal,
    origin: Origin,
    event: Pick<AuditEvent, 'action' | 'target' | 'before' | 'after'>,
  ): Promise<void> {
    const { organisationId } = caller;
    return this.#transactions.run(() =>
      this.#audit.append(this.#transactions.manager, { organisationId, actor: actorOf(caller), origin, ...event }),
    );
  }
}

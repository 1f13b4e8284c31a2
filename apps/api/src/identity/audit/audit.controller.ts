import { Controller, Get, Headers, Query } from '@nestjs/common';
import { auditAnswer, auditQuery, auditVerifyAnswer, auditVerifyQuery } from '@ziggy/contracts';
import type { AuditAnswer, AuditQuery, AuditVerifyAnswer, AuditVerifyQuery } from '@ziggy/contracts';
import { ApiRoute } from '../../platform/api-route.ts';
import type { CsvView } from '../../platform/csv.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { CurrentCaller } from '../caller.ts';
import type { Principal } from '../caller.ts';
import { AuditReader } from './audit.service.ts';

const COLUMNS = ['seq', 'at', 'actor', 'action', 'target', 'before', 'after', 'requestId', 'address', 'hash'] as const;

const csv: CsvView<AuditAnswer> = {
  columns: COLUMNS,
  name: () => 'audit',
  rows: ({ items }) =>
    items.map((item) =>
      COLUMNS.map((column) => {
        const value = item[column];
        return typeof value === 'string' || typeof value === 'number' || value === null ? value : JSON.stringify(value);
      }),
    ),
};

/** Whether a reader asks for all rows as CSV. */
export function wantsCsv(accept: string | undefined): boolean {
  return accept !== undefined && /(?:^|,)\s*text\/csv/.test(accept);
}

/** Who did what. */
@Controller('audit')
export class AuditController {
  readonly #audit: AuditReader;

  constructor(audit: AuditReader) {
    this.#audit = audit;
  }

  @Get()
  @ApiRoute({
    operationId: 'audit.list',
    tag: 'audit',
    access: { role: 'risk' },
    summary: 'The audit, newest first',
    description:
      'Rows of the caller’s organisation. `hash` chains each row to the one before. As CSV all rows of the filter at once.',
    query: auditQuery,
    answer: auditAnswer,
    problems: ['invalid_cursor', 'export_too_large'],
    csv,
    example: { query: { limit: '20', action: 'session.' } },
    stage: 2,
  })
  list(
    @Query(zodPipe(auditQuery, 'query')) query: AuditQuery,
    @CurrentCaller() caller: Principal,
    @Headers('accept') accept: string | undefined,
  ): Promise<AuditAnswer> {
    return this.#audit.page(caller, query, wantsCsv(accept));
  }

  @Get('verify')
  @ApiRoute({
    operationId: 'audit.verify',
    tag: 'audit',
    access: { role: 'risk' },
    rateClass: 'heavy',
    summary: 'Check the chain of the audit',
    description:
      'Computes every hash anew. `firstBroken` names the first row that was changed, removed or put in between.',
    query: auditVerifyQuery,
    answer: auditVerifyAnswer,
    example: {},
    stage: 2,
    cache: 'no-store',
  })
  verify(
    @Query(zodPipe(auditVerifyQuery, 'query')) query: AuditVerifyQuery,
    @CurrentCaller() caller: Principal,
  ): Promise<AuditVerifyAnswer> {
    return this.#audit.verify(caller, query);
  }
}

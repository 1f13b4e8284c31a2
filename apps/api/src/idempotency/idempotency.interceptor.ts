import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { InputFaultCode } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { from, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { callerOf } from '../identity/caller.ts';
import { Transactions } from '../persistence/transactions.ts';
import { apiRouteOf } from '../platform/api-route.ts';
import { WallClock } from '../platform/clock.ts';
import { ProblemError } from '../platform/problem.ts';
import { IdempotencyRepository } from './idempotency.repository.ts';
import type { IdempotencyScope } from './idempotency.repository.ts';

/** A key is kept this long after its write. */
export const KEPT_MS = 24 * 3_600_000;
const FORM = /^[A-Za-z0-9_-]{8,64}$/;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A write with an `Idempotency-Key` happens once: its answer is stored in the transaction of the write, and the same
 * request again gets that answer. A failed write leaves nothing behind, neither itself nor its key, so it may be repeated.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: IdempotencyRepository,
    private readonly wall: WallClock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = apiRouteOf(context.getHandler());
    if (definition === undefined || definition.access.role === 'public' || definition.idempotency === 'none')
      return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (READS.has(request.method)) return next.handle();
    const key = keyOf(request, definition.idempotency === 'required');
    if (key === null) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.transactions.run(() => this.#once(key, request, reply, next)));
  }

  async #once(key: string, request: FastifyRequest, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const { organisationId, userId } = callerOf(request);
    const scope: IdempotencyScope = {
      organisationId,
      userId,
      route: `${request.method} ${request.routeOptions.url ?? ''}`,
      key,
    };
    if (!(await this.repository.take(scope)))
      throw new ProblemError('idempotency_in_progress', 'The first request with this Idempotency-Key still runs.');
    const requestHash = hashOf([request.params, request.query, request.body]);
    const now = this.wall.now();
    const stored = await this.repository.find(scope, new Date(now - KEPT_MS));
    if (stored !== null) {
      if (stored.requestHash !== requestHash)
        throw new ProblemError('idempotency_key_reused', 'This Idempotency-Key was sent with another request before.');
      reply.status(stored.status).header('idempotency-replayed', 'true');
      if (stored.body === '') return undefined;
      reply.header('content-type', 'application/json; charset=utf-8');
      return stored.body;
    }
    const answer: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
    const body = answer === undefined ? '' : JSON.stringify(answer);
    await this.repository.save(scope, { requestHash, status: reply.statusCode, body }, new Date(now));
    return answer;
  }
}

function keyOf(request: FastifyRequest, required: boolean): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) {
    if (!required) return null;
    throw new ProblemError('idempotency_key_required', 'This write must carry an Idempotency-Key header.');
  }
  if (typeof key === 'string' && FORM.test(key)) return key;
  const fault = {
    in: 'header' as const,
    path: 'idempotency-key',
    code: 'invalid_value' satisfies InputFaultCode,
    message: 'A key has 8 to 64 of the characters A-Z a-z 0-9 _ -.',
    value: String(key).slice(0, 64),
  };
  throw new DomainError('validation_failed', `idempotency-key: ${fault.message}`, { faults: [fault] });
}

/** Hash of what was asked; the order of the members of an object does not count. */
function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('base64url');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

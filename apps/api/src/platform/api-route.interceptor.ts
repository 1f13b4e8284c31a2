import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { DomainError } from '@ziggy/domain';
import type { InputFault } from '@ziggy/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, map } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ZodType } from 'zod';
import { apiRouteOf } from './api-route.ts';
import type { ApiRouteDefinition } from './api-route.ts';
import { inputFaults } from './input-faults.ts';
import { invalidInput } from './zod.pipe.ts';

/**
 * Holds a handler to its declaration: its cache header is sent; its input faults are told all together, though each
 * pipe sees one part only; and, outside production, an answer that its schema refuses is a defect (500), not a surprise.
 */
export class ApiRouteInterceptor implements NestInterceptor {
  readonly #checkAnswers: boolean;

  constructor(options: { checkAnswers: boolean }) {
    this.#checkAnswers = options.checkAnswers;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = apiRouteOf(context.getHandler());
    if (definition === undefined) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((answer: unknown) => {
        if (this.#checkAnswers) checkAnswer(definition, answer);
        if (definition.cache !== undefined) reply.header('cache-control', definition.cache);
        return answer;
      }),
      catchError((error: unknown) => {
        throw withEveryFault(error, definition, request);
      }),
    );
  }
}

function checkAnswer(definition: ApiRouteDefinition, answer: unknown): void {
  const result = definition.answer.safeParse(answer);
  if (!result.success)
    throw new Error(`${definition.operationId} answers what its schema refuses: ${result.error.message}`);
}

function withEveryFault(error: unknown, definition: ApiRouteDefinition, request: FastifyRequest): unknown {
  if (!(error instanceof DomainError) || error.code !== 'validation_failed') return error;
  const faults = [
    ...faultsOf(definition.params, request.params, 'path'),
    ...faultsOf(definition.query, request.query, 'query'),
    ...faultsOf(definition.body, request.body, 'body'),
  ];
  const missing = error.faults.filter(
    (fault) => !faults.some((known) => known.in === fault.in && known.path === fault.path),
  );
  return faults.length === 0 ? error : invalidInput([...faults, ...missing]);
}

function faultsOf(schema: ZodType | undefined, value: unknown, part: InputFault['in']): InputFault[] {
  const result = schema?.safeParse(value, { reportInput: true });
  return schema === undefined || result === undefined || result.success ? [] : inputFaults(result.error, schema, part);
}

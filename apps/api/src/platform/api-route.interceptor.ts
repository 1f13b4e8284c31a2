import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { InputFaultCode } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import type { InputFault } from '@ziggy/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, map } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ZodType } from 'zod';
import { preferredType } from './accept.ts';
import { apiRouteOf } from './api-route.ts';
import type { ApiRouteDefinition } from './api-route.ts';
import { CSV_MEDIA_TYPE, csvOf } from './csv.ts';
import { inputFaults } from './input-faults.ts';
import { JsonText } from './json-text.ts';
import { ProblemError } from './problem.ts';
import { invalidInput } from './zod.pipe.ts';

const NO_CONTENT = 204;
const NAME_MAX = 64;

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
    const type = acceptedType(definition, request);
    refuseUnknown(definition, request);
    return next.handle().pipe(
      map((answer: unknown) => {
        const isEmpty = definition.emptyWhen !== undefined && answer === null;
        if (this.#checkAnswers && !isEmpty)
          checkAnswer(definition, answer instanceof JsonText ? JSON.parse(answer.text) : answer);
        const cache = cacheOf(definition, answer, request);
        if (cache !== null) reply.header('cache-control', cache);
        if (isEmpty) {
          void reply.status(NO_CONTENT);
          return undefined;
        }
        if (answer instanceof JsonText) return asText(answer, reply);
        return type === CSV_MEDIA_TYPE ? asCsv(definition, answer, reply) : answer;
      }),
      catchError((error: unknown) => {
        throw withEveryFault(error, definition, request);
      }),
    );
  }
}

/** @throws ProblemError `not_acceptable` when the route has no form that the client accepts. */
function acceptedType(definition: ApiRouteDefinition, request: FastifyRequest): string {
  const own = definition.mediaType ?? 'application/json';
  const offered = definition.csv === undefined ? [own] : [own, CSV_MEDIA_TYPE];
  const type = preferredType(request.headers.accept, offered);
  if (type !== null) return type;
  throw new ProblemError('not_acceptable', `This route answers ${offered.join(' and ')}.`, {
    extra: { allowed: offered },
  });
}

/** A parameter of a route that takes none is not ignored either. */
function refuseUnknown(definition: ApiRouteDefinition, { query }: FastifyRequest): void {
  if (definition.query !== undefined || definition.access.role === 'public') return;
  const faults = Object.keys(query as object).map((path) => ({
    in: 'query' as const,
    path: path.slice(0, NAME_MAX),
    code: 'parameter_unknown' satisfies InputFaultCode,
    message: 'Unknown parameter: this route takes none.',
  }));
  if (faults.length > 0) throw invalidInput(faults);
}

function cacheOf({ cache }: ApiRouteDefinition, answer: unknown, { query }: FastifyRequest): string | null {
  return typeof cache === 'function' ? cache(answer as never, query as never) : (cache ?? null);
}

function asText({ text, tag }: JsonText<unknown>, reply: FastifyReply): string {
  reply.header('content-type', 'application/json; charset=utf-8').header('etag', tag);
  return text;
}

function asCsv({ csv }: ApiRouteDefinition, answer: unknown, reply: FastifyReply): unknown {
  if (csv === undefined) return answer;
  const { body, fileName } = csvOf(csv, answer as never);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
  reply.header('content-type', `${CSV_MEDIA_TYPE}; charset=utf-8`);
  reply.header('content-disposition', `attachment; filename="${fileName}"`);
  return body;
}

function checkAnswer(definition: ApiRouteDefinition, answer: unknown): void {
  if (definition.status === NO_CONTENT) return;
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

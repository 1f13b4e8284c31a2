import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { ProblemCode } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorCodeOf, isDatabaseAway, isDatabaseCode } from './database-away.ts';
import { DeadlineError } from './deadline.ts';
import { HTTP_LIMITS } from './limits.ts';
import { Logger } from './logger.ts';
import { ProblemError, problemAnswer } from './problem.ts';

/**
 * Where every failure becomes an answer: errors of handlers, of Nest, and (Nest passes them on) of Fastify's own
 * reading of a request. What is not known by name is a defect: 500, the cause in the log only.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(logger: Logger) {
    this.#log = logger.child({ context: 'ProblemFilter' });
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Sends the problem of an error, unless an answer is under way already. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const known = knownError(error);
    if (known.code === 'internal')
      this.#log.error({ err: error, requestId: request.id }, 'defect: a request ended with an unknown error');
    if (reply.sent || reply.raw.headersSent) return;
    const { status, headers, body } = problemAnswer(known, request.id);
    for (const name of ['etag', 'last-modified', 'content-length']) reply.removeHeader(name);
    void reply.status(status).headers(headers).send(JSON.stringify(body));
  }
}

/** The registered failure behind any error. */
export function knownError(error: unknown): ProblemError | DomainError {
  if (error instanceof ProblemError || error instanceof DomainError) return error;
  if (error instanceof DeadlineError)
    return new ProblemError('deadline', 'The answer took too long.', { cause: error });
  if (error instanceof HttpException)
    return error.cause === undefined ? fromStatus(error.getStatus(), error) : knownError(error.cause);
  const code = errorCodeOf(error);
  if (code !== null) {
    const http = FASTIFY_ERRORS[code];
    if (http !== undefined) return http(error);
    if (isDatabaseCode(code))
      return new ProblemError('database_unavailable', 'The database does not answer.', { cause: error });
  }
  if (isDatabaseAway(error))
    return new ProblemError('database_unavailable', 'No database connection became free in time.', { cause: error });
  return new ProblemError('internal', 'The server met an unexpected condition. The request id finds it in the log.', {
    cause: error,
  });
}

const FASTIFY_ERRORS: Readonly<Record<string, (error: unknown) => ProblemError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (cause) =>
    new ProblemError('body_too_large', `The body is larger than ${HTTP_LIMITS.bodyBytes} bytes.`, {
      cause,
      extra: { limitBytes: HTTP_LIMITS.bodyBytes },
    }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (cause) =>
    new ProblemError('unsupported_media_type', 'The body must be application/json.', { cause }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: (cause) =>
    new ProblemError('malformed_request', 'The body is not as long as Content-Length says.', { cause }),
  FST_ERR_CTP_EMPTY_JSON_BODY: (cause) =>
    new ProblemError('malformed_json', 'The body is empty.', { cause, extra: { position: 0 } }),
  FST_ERR_BAD_URL: (cause) =>
    new ProblemError('malformed_request', 'The percent-encoding of the path is broken.', { cause }),
  FST_ERR_MAX_PARAM_LENGTH: (cause) =>
    new ProblemError('uri_too_long', 'A segment of the path is too long.', { cause }),
  FST_ERR_NOT_FOUND: (cause) => new ProblemError('route_not_found', 'There is nothing at this path.', { cause }),
  FST_ERR_HANDLER_TIMEOUT: (cause) => new ProblemError('deadline', 'The answer was not ready in time.', { cause }),
};

const STATUS_CODES: Readonly<Record<number, ProblemCode>> = {
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'validation_failed',
  429: 'rate_limited',
  503: 'overloaded',
};

// Handlers throw `DomainError`; a 404 that Nest throws itself means that no route took the request.
function fromStatus(status: number, cause: HttpException): ProblemError {
  if (status === 404) return new ProblemError('route_not_found', 'There is nothing at this path.', { cause });
  const code = STATUS_CODES[status] ?? (status < 500 ? 'malformed_request' : 'internal');
  return new ProblemError(code, code === 'internal' ? 'The server met an unexpected condition.' : cause.message, {
    cause,
  });
}

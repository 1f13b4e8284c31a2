import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServerConfig } from '../config/server.config.ts';
import { clientErrorHandler } from './client-errors.ts';
import { parseJsonBody } from './json-body.ts';
import { HTTP_LIMITS } from './limits.ts';
import type { HttpLimits } from './limits.ts';
import type { Logger } from './logger.ts';
import { ProblemError } from './problem.ts';
import type { ProblemFilter } from './problem.filter.ts';
import { requestIdOf } from './request-id.ts';

/** Fastify with the limits of the design. What it refuses before any hook runs is answered as a problem too. */
export function createHttpAdapter(
  config: ServerConfig,
  problems: ProblemFilter,
  log: Logger,
  limits: Partial<HttpLimits> = {},
): FastifyAdapter {
  const { receiveMs, answerMs } = { ...HTTP_LIMITS, ...limits };
  return new FastifyAdapter({
    logger: false,
    genReqId: requestIdOf,
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    bodyLimit: HTTP_LIMITS.bodyBytes,
    requestTimeout: receiveMs,
    handlerTimeout: answerMs,
    // Node counts the request line with the headers, so that both limits together are the parser's one.
    http: {
      maxHeaderSize: HTTP_LIMITS.headerBytes + HTTP_LIMITS.urlBytes,
      connectionsCheckingInterval: Math.min(1_000, receiveMs),
    },
    routerOptions: { maxParamLength: HTTP_LIMITS.urlBytes },
    clientErrorHandler: clientErrorHandler(log.child({ context: 'http' })),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id);
      problems.answer(error, request, reply);
    },
  });
}

/** The API speaks JSON, read strictly; any other body is 415. */
export function readJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      refuseOtherCharset(request.headers['content-type']);
      done(null, parseJsonBody(body as Buffer, HTTP_LIMITS.jsonDepth));
    } catch (error) {
      done(error as Error);
    }
  });
}

function refuseOtherCharset(contentType: string | undefined): void {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    throw new ProblemError('unsupported_media_type', 'JSON must be encoded as UTF-8.');
}

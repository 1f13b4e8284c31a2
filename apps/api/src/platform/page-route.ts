import type { RouteShorthandOptions } from 'fastify';
import type { ProblemFilter } from './problem.filter.ts';

/**
 * Options of a route that Fastify serves without Nest: a page or file for people. It is in no OpenAPI document, and its
 * failures are problems too (Nest's own error handler knows only the routes of controllers).
 */
export function pageRoute(problems: ProblemFilter): RouteShorthandOptions {
  return { config: { page: true }, errorHandler: (error, request, reply) => problems.answer(error, request, reply) };
}

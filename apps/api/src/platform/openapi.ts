import { PROBLEMS, problem } from '@ziggy/contracts';
import type { ProblemCode } from '@ziggy/contracts';
import * as z from 'zod';
import type { ZodObject } from 'zod';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { rateClassOf, scopeOf } from './api-route.ts';
import type { ApiRouteDefinition, RouteExample } from './api-route.ts';
import type { ApiOperation } from './api-routes.ts';
import { BUILD_INFO } from './build-info.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** What any operation can end with, whatever it does. */
const EVERYWHERE: readonly ProblemCode[] = [
  'malformed_request',
  'method_not_allowed',
  'not_acceptable',
  'uri_too_long',
  'headers_too_large',
  'internal',
  'starting',
  'draining',
  'deadline',
];
const WITH_INPUT: readonly ProblemCode[] = ['validation_failed'];
const WITH_KEY: readonly ProblemCode[] = ['validation_failed', 'idempotency_key_reused', 'idempotency_in_progress'];
const WITH_BODY: readonly ProblemCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type'];

const TAGS: readonly { name: string; description: string }[] = [
  { name: 'system', description: 'Is the process well, and may it be sent traffic.' },
  { name: 'market', description: 'Quotes, bars, symbols, sessions and the sources behind them.' },
  { name: 'crypto', description: 'What trades round the clock.' },
  { name: 'news', description: 'Headlines and what they are about.' },
  {
    name: 'streams',
    description: 'State of the WebSocket channels.',
  },
  { name: 'ops', description: 'What operators read.' },
  { name: 'auth', description: 'Setup, sign-in and sessions.' },
  { name: 'users', description: 'People, the organisation, and what each keeps.' },
  { name: 'keys', description: 'API keys for programs.' },
  { name: 'audit', description: 'Who did what, in a chain that shows every change.' },
];

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'Access token of a sign-in, good for 15 minutes.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'API key; also usable as a bearer token.' },
} as const;
/** What a route that asks for a role can end with. */
const WITH_LIMIT: readonly ProblemCode[] = ['rate_limited'];
const WITH_ACCESS: readonly ProblemCode[] = ['unauthenticated', 'token_expired', 'token_revoked', 'forbidden'];

const DESCRIPTION = `Self-hosted market intelligence and paper trading.

Times are UTC. Numbers are finite; an unknown value is \`null\`, never 0, with the reason beside it. Every market value says
where it comes from: \`market\`, \`source\`, \`kind\`, \`asOf\`. Every failure is \`application/problem+json\`; switch on its \`code\`.`;

/** The OpenAPI 3.1 document of these operations; those without a declaration are left out. Same input, same bytes. */
export function openApiDocument(operations: readonly ApiOperation[]): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const { method, path, definition } of operations) {
    if (definition === undefined) continue;
    const template = path.replace(/:([A-Za-z_]\w*)/g, '{$1}');
    paths[template] = { ...paths[template], [method.toLowerCase()]: operation(definition, method) };
  }
  const examples = new Map(operations.map(({ definition }) => [definition?.operationId, definition?.example]));
  const used = new Set(operations.map(({ definition }) => definition?.tag));
  const document = createDocument({
    openapi: '3.1.1',
    info: {
      title: 'ZiggyAI',
      version: BUILD_INFO.version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    components: { securitySchemes: SECURITY_SCHEMES },
    tags: TAGS.filter(({ name }) => used.has(name)),
    paths: Object.fromEntries(Object.entries(paths).sort(([left], [right]) => (left < right ? -1 : 1))),
  });
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(item) as { operationId?: string; parameters?: unknown[] }[]) {
      putExamples(operation.parameters ?? [], examples.get(operation.operationId));
    }
  }
  return document;
}

/** Writes the values of the route's example into its parameters, where Swagger UI offers them for trying out. */
function putExamples(parameters: unknown[], example: RouteExample | undefined): void {
  for (const parameter of parameters as { in?: string; name?: string; example?: string }[]) {
    const values = parameter.in === 'path' ? example?.params : example?.query;
    const value = values?.[parameter.name ?? ''];
    if (typeof value === 'string') parameter.example = value;
  }
}

function operation(definition: ApiRouteDefinition, method: string): ZodOpenApiOperationObject {
  const { params, query, body, example } = definition;
  const takesKey = method !== 'GET' && definition.access.role !== 'public' && definition.idempotency !== 'none';
  return {
    operationId: definition.operationId,
    tags: [definition.tag],
    summary: definition.summary,
    description: definition.description,
    security: securityOf(definition),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(takesKey ? { header: idempotencyHeader(definition.idempotency === 'required') } : {}),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: body, ...(example?.body === undefined ? {} : { example: example.body }) },
            },
          },
        }),
    responses: {
      ...goodAnswers(definition, method === 'GET', takesKey),
      ...problemAnswers(definition, method, takesKey),
    },
    'x-role': definition.access.role,
    ...(definition.access.role === 'public' ? {} : { 'x-scope': scopeOf(definition.access, method) }),
    'x-rate-class': rateClassOf(definition, method) ?? 'none',
    'x-stage': definition.stage,
  };
}

function idempotencyHeader(required: boolean): ZodObject {
  const key = z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/)
    .meta({
      description: 'The same key with the same request within 24 hours gets the stored answer; the write happens once.',
    });
  return z.object({ 'Idempotency-Key': required ? key : key.optional() });
}

function securityOf({ access }: ApiRouteDefinition): Record<string, string[]>[] {
  if (access.role === 'public') return [];
  return access.person === true ? [{ bearer: [] }] : [{ bearer: [] }, { apiKey: [] }];
}

function accessProblems({ access }: ApiRouteDefinition): ProblemCode[] {
  if (access.role === 'public') return [];
  return [
    ...WITH_ACCESS,
    ...(access.person === true ? (['person_required'] as const) : []),
    ...(access.fresh === true ? (['fresh_sign_in_required'] as const) : []),
  ];
}

const RETRY_AFTER = { description: 'Seconds to wait before trying again.', schema: { type: 'integer' as const } };
const REPLAYED = {
  description: '`true` when this is the stored answer of an earlier request with the same key.',
  schema: { type: 'string' as const },
};
const ANSWER_HEADERS = {
  'X-Request-Id': {
    description: 'Id of the request, yours when you sent a valid one.',
    schema: { type: 'string' as const },
  },
  ETag: {
    description: 'Version of the answer; send it back in If-None-Match for a 304.',
    schema: { type: 'string' as const },
  },
};

const CSV_SCHEMA = (columns: readonly string[]) => ({
  type: 'string' as const,
  description: `One header line, then a row each: ${columns.join(', ')}. Unknown is an empty cell.`,
});

function goodAnswers(
  definition: ApiRouteDefinition,
  reads: boolean,
  takesKey: boolean,
): Record<string, ZodOpenApiResponseObject> {
  const status = definition.status ?? 200;
  const isJson = definition.mediaType === undefined;
  const { ETag, ...always } = ANSWER_HEADERS;
  const answer = (description: string, tagged: boolean): ZodOpenApiResponseObject => ({
    description,
    headers: { ...always, ...(tagged ? { ETag } : {}), ...(takesKey ? { 'Idempotency-Replayed': REPLAYED } : {}) },
    ...(status === 204
      ? {}
      : {
          content: {
            [definition.mediaType ?? 'application/json']: { schema: definition.answer },
            ...(definition.csv === undefined ? {} : { 'text/csv': { schema: CSV_SCHEMA(definition.csv.columns) } }),
          },
        }),
  });
  const tagged = isJson && reads && definition.cache !== 'no-store';
  return {
    [status]: answer(definition.answerDescription ?? definition.summary, tagged),
    ...(tagged
      ? { 304: { description: 'The answer is still the one that If-None-Match names.', headers: { ...always, ETag } } }
      : {}),
    ...(definition.emptyWhen === undefined ? {} : { 204: { description: definition.emptyWhen, headers: always } }),
    ...Object.fromEntries(
      (definition.alsoStatus ?? []).map((also) => [also, answer('The same body with another state.', false)]),
    ),
  };
}

/** One answer a status, naming its codes; a status that has a good body too keeps that body and gains the problem. */
function problemAnswers(
  definition: ApiRouteDefinition,
  method: string,
  takesKey: boolean,
): Record<string, ZodOpenApiResponseObject> {
  // A route without input refuses parameters too; only what probes and pages ask is let through.
  const hasInput =
    definition.access.role !== 'public' ||
    [definition.query, definition.params, definition.body].some((part) => part !== undefined);
  const codes = new Set([
    ...EVERYWHERE,
    ...(hasInput ? WITH_INPUT : []),
    ...(definition.body === undefined && !takesKey ? [] : WITH_BODY),
    ...(takesKey ? WITH_KEY : []),
    ...accessProblems(definition),
    ...(rateClassOf(definition, method) === null ? [] : WITH_LIMIT),
    ...(definition.problems ?? []),
  ]);
  const answers: Record<string, ZodOpenApiResponseObject> = {};
  for (const status of [...new Set([...codes].map((code) => PROBLEMS[code].status))].sort()) {
    const here = [...codes].filter((code) => PROBLEMS[code].status === status).sort();
    const both = definition.alsoStatus?.includes(status) === true;
    answers[status] = {
      headers: {
        'X-Request-Id': ANSWER_HEADERS['X-Request-Id'],
        ...(here.some((code) => PROBLEMS[code].temporary) ? { 'Retry-After': RETRY_AFTER } : {}),
      },
      description: here.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n'),
      content: {
        'application/problem+json': { schema: problem },
        ...(both ? { 'application/json': { schema: definition.answer } } : {}),
      },
    };
  }
  return answers;
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '@ziggy/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiFile } from '../src/cli/openapi-file.ts';
import { workspaceRoot } from '../src/config/environment.ts';
import { apiOperations } from '../src/platform/api-routes.ts';
import type { FromExample } from '../src/platform/api-route.ts';
import type { ApiOperation } from '../src/platform/api-routes.ts';
import { RouteTable } from '../src/platform/route-table.ts';
import { ask, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { ExampleWorld } from './identity-testing.ts';
import { aPerson } from './people.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly { name: string; in: string; schema: object }[];
  readonly responses: Readonly<Record<string, { description: string; content: Record<string, { schema: object }> }>>;
}
interface Document {
  readonly openapi: string;
  readonly tags: readonly { name: string; description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** A member of an answer by its path, e.g. `job.id`. */
const memberOf = (answer: unknown, path: string): string =>
  String(
    path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], answer),
  );

let app: TestApp;
let document: Document;
let declared: ApiOperation[];
beforeAll(async () => {
  app = await startApp({ as: null });
  document = (await app.get('/openapi.json')).json<Document>();
  // The setup comes first: it makes the admin who sends the other examples.
  declared = apiOperations(app.app).sort(
    (a, b) => Number(b.definition?.operationId === 'auth.setup') - Number(a.definition?.operationId === 'auth.setup'),
  );
});
afterAll(() => app.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 and every reference in it leads somewhere', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const text = JSON.stringify(document);
    const references = [...new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? ''))];
    const lost = references.filter((reference) => {
      let place: unknown = document;
      for (const step of reference.split('/'))
        place = (place as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')];
      return place === undefined;
    });
    expect(lost).toEqual([]);
  });

  it('has exactly the operations that are mounted', () => {
    const mounted = app.app
      .get(RouteTable)
      .routes.filter(({ page, method }) => !page && method !== 'HEAD')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const described = operations().map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.sort()).toEqual(mounted.sort());
    expect(declared.filter(({ definition }) => definition === undefined).map(({ handler }) => handler)).toEqual([]);
  });

  it('names, groups and explains every operation', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { operation, path } of operations()) {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/);
      expect([path, operation.tags.length, tags.has(operation.tags[0] ?? '')]).toEqual([path, 1, true]);
      expect(operation.summary.length).toBeLessThan(80);
      expect(operation.description.length).toBeGreaterThan(20);
    }
  });

  it('types every good answer and names every problem by its code', () => {
    for (const { operation } of operations()) {
      const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      const bodies = good.filter(([status]) => status !== '204');
      expect(good.length).toBeGreaterThan(0);
      expect([operation.operationId, bodies.length]).toEqual([operation.operationId, bodies.length === 0 ? 0 : 1]);
      for (const [status, { content }] of good)
        expect([operation.operationId, content === undefined]).toEqual([operation.operationId, status === '204']);
      for (const media of Object.values(good[0]?.[1].content ?? {}))
        expect(Object.keys(media.schema)).not.toHaveLength(0);
      for (const [status, answer] of Object.entries(operation.responses).filter(([status]) => status >= '400')) {
        const codes = [...answer.description.matchAll(/`(\w+)`:/g)].map((match) => match[1] as keyof typeof PROBLEMS);
        expect(codes.length).toBeGreaterThan(0);
        for (const code of codes) expect(String(PROBLEMS[code].status)).toBe(status);
        expect(Object.keys(answer.content)).toContain('application/problem+json');
      }
    }
  });

  it('describes every parameter', () => {
    const bare = operations().flatMap(({ operation }) =>
      (operation.parameters ?? [])
        .filter(({ schema }) => Object.keys(schema).length === 0)
        .map(({ name }) => `${operation.operationId} ${name}`),
    );
    expect(bare).toEqual([]);
  });

  it('has an example for every operation, and each works', async () => {
    expect(
      declared.filter(({ definition }) => definition?.example === undefined).map(({ handler }) => handler),
    ).toEqual([]);
    const world = new ExampleWorld(app);
    const answers = new Map<string, Record<string, unknown>>();
    const valueOf = (param: string | FromExample | undefined): string =>
      typeof param === 'object' ? memberOf(answers.get(param.from), param.member) : (param ?? '');
    const tape = await startApp({ env: { MARKET_SOURCE: 'tape:sp500-daily', TAPE_PAUSED: 'true' } });
    for (const { definition, path, method } of declared) {
      if (definition?.example === undefined) continue;
      const { url } = definition.example.market === 'tape' ? tape : app;
      const { params = {}, query = {} } = definition.example;
      const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(valueOf(params[name])));
      const search = new URLSearchParams(query).toString();
      const { headers: own, body } =
        url === app.url
          ? await world.request(definition.operationId, definition.example.body)
          : { headers: (await aPerson(tape)).headers, body: definition.example.body };
      const headers: Record<string, string> = {
        ...own,
        ...(method === 'GET' ? {} : { 'idempotency-key': `example-${method}-1` }),
      };
      const sent =
        body === undefined
          ? { headers }
          : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } };
      const answer = await ask(`${url}${filled}${search === '' ? '' : `?${search}`}`, { method, ...sent });
      // A probe answers the same body with another status when the machine is too busy; both are documented.
      const allowed = [definition.status ?? 200, ...(definition.alsoStatus ?? [])];
      expect([definition.operationId, allowed.includes(answer.status), answer.status]).toEqual([
        definition.operationId,
        true,
        answer.status,
      ]);
      if (definition.status === 204) {
        expect([definition.operationId, answer.text]).toEqual([definition.operationId, '']);
        continue;
      }
      const value: unknown = definition.mediaType === undefined ? answer.json() : answer.text;
      if (typeof value === 'object') answers.set(definition.operationId, value as Record<string, unknown>);
      expect([definition.operationId, definition.answer.safeParse(value).error]).toEqual([
        definition.operationId,
        undefined,
      ]);
    }
    await tape.close();
  });

  it('is docs/openapi.json, as `npm run openapi` writes it', async () => {
    const file = readFileSync(join(workspaceRoot(), 'docs', 'openapi.json'), 'utf8');
    expect(file).toBe(await openApiFile());
    expect(JSON.parse(file)).toEqual(document);
  });
});

describe('the pages', () => {
  it('serve Swagger UI from this server alone, without inline script', async () => {
    const page = await app.get('/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page.text).not.toMatch(/\son\w+=|https?:\/\//);
    for (const [, path] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect([path, (await app.get(path ?? '')).status]).toEqual([path, 200]);
    }
  });

  it('explain every code at the address that problems name', async () => {
    for (const [code, { title }] of Object.entries(PROBLEMS)) {
      const page = await app.get(`/docs/errors/${code}`);
      expect([code, page.status, page.headers.get('content-type')]).toEqual([code, 200, 'text/html; charset=utf-8']);
      expect(page.text).toContain('Remedy');
      expect(page.text).toContain(title.replaceAll('&', '&amp;'));
    }
    expect((await app.get('/docs/errors')).text).toContain('/docs/errors/route_not_found');
    expect((await app.get('/docs/errors/toString')).status).toBe(404);
  });
});

import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiOperations } from './api-routes.ts';
import { errorIndexPage, errorPage, isProblemCode } from './error-pages.ts';
import { HTML } from './html.ts';
import { openApiDocument } from './openapi.ts';
import { ProblemError } from './problem.ts';

const SWAGGER_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>API · ZiggyAI</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body></html>
`;

// A file of its own, since the content security policy runs no inline script.
const SWAGGER_START = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  tryItOutEnabled: true,
});
`;

const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** `/docs` (Swagger UI from this server's own files, so it works offline), `/docs/errors/<code>` and `/openapi.json`. */
export function addDocPages(fastify: FastifyInstance, app: INestApplicationContext, page: RouteShorthandOptions): void {
  const folder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  const files = new Map<string, Buffer>();
  let document: string | undefined;
  fastify.get('/openapi.json', page, (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(apiOperations(app)));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  fastify.get('/docs', page, (_request, reply) => reply.type(HTML).send(SWAGGER_PAGE));
  fastify.get('/docs/', page, (_request, reply) => reply.redirect('/docs', 308));
  fastify.get('/docs/assets/start.js', page, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(SWAGGER_START),
  );
  for (const [name, type] of Object.entries(ASSETS)) {
    fastify.get(`/docs/assets/${name}`, page, (_request, reply) => {
      const bytes = files.get(name) ?? readFileSync(join(folder, name));
      files.set(name, bytes);
      return reply.type(type).header('cache-control', 'private, max-age=3600').send(bytes);
    });
  }
  fastify.get('/docs/errors', page, (_request, reply) => reply.type(HTML).send(errorIndexPage()));
  fastify.get<{ Params: { code: string } }>('/docs/errors/:code', page, (request, reply) => {
    const { code } = request.params;
    if (!isProblemCode(code)) throw new ProblemError('route_not_found', 'No error has this code; see /docs/errors.');
    return reply.type(HTML).send(errorPage(code));
  });
}

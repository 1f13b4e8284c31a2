import { PROBLEMS } from '@ziggy/contracts';
import type { ProblemCode, ProblemDefinition } from '@ziggy/contracts';
import { escapeHtml, htmlPage } from './html.ts';

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** The page that a problem's `type` leads to: cause, whether to retry, remedy. */
export function errorPage(code: ProblemCode): string {
  const definition: ProblemDefinition = PROBLEMS[code];
  const retry = definition.temporary
    ? 'Temporary: the same request may succeed later. Honour <code>Retry-After</code> and back off.'
    : 'Permanent: the same request will fail again until something is changed.';
  return htmlPage(
    code,
    `<p class="muted"><a href="/docs/errors">Every error code</a></p>
<h1>${escapeHtml(definition.title)}</h1>
<p><code>${code}</code> · HTTP status ${definition.status}</p>
<h2>Cause</h2><p>${escapeHtml(definition.title)}. The <code>detail</code> of the answer says what exactly, and <code>errors</code> names each fault of the input.</p>
<h2>Remedy</h2><p>${inlineCode(definition.remedy)}</p>
<h2>Trying again</h2><p>${retry}</p>
<p class="muted">The <code>requestId</code> of the answer finds the request in the server's log.</p>`,
  );
}

/** All codes by status. */
export function errorIndexPage(): string {
  const rows = Object.entries(PROBLEMS)
    .sort(([, left], [, right]) => left.status - right.status)
    .map(
      ([code, { status, title, temporary }]) =>
        `<tr><td>${status}</td><td><a href="/docs/errors/${code}"><code>${code}</code></a></td><td>${escapeHtml(title)}${temporary ? ' <span class="muted">(temporary)</span>' : ''}</td></tr>`,
    );
  return htmlPage(
    'Error codes',
    `<p class="muted"><a href="/docs">API documentation</a> · <a href="/docs/streams">Streams</a></p><h1>Error codes</h1>
<p>Every failure is <code>application/problem+json</code>. Switch on <code>code</code>; it is stable.</p>
<table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
  );
}

function inlineCode(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

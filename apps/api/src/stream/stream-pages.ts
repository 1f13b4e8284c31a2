import { CHANNELS, CLOSE_CODES, STREAM_ERRORS, channelPath, mayReconnect } from '@ziggy/contracts';
import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import { HTML, escapeHtml, htmlPage } from '../platform/html.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { CHANNEL_CATALOGUE } from './channel-catalogue.ts';
import { COMMANDS } from './command-catalogue.ts';
import { FRAMES } from './frame-catalogue.ts';
import type { MessageEntry } from './message-entry.ts';

/** `/asyncapi.json` and `/docs/streams`, both from the schemas; plain HTML of this server, so it works offline. */
export function addStreamPages(fastify: FastifyInstance, page: RouteShorthandOptions): void {
  let document: string | undefined;
  let text: string | undefined;
  fastify.get('/asyncapi.json', page, (_request, reply) => {
    document ??= JSON.stringify(asyncApiDocument());
    return reply.type('application/json; charset=utf-8').send(document);
  });
  fastify.get('/docs/streams', page, (_request, reply) => {
    text ??= streamsPage();
    return reply.type(HTML).send(text);
  });
}

function streamsPage(): string {
  const links = (names: readonly string[], prefix: string) =>
    names.map((name) => `<a href="#${prefix}-${name}"><code>${name}</code></a>`).join(', ');
  const channels = CHANNELS.map((channel) => {
    const { summary, frames, commands } = CHANNEL_CATALOGUE[channel];
    return `<h3><code>${channelPath(channel)}</code></h3><p>${words(summary)}</p>
<p>Sends ${links(frames, 'frame')}.</p><p>Takes ${links(commands, 'command')}.</p>`;
  });
  const errors = Object.entries(STREAM_ERRORS).map(
    ([name, { code, message, temporary }]) =>
      `<tr><td>${code}</td><td><code>${name}</code></td><td>${escapeHtml(message)}${temporary ? ' <span class="muted">(temporary)</span>' : ''}</td></tr>`,
  );
  const closes = Object.entries(CLOSE_CODES).map(
    ([name, code]) =>
      `<tr><td>${code}</td><td><code>${name}</code></td><td>${mayReconnect(code) ? 'may reconnect' : 'must not reconnect'}</td></tr>`,
  );
  return htmlPage(
    'Streams',
    `<p class="muted"><a href="/docs">API documentation</a> · <a href="/asyncapi.json">AsyncAPI document</a></p><h1>Streams</h1>
<p>Protocol <code>ziggy.v1</code>: text JSON, one object per message, times in epoch milliseconds. The first frame is <code>hello</code>; every
command with an <code>id</code> gets exactly one answer with that <code>id</code>.</p>
<h2>Channels</h2>${channels.join('\n')}
<h2>What the server sends</h2>${entries(FRAMES, 'frame')}
<h2>What a client may send</h2>${entries(COMMANDS, 'command')}
<h2>Errors</h2><table><thead><tr><th>Code</th><th>Name</th><th>Meaning</th></tr></thead><tbody>${errors.join('')}</tbody></table>
<h2>Close codes</h2><table><thead><tr><th>Code</th><th>Name</th><th>Afterwards</th></tr></thead><tbody>${closes.join('')}</tbody></table>`,
  );
}

function entries(all: Readonly<Record<string, MessageEntry>>, prefix: string): string {
  return Object.entries(all)
    .map(
      ([name, { summary, example }]) =>
        `<h3 id="${prefix}-${name}"><code>${name}</code></h3><p>${words(summary)}</p><pre>${escapeHtml(JSON.stringify(example, null, 1))}</pre>`,
    )
    .join('\n');
}

function words(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

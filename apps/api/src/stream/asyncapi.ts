import { CHANNELS, CLOSE_CODES, STREAM_ERRORS, channelPath } from '@ziggy/contracts';
import type { Channel } from '@ziggy/contracts';
import * as z from 'zod';
import { BUILD_INFO } from '../platform/build-info.ts';
import { CHANNEL_CATALOGUE } from './channel-catalogue.ts';
import { COMMANDS } from './command-catalogue.ts';
import { FRAMES } from './frame-catalogue.ts';
import type { MessageEntry } from './message-entry.ts';

type Json = Record<string, unknown>;

const DESCRIPTION = `WebSocket channels, protocol \`ziggy.v1\`: text JSON, one object per message, times in epoch milliseconds.

Market and charts carry newest values; news, alerts, signals and portfolio lose nothing and are resumed by position.
Close codes 4000 to 4499 may reconnect, 4500 to 4999 may not.`;

/** The AsyncAPI 3 document of the streams, made from the schemas that the server and its clients use. Same input, same bytes. */
export function asyncApiDocument(): Json {
  const schemas: Json = {};
  const messages: Json = {};
  for (const [name, entry] of Object.entries(FRAMES)) messages[name] = message(name, entry, schemas);
  for (const [name, entry] of Object.entries(COMMANDS)) messages[`command_${name}`] = message(name, entry, schemas);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'ZiggyAI streams',
      version: BUILD_INFO.version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      local: {
        host: 'localhost:8000',
        protocol: 'ws',
        description: 'A server on this machine; behind TLS the protocol is wss.',
      },
    },
    channels: Object.fromEntries(CHANNELS.map((channel) => [channel, channelItem(channel)])),
    operations: Object.fromEntries(CHANNELS.flatMap((channel) => operations(channel))),
    components: { messages, schemas },
    'x-errors': STREAM_ERRORS,
    'x-close-codes': CLOSE_CODES,
  };
}

function channelItem(channel: Channel): Json {
  const { summary, frames, commands } = CHANNEL_CATALOGUE[channel];
  const names = [...frames, ...commands.map((name) => `command_${name}`)];
  const query = {
    type: 'object',
    properties: {
      ticket: { type: 'string', description: 'Single-use ticket of a signed-in page.' },
      epoch: { type: 'string', description: 'With `seq`: the position to resume from, on lossless channels.' },
      seq: { type: 'integer', minimum: 0 },
    },
  };
  return {
    address: channelPath(channel),
    summary,
    messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: { ws: { method: 'GET', query, bindingVersion: '0.1.0' } },
  };
}

function operations(channel: Channel): [string, Json][] {
  const { frames, commands } = CHANNEL_CATALOGUE[channel];
  const at = { $ref: `#/channels/${channel}` };
  const ref = (name: string) => ({ $ref: `#/channels/${channel}/messages/${name}` });
  return [
    [`${channel}Send`, { action: 'send', channel: at, summary: 'What the server sends.', messages: frames.map(ref) }],
    [
      `${channel}Receive`,
      {
        action: 'receive',
        channel: at,
        summary: 'What a client may send.',
        messages: commands.map((name) => ref(`command_${name}`)),
      },
    ],
  ];
}

/** @param schemas gains the named parts of the payload */
function message(name: string, { schema, summary, example }: MessageEntry, schemas: Json): Json {
  return { name, title: name, summary, payload: payload(schema, schemas), examples: [{ payload: example }] };
}

function payload(schema: z.ZodType, schemas: Json): Json {
  const made = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'undefined') jsonSchema.not = {};
    },
  });
  const text = JSON.stringify(made).replaceAll('"#/definitions/', '"#/components/schemas/');
  const { $schema: _, definitions, ...rest } = JSON.parse(text) as Json & { definitions?: Json };
  Object.assign(schemas, definitions);
  return rest;
}

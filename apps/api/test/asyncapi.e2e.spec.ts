import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHANNELS, CLOSE_CODES, COMMAND_TYPES, STREAM_ERRORS, clientCommand, serverFrame } from '@ziggy/contracts';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../src/config/environment.ts';
import { asyncApiDocument } from '../src/stream/asyncapi.ts';
import { CHANNEL_CATALOGUE } from '../src/stream/channel-catalogue.ts';
import { COMMANDS } from '../src/stream/command-catalogue.ts';
import { FRAMES } from '../src/stream/frame-catalogue.ts';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { StillMarketModule } from './platform-testing.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ features: [StillMarketModule] });
});
afterAll(() => app.close());

interface Document {
  readonly components: { readonly messages: Record<string, { payload: object; examples: { payload: unknown }[] }> };
}

describe('/asyncapi.json', () => {
  it('is valid AsyncAPI 3', () => {
    const { 'http://json-schema.org/draft-07/schema': _, ...definitions } =
      (specs as unknown as { schemas: Record<string, { definitions: Record<string, object> }> }).schemas['3.0.0']
        ?.definitions ?? {};
    const schema = { ...(specs as unknown as { schemas: Record<string, object> }).schemas['3.0.0'], definitions };
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
    (formats as unknown as { default: (ajv: Ajv) => void }).default(ajv);
    const valid = ajv.compile(schema);
    const ok = valid(asyncApiDocument());
    expect(valid.errors ?? []).toEqual([]);
    expect(ok).toBe(true);
    // The check itself sees a fault.
    expect(valid({ ...asyncApiDocument(), operations: { broken: { action: 'shout' } } })).toBe(false);
  });

  it('is docs/asyncapi.json, as `npm run openapi` writes it', async () => {
    const file = readFileSync(join(workspaceRoot(), 'docs', 'asyncapi.json'), 'utf8');
    expect(JSON.parse(file)).toEqual(asyncApiDocument());
    expect((await app.get('/asyncapi.json')).json()).toEqual(asyncApiDocument());
  });

  it('refers only to what is there', () => {
    const document = asyncApiDocument();
    const references = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? ''),
    );
    for (const reference of references) {
      let place: unknown = document;
      for (const step of reference.split('/')) place = (place as Record<string, unknown> | undefined)?.[step];
      expect({ reference, found: place !== undefined }).toEqual({ reference, found: true });
    }
  });

  it('guarantee 1: names every frame and command of the contract, with examples that pass both forms of its schema', () => {
    const { messages } = (asyncApiDocument() as unknown as Document).components;
    const types = serverFrame.options.map((option) => option.shape.type.value);
    expect(new Set(Object.values(FRAMES).map(({ example }) => example['type']))).toEqual(new Set(types));
    expect(Object.keys(COMMANDS).sort()).toEqual([...COMMAND_TYPES].sort());
    const ajv = new Ajv({ strict: false, schemas: [{ $id: 'doc', ...asyncApiDocument() }] });
    for (const [name, { payload, examples }] of Object.entries(messages)) {
      const schema = JSON.parse(JSON.stringify(payload).replaceAll('"#/components/', '"doc#/components/')) as object;
      const valid = ajv.compile(schema);
      for (const example of examples) {
        expect({ name, ok: valid(example.payload), errors: valid.errors }).toEqual({ name, ok: true, errors: null });
      }
    }
    for (const { schema, example } of Object.values(FRAMES)) {
      expect(schema.safeParse(example).success && serverFrame.safeParse(example).success).toBe(true);
    }
    for (const { example } of Object.values(COMMANDS)) expect(clientCommand.safeParse(example).success).toBe(true);
    expect(Object.keys(CHANNEL_CATALOGUE)).toEqual([...CHANNELS]);
  });
});

describe('/docs/streams', () => {
  it('names every channel, message, error and close code, without a script or a foreign address', async () => {
    const page = await app.get('/docs/streams');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    for (const word of [
      ...CHANNELS,
      ...Object.keys(FRAMES),
      ...COMMAND_TYPES,
      ...Object.keys(STREAM_ERRORS),
      ...Object.keys(CLOSE_CODES),
    ])
      expect(page.text).toContain(word);
    expect(page.text).not.toMatch(/<script|\son\w+=|https?:\/\//);
    for (const [, anchor] of page.text.matchAll(/href="#([^"]+)"/g)) expect(page.text).toContain(`id="${anchor}"`);
  });
});

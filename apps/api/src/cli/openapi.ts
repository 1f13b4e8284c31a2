import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../config/environment.ts';
import { asyncApiDocument } from '../stream/asyncapi.ts';
import { openApiFile } from './openapi-file.ts';

// `npm run openapi`: writes docs/openapi.json and docs/asyncapi.json.
writeFileSync(join(workspaceRoot(), 'docs', 'openapi.json'), await openApiFile());
writeFileSync(join(workspaceRoot(), 'docs', 'asyncapi.json'), `${JSON.stringify(asyncApiDocument(), null, 2)}\n`);

import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../config/environment.ts';
import { openApiFile } from './openapi-file.ts';

// `npm run openapi`: writes docs/openapi.json.
writeFileSync(join(workspaceRoot(), 'docs', 'openapi.json'), await openApiFile());

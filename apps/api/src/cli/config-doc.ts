import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from '../config/config-doc.ts';
import { workspaceRoot } from '../config/environment.ts';

// `npm run config:doc`: writes docs/configuration.md.
writeFileSync(join(workspaceRoot(), 'docs', 'configuration.md'), configurationPage());

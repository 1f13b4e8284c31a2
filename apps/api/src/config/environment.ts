import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';

/** Root of the checkout: the folder of `nx.json`, or the working directory where the API was copied out of it. */
export function workspaceRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'nx.json'))) return folder;
    if (folder === dirname(folder)) return process.cwd();
  }
}

/** The process's environment; in development an `.env` file of the workspace fills what is not set. */
export function environment(
  root = workspaceRoot(),
  given: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> {
  const file = join(root, '.env');
  const mode = given['NODE_ENV'] ?? 'development';
  if (mode !== 'development' || !existsSync(file)) return { ...given };
  return { ...parseEnv(readFileSync(file, 'utf8')), ...given };
}

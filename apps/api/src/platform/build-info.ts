import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The service's name and version, as health, OpenAPI and the portal show them. */
export const BUILD_INFO = { service: 'ziggyai', version: manifest.version } as const;

import type { Scope } from '@ziggy/contracts';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '../src/config/environment.ts';
import { ask, createDatabase, eventually } from './harness.ts';
import { PASSWORD, TestBrowser, send, tokenOf } from './identity-testing.ts';
import { fallSilentAt, speakAt } from './speaker.ts';

const MAIN = join(workspaceRoot(), 'apps', 'api', 'dist', 'main.js');
/** The server that a test starts stays on this machine too. */
const OFFLINE = pathToFileURL(join(workspaceRoot(), 'jest.offline.mjs')).href;
const running: Server[] = [];
const signedIn: string[] = [];
const ADMIN = { email: 'ada@example.com', password: PASSWORD };
const PLENTY = '1000000';

/** The built server as its own process, as a person or an orchestrator runs it. */
export interface Server {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: string[];
  readonly databaseUrl: string;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  drop(): Promise<void>;
}

export function requireBuild(): void {
  if (!existsSync(MAIN)) throw new Error('apps/api/dist/main.js is missing: build the API first (nx build api).');
}

/** Ends what a test left running. */
export async function endServers(): Promise<void> {
  const servers = running.splice(0);
  for (const server of servers) {
    if (server.child.exitCode === null) server.child.kill('SIGKILL');
    await server.ended;
  }
  for (const server of servers) await server.drop();
  for (const origin of signedIn.splice(0)) fallSilentAt(origin);
}

/** @param shared a database of the caller's, for several servers on one. */
export async function startServer(
  env: Record<string, string> = {},
  shared: { readonly url: string } | null = null,
): Promise<Server> {
  const own = shared === null ? await createDatabase() : null;
  const url = (shared ?? own)?.url ?? '';
  const child = spawn(process.execPath, ['--import', OFFLINE, MAIN], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'test',
      PORT: '0',
      MARKET_SOURCE: 'simulated',
      DATABASE_URL: url,
      DATABASE_CONNECT_TIMEOUT_MS: '30000',
      // Tests look more often than people do.
      RATE_AUTH_PER_MINUTE: PLENTY,
      RATE_READ_PER_MINUTE: PLENTY,
      ...env,
    },
  });
  const lines: string[] = [];
  const keep = (chunk: Buffer) =>
    lines.push(
      ...chunk
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    );
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const server = { child, lines, ended, databaseUrl: url, drop: async () => own?.drop() };
  running.push(server);
  return server;
}

/** Waits for the line that tells people where to go, and returns the server's origin. */
export async function originOf(server: Server): Promise<string> {
  const line = await eventually(
    () => server.lines.find((text) => text.includes('ZiggyAI is open at')),
    Boolean,
    60_000,
  );
  return /(http:\/\/[\d.:]+)\/app\//.exec(line ?? '')?.[1] ?? '';
}

/** Waits until a server takes requests and all that it depends on is there. */
export async function readyAt(origin: string): Promise<void> {
  await eventually(
    () => ask(`${origin}/readyz`),
    ({ status }) => status === 200,
    30_000,
  );
}

/**
 * Goes the way of the first person: takes the link from the console, makes the organisation and its admin, and from then on
 * speaks as that admin at the server's origin. Where there is an admin already, signs in.
 */
export async function signInAt(server: Server): Promise<string> {
  const origin = await originOf(server);
  const browser = new TestBrowser({ url: origin });
  const { signIn } = (await ask(`${origin}/app/config.json`)).json<{ signIn: { setupOpen: boolean } }>();
  if (signIn.setupOpen) {
    const token = tokenOf(
      await eventually(() => server.lines.find((line) => line.includes('/app/setup#token=')) ?? null),
    );
    const answer = await browser.post('/auth/setup', { token, organisation: 'Analytical Engines', ...ADMIN });
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    browser.keep(answer);
  } else await browser.signIn(ADMIN.email);
  speakAt(origin, () => ({ authorization: `Bearer ${browser.accessToken}` }));
  signedIn.push(origin);
  return origin;
}

/** An API key of who speaks at an origin, with the scopes that recording takes. */
export async function aKeyAt(origin: string, scopes: readonly Scope[] = ['read', 'write', 'admin']): Promise<string> {
  const answer = await send({ url: origin }, 'POST', '/api-keys', { body: { name: 'test', scopes } });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.json<{ secret: string }>().secret;
}

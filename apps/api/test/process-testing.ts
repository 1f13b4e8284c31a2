import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '../src/config/environment.ts';
import { createDatabase, eventually } from './harness.ts';

const MAIN = join(workspaceRoot(), 'apps', 'api', 'dist', 'main.js');
/** The server that a test starts stays on this machine too. */
const OFFLINE = pathToFileURL(join(workspaceRoot(), 'jest.offline.mjs')).href;
const running: Server[] = [];

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
    30_000,
  );
  return /(http:\/\/[\d.:]+)\/app\//.exec(line ?? '')?.[1] ?? '';
}

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { healthAnswer } from '@ziggy/contracts';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { workspaceRoot } from '../src/config/environment.ts';
import { ask, createDatabase, eventually } from './harness.ts';

const MAIN = join(workspaceRoot(), 'apps', 'api', 'dist', 'main.js');
const running: Server[] = [];

/** The built server as its own process, as a person or an orchestrator runs it. */
interface Server {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: string[];
  readonly databaseUrl: string;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  drop(): Promise<void>;
}

async function startServer(env: Record<string, string> = {}): Promise<Server> {
  const database = await createDatabase();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'test',
      PORT: '0',
      MARKET_SOURCE: 'simulated',
      DATABASE_URL: database.url,
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
  const server = { child, lines, ended, databaseUrl: database.url, drop: database.drop };
  running.push(server);
  return server;
}

/** Waits for the line that tells people where to go, and returns the server's origin. */
async function originOf(server: Server): Promise<string> {
  const line = await eventually(
    () => server.lines.find((text) => text.includes('ZiggyAI is open at')),
    Boolean,
    15_000,
  );
  return /(http:\/\/[\d.:]+)\/app\//.exec(line ?? '')?.[1] ?? '';
}

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error('apps/api/dist/main.js is missing: build the API first (nx build api).');
});

afterEach(async () => {
  for (const server of running.splice(0)) {
    if (server.child.exitCode === null) server.child.kill('SIGKILL');
    await server.ended;
    await server.drop();
  }
});

describe('the process', () => {
  it('prints the address that people open, and serves there', async () => {
    const origin = await originOf(await startServer());
    expect(healthAnswer.parse((await ask(`${origin}/health`)).json()).market.source).toBe('simulated');
    expect((await ask(`${origin}/readyz`)).status).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s and leaves with exit code 0', async (signal) => {
    const server = await startServer();
    const origin = await originOf(server);
    expect((await ask(`${origin}/health`)).status).toBe(200);
    const startedAt = performance.now();
    server.child.kill(signal);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await expect(ask(`${origin}/health`)).rejects.toThrow();
    expect(server.lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
      expect.arrayContaining(['stopping', 'stopped']),
    );
  });

  it('leaves at once on a second signal', async () => {
    const server = await startServer();
    await originOf(server);
    server.child.kill('SIGTERM');
    server.child.kill('SIGINT');
    const { code } = await server.ended;
    // Both signals may arrive after an idle server has stopped in order already.
    expect([0, 130]).toContain(code);
  });

  it('names PORT in one line and leaves with exit code 1 when the port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
    );
    try {
      const server = await startServer({ PORT: String(port) });
      expect(await server.ended).toEqual({ code: 1, signal: null });
      const fatal = server.lines.filter((line) => line.includes('"level":60'));
      expect(fatal).toHaveLength(1);
      expect(fatal[0]).toContain(`Port ${port} on 127.0.0.1 is taken`);
      expect(fatal[0]).toContain('set PORT');
      expect(fatal[0]).not.toContain('stack');
    } finally {
      other.close();
    }
  });

  it('names every fault of its configuration and leaves with exit code 1', async () => {
    const server = await startServer({ PORT: 'eighty', LOG_LEVEL: 'loud' });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.lines.join('\n')).toMatch(
      /PORT: must be a number \(given: "eighty"\)[\s\S]*LOG_LEVEL: must be one of/,
    );
  });

  it('starts again on the database that a killed run left', async () => {
    const first = await startServer();
    await originOf(first);
    first.child.kill('SIGKILL');
    expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
    const second = await startServer({ DATABASE_URL: first.databaseUrl });
    expect((await ask(`${await originOf(second)}/readyz`)).status).toBe(200);
  });
});

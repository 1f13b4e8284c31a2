import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { apiKeysAnswer, healthAnswer } from '@ziggy/contracts';
import { createServer } from 'node:net';
import { lineTo } from './database-testing.ts';
import { ask, createDatabase, eventually } from './harness.ts';
import { tokenOf } from './identity-testing.ts';
import { aKeyAt, endServers, originOf, readyAt, requireBuild, signInAt, startServer } from './process-testing.ts';

beforeAll(requireBuild);

afterEach(endServers);

describe('the process', () => {
  it('prints the address that people open, and serves there', async () => {
    const origin = await originOf(await startServer());
    expect(healthAnswer.parse((await ask(`${origin}/health`)).json()).market.source).toBe('simulated');
    await readyAt(origin);
  });

  it('lets nobody in before the link on its console, which no log line holds, has made an admin', async () => {
    const server = await startServer();
    const origin = await originOf(server);
    expect((await ask(`${origin}/market/sources`)).status).toBe(401);
    expect(await signInAt(server)).toBe(origin);
    expect((await ask(`${origin}/market/sources`)).status).toBe(200);
    const token = tokenOf(server.lines.find((line) => line.includes('#token=')) ?? null);
    expect(server.lines.filter((line) => line.includes(token))).toEqual([expect.not.stringMatching(/^\{/)]);
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
    const messages = server.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(expect.arrayContaining(['stopping', 'stopped']));
  });

  it('remembers across a stop when a key was used', async () => {
    const database = await createDatabase();
    try {
      const first = await startServer({}, database);
      const key = await aKeyAt(await signInAt(first), ['read']);
      const used = await ask(`${await originOf(first)}/market/sources`, { headers: { 'x-api-key': key } });
      expect(used.status).toBe(200);
      first.child.kill('SIGTERM');
      expect((await first.ended).code).toBe(0);
      const second = await signInAt(await startServer({}, database));
      const { items } = apiKeysAnswer.parse((await ask(`${second}/api-keys`)).json());
      expect(items.map(({ lastUsedAt }) => lastUsedAt)).toEqual([expect.any(String)]);
    } finally {
      await endServers();
      await database.drop();
    }
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
    await readyAt(await originOf(second));
  });

  it('waits for a database that is there only after it', async () => {
    const database = await createDatabase();
    const line = await lineTo(database.url);
    try {
      line.cut();
      const server = await startServer({}, line);
      await eventually(() => server.lines.some((text) => text.includes('the database cannot be reached')));
      expect(server.child.exitCode).toBeNull();
      line.mend();
      await readyAt(await originOf(server));
    } finally {
      await endServers();
      await line.close();
      await database.drop();
    }
  });

  it('says in one line that the database turns it away, and leaves at once with exit code 1', async () => {
    const url = new URL(process.env['TEST_POSTGRES_URL'] ?? '');
    url.pathname = '/no_such_database';
    const server = await startServer({}, { url: url.href });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    const fatal = server.lines.filter((line) => line.includes('"level":60'));
    expect(fatal).toHaveLength(1);
    expect((JSON.parse(fatal[0] ?? '{}') as { msg: string }).msg).toBe(
      'The database of DATABASE_URL turns us away: database "no_such_database" does not exist.',
    );
    expect(fatal[0]).not.toContain(url.password);
  });
});

import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDatabase, startApp } from './harness.ts';
import { PASSWORD, TestBrowser } from './identity-testing.ts';
import { StillMarketModule } from './platform-testing.ts';

const BUILT = fileURLToPath(new URL('../dist/cli/ziggy.js', import.meta.url));

function ziggy(
  args: readonly string[],
  env: Record<string, string>,
  input = '',
): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BUILT, ...args], { env: { ...process.env, NODE_ENV: 'test', ...env } });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.once('close', (code) => resolve({ code: code ?? -1, out }));
    child.stdin.end(input);
  });
}

describe('ziggy setup', () => {
  it('makes organisation and admin without a browser, once', async () => {
    expect(existsSync(BUILT)).toBe(true);
    const database = await createDatabase();
    const env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret of the tests, long enough to sign' };
    const args = ['setup', '--organisation', 'Analytical Engines', '--email', 'ada@example.com'];
    try {
      expect((await ziggy(['setup'], env)).out).toContain('/app/setup#token=');
      const weak = await ziggy(args, env, 'aaaaaaaaaaaaaa\n');
      expect([weak.code, weak.out]).toEqual([1, expect.stringContaining('few_characters')]);
      const good = await ziggy(args, env, `${PASSWORD}\n`);
      expect([good.code, good.out]).toEqual([0, expect.stringContaining('is set up')]);
      expect((await ziggy(args, env, `${PASSWORD}\n`)).code).toBe(1);
      const app = await startApp({ features: [StillMarketModule], database });
      try {
        expect((await new TestBrowser(app).signIn('ada@example.com')).user.role).toBe('admin');
      } finally {
        await app.close();
      }
    } finally {
      await database.drop();
    }
  }, 120_000);
});

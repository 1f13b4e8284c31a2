import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ZIGGY = join(resolve(fileURLToPath(import.meta.url), '../../..'), 'apps/api/dist/cli/ziggy.js');
const EMAIL = 'bench@example.com';

/** Sets an installation up before its server starts, as an operator does. @param env what the server gets. @returns the admin's password */
export async function setUpFor(env: Readonly<Record<string, string>>): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  await ziggy(['setup', '--organisation', 'Bench', '--email', EMAIL], password, env);
  return password;
}

/** A key that may read, of the admin of a running server: what a client of a bench shows with each request. */
export async function readingKey(
  port: number,
  password: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return (await ziggy(['key', '--email', EMAIL, '--url', `http://127.0.0.1:${port}`], password, env)).trim();
}

async function ziggy(
  args: readonly string[],
  password: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(process.execPath, [ZIGGY, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(password);
  const code = new Promise<number | null>((done) => child.once('close', done));
  const output = await text(child.stdout);
  if ((await code) !== 0) throw new Error(`ziggy ${args[0]} failed.`);
  return output;
}

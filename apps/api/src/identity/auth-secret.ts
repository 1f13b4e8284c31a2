import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSecret } from './secrets.ts';

/**
 * The secret of a one-machine installation: made at the first start, kept in a file that only its owner reads. Production
 * names its own in `AUTH_SECRET`.
 */
export function keptAuthSecret(folder: string): string {
  const file = join(folder, 'auth-secret');
  mkdirSync(folder, { recursive: true });
  try {
    // Fails when the file exists, so that two starts at once agree on one secret.
    writeFileSync(file, newSecret(), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  chmodSync(file, 0o600);
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32) throw new Error(`${file} holds no secret; remove it, and the next start makes a new one.`);
  return secret;
}

import { apiKeyBody, newApiKeyAnswer, signInAnswer } from '@ziggy/contracts';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { environment } from '../config/environment.ts';
import { ApiClient } from './api-client.ts';
import { readPassword } from './password.ts';
import { CommandError, UsageError, print } from './usage.ts';
import type { Command } from './usage.ts';

/** `ziggy key`: makes an API key of a person and prints nothing but it, so that a shell can keep it in a variable. */
export const key: Command = {
  usage: [
    'key --email <address> [--name <text>] [--scopes read,write] [--days 90] [--code <one-time code>]' +
      ' [--url http://localhost:8000] (password on standard input; prints the key)',
  ],
  async run(args) {
    const { email, code, url, wanted } = optionsOf(args);
    const password = await readPassword();
    const proof = code === undefined ? {} : { code };
    const signedIn = signInAnswer.parse(
      await new ApiClient(url, {}).post('/auth/login', { email, password, ...proof }),
    );
    const session = new ApiClient(url, { authorization: `Bearer ${signedIn.accessToken}` });
    try {
      print(newApiKeyAnswer.parse(await session.post('/api-keys', wanted)).secret);
    } finally {
      await session.post('/auth/logout', {});
    }
    return 0;
  },
};

function optionsOf(args: readonly string[]) {
  const { values } = parsed(args);
  const { email, code, url, name = 'command line', scopes = 'read', days } = values;
  if (email === undefined) throw new UsageError('key: --email is needed.');
  const wanted = apiKeyBody.safeParse({
    name,
    scopes: scopes.split(','),
    ...(days === undefined ? {} : { expiresInDays: Number(days) }),
  });
  if (!wanted.success)
    throw new CommandError(wanted.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  const { server } = readConfig(environment());
  return { email, code, url: url ?? `http://localhost:${server.port}`, wanted: wanted.data };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = { email: text, name: text, scopes: text, days: text, code: text, url: text };
    return parseArgs({ args: [...args], options });
  } catch (error) {
    throw new UsageError(`key: ${(error as Error).message}`);
  }
}

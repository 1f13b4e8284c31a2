import { TapeError } from '@ziggy/market-sources';
import { ConfigError } from '../config/config.ts';
import { CommandError, UsageError } from './usage.ts';
import type { Command } from './usage.ts';
import { key } from './key.ts';
import { setup } from './setup.ts';
import { tape } from './tape.ts';

// `npm run ziggy -- <command> ...`: what operators do at a terminal. A command is one entry of this table.
const COMMANDS: Readonly<Record<string, Command>> = { key, setup, tape };

function usage(): string {
  const lines = Object.values(COMMANDS).flatMap((command) => command.usage.map((line) => `  npm run ziggy -- ${line}`));
  return ['Usage:', ...lines, ''].join('\n');
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name];
  if (command === undefined)
    throw new UsageError(name === undefined ? 'No command.' : `There is no command "${name}".`);
  return command.run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage()}`);
  else if (error instanceof CommandError || error instanceof TapeError || error instanceof ConfigError)
    process.stderr.write(`${error.message}\n`);
  else throw error;
  process.exitCode = 1;
}

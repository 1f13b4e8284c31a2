/** One command of `npm run ziggy`. */
export interface Command {
  /** One line for each form, without the name of the program. */
  readonly usage: readonly string[];
  /** @returns the exit code. @throws UsageError when the arguments are no form of it. */
  run(args: readonly string[]): Promise<number>;
}

/** The command was called wrongly; its message stands above the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was understood and could not be done; its message says all. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

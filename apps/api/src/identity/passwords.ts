import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '../platform/problem.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Hashes at once: each takes 19 MiB and one of libuv's four threads, which files and DNS need too. */
const AT_ONCE = 2;
const WAITING_MAX = 32;
const COMMON = [
  'password',
  'passwort',
  'letmein',
  'welcome',
  'qwerty',
  'iloveyou',
  'admin',
  'ziggy',
  'changeme',
  'abc123',
];

/** Hashes and checks passwords with argon2id, a few at a time. */
@Injectable()
export class Passwords {
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** A hash that nothing matches, so that an unknown address takes as long as a wrong password. */
  #decoy: Promise<string> | null = null;

  hash(password: string): Promise<string> {
    return this.#limited(() => hash(password.normalize('NFKC'), COST));
  }

  /** Whether the password fits; takes the same time when there is no hash. */
  async matches(stored: string | null, password: string): Promise<boolean> {
    this.#decoy ??= this.hash('nobody has this password');
    const against = stored ?? (await this.#decoy);
    const fits = await this.#limited(() => verify(against, password.normalize('NFKC')));
    return fits && stored !== null;
  }

  /** @throws ProblemError `weak_password` with the rules that a new password breaks */
  checkStrength(password: string, context: readonly string[]): void {
    const rules = brokenRules(password.normalize('NFKC').toLowerCase(), context);
    if (rules.length > 0)
      throw new ProblemError('weak_password', 'Choose a password that is harder to guess.', { extra: { rules } });
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_MAX) throw new ProblemError('overloaded', 'Too many sign-ins at once.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody slips in between.
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

function brokenRules(password: string, context: readonly string[]): string[] {
  const rules: string[] = [];
  if (new Set(password).size < 5) rules.push('few_characters');
  if (/^(.{1,4})\1+$/.test(password) || isRun(password)) rules.push('pattern');
  const bare = password.replace(/[\d\W_]/g, '');
  if (COMMON.some((word) => bare === word || bare === word + word)) rules.push('common');
  const own = context.map((word) => word.toLowerCase()).filter((word) => word.length >= 4);
  if (own.some((word) => password.includes(word) && password.length - word.length < 6)) rules.push('personal');
  return rules;
}

/** `abcdefghijkl`, `123456789012`: each character follows the one before. */
function isRun(text: string): boolean {
  const steps = new Set<number>();
  for (let i = 1; i < text.length; i++) steps.add((text.codePointAt(i) ?? NaN) - (text.codePointAt(i - 1) ?? NaN));
  steps.delete(-9);
  return steps.size === 1 && [0, 1, -1].includes([...steps][0] ?? NaN);
}

import type { FieldError } from '@ziggy/ui';
import { PASSWORD_LENGTH } from '@ziggy/contracts';
import type { RequestProblem } from '../data/problem.ts';

/** What is wrong with a form: texts by field, and all of it for the summary. */
export interface FormProblems {
  readonly fields: Readonly<Record<string, string>>;
  readonly summary: readonly FieldError[];
}

export const NO_PROBLEMS: FormProblems = { fields: {}, summary: [] };

const WEAK: Readonly<Record<string, string>> = {
  few_characters: 'it needs at least five different characters',
  pattern: 'it must not be one pattern repeated',
  common: 'it must not be a common password',
  personal: 'it must not be mostly your name, address or organisation',
};

/** Codes of identity in the words of a person who fills a form; the registry's words are for callers of the API. */
const WORDS: Readonly<Record<string, string>> = {
  invalid_credentials: 'E-mail address, password or code do not fit.',
  expired: 'This link was used already, was replaced by a newer one, or is too old. Ask for a new one.',
  setup_closed: 'This installation is set up already. Sign in, or ask an administrator for an invitation.',
  overloaded: 'Too many people are signing in at this moment. Try again shortly.',
  origin_refused:
    'The server does not accept sign-ins from this address. Its operator can allow it with ALLOWED_ORIGINS.',
  network: 'The server cannot be reached. Try again.',
};

/** A problem of the form as a whole, or of the fields it names. `labels` maps the names of the body to the fields' labels. */
export function formProblems(problem: RequestProblem, labels: Readonly<Record<string, string>>): FormProblems {
  const faults = faultsOf(problem);
  const found: Record<string, string> = {};
  const summary: FieldError[] = [];
  for (const { name, text } of faults) {
    const label = name === null ? undefined : labels[name];
    if (name !== null && label !== undefined) found[name] = sentence(text);
    summary.push({ field: label ?? null, text: sentence(text) });
  }
  return { fields: found, summary };
}

function faultsOf(problem: RequestProblem): readonly { readonly name: string | null; readonly text: string }[] {
  const body = (problem.body ?? {}) as { errors?: { path?: unknown; message?: unknown }[]; rules?: unknown };
  if (problem.code === 'weak_password') {
    const rules = Array.isArray(body.rules) ? body.rules.map((rule) => WEAK[String(rule)] ?? String(rule)) : [];
    return [{ name: 'password', text: `too easy to guess: ${rules.join('; ') || 'choose a longer one'}` }];
  }
  if (problem.code === 'validation_failed' && Array.isArray(body.errors) && body.errors.length > 0)
    return body.errors.map(({ path, message }) => ({
      name: typeof path === 'string' ? path.replace(/^\//, '').replace('newPassword', 'password') : null,
      text: typeof message === 'string' ? message : problem.message,
    }));
  const known = WORDS[problem.code];
  const id = problem.requestId === null || known !== undefined ? '' : ` (request ${problem.requestId})`;
  return [{ name: null, text: known ?? `${problem.message}. ${problem.remedy}${id}` }];
}

/** Problems that can be seen before anything is sent. */
export function missing(
  values: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): FormProblems | null {
  const fields = Object.fromEntries(
    Object.keys(labels)
      .filter((name) => values[name] !== undefined && values[name]?.trim() === '')
      .map((name) => [name, 'Fill this in.']),
  );
  const names = Object.keys(fields);
  return names.length === 0
    ? null
    : { fields, summary: names.map((name) => ({ field: labels[name] ?? null, text: 'Fill this in.' })) };
}

/** What is wrong with the length of a new password; null when nothing is. */
export function lengthFault(password: string): FormProblems | null {
  const { min, max } = PASSWORD_LENGTH;
  if (password.length >= min && password.length <= max) return null;
  const text = password.length < min ? `At least ${min} characters.` : `At most ${max} characters.`;
  return { fields: { password: text }, summary: [{ field: 'Password', text }] };
}

/** A wait in words. */
export function waitText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 90) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(first) ? first : `${first}.`;
}

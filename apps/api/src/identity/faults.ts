import { DomainError } from '@ziggy/domain';
import type { Scope, Role } from '@ziggy/contracts';
import { ProblemError } from '../platform/problem.ts';
import { invalidInput } from '../platform/zod.pipe.ts';

type Unauthenticated =
  | 'unauthenticated'
  | 'token_expired'
  | 'token_revoked'
  | 'invalid_credentials'
  | 'second_factor_required'
  | 'fresh_sign_in_required';

const DETAILS: Readonly<Record<Unauthenticated, string>> = {
  unauthenticated: 'Sign in, or send an API key.',
  token_expired: 'The access token has expired.',
  token_revoked: 'The session or key was ended.',
  invalid_credentials: 'Address, password or code are not valid.',
  second_factor_required: 'A one-time code or a recovery code is needed as well.',
  fresh_sign_in_required: 'Prove your password again; it must not be longer ago than five minutes.',
};

/** 401 with the header that RFC 9110 asks for. */
export function unauthenticated(code: Unauthenticated, extra: Record<string, unknown> = {}): ProblemError {
  const error = code === 'token_expired' || code === 'token_revoked' ? ', error="invalid_token"' : '';
  return new ProblemError(code, DETAILS[code], {
    extra,
    headers: { 'www-authenticate': `Bearer realm="ziggyai"${error}` },
  });
}

export function forbidden(need: { needRole: Role } | { needScope: Scope }): ProblemError {
  const what = 'needRole' in need ? `the role ${need.needRole}` : `a key with the scope ${need.needScope}`;
  return new ProblemError('forbidden', `This needs ${what}.`, { extra: need });
}

/** The one answer for what does not exist and for what is another's. */
export function notFound(): DomainError {
  return new DomainError('not_found', 'There is nothing with this id.');
}

export function versionConflict(current: unknown): ProblemError {
  return new ProblemError('version_conflict', 'It was changed since it was read.', { extra: { current } });
}

/** One fault of the body. The value is never repeated: most fields here are secrets or addresses. */
export function bodyFault(path: string, message: string): DomainError {
  return invalidInput([{ in: 'body', path, code: 'invalid_value', message }]);
}

/** IANA zone that this runtime knows. */
export function checkTimeZone(zone: string | undefined): void {
  try {
    if (zone !== undefined) new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw bodyFault('/timeZone', 'Must be an IANA time zone, e.g. Europe/Berlin.');
  }
}

export function checkLocale(tag: string | undefined): void {
  try {
    if (tag !== undefined) Intl.getCanonicalLocales(tag);
  } catch {
    throw bodyFault('/locale', 'Must be a language tag, e.g. en-GB.');
  }
}

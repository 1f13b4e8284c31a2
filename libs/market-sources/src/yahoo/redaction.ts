import { inspect } from 'node:util';

/** Secrets held at most; a session has a crumb and about five cookies, and old ones soon mean nothing. */
const MAX_SECRETS = 64;
/** Shorter values would blot out ordinary words. */
const MIN_LENGTH = 6;
const HIDDEN = '[redacted]';
const CRUMB_PARAM = /(\bcrumb=)[^&\s"'<>]+/gi;
const COOKIE_HEADER = /(\b(?:set-)?cookie["']?\s*[:=]\s*["']?)[^\r\n"']+/gi;
const COOKIE_PAIR = /\b(A1S?|A3|GUCS?|CFC|EuConsent)=[^;\s"',]+/g;

/** Knows the crumb and cookies of this process and takes them out of text. */
export class Redaction {
  readonly #secrets = new Set<string>();

  /** Remembers a crumb or a cookie's value. */
  learn(secret: string): void {
    if (secret.length < MIN_LENGTH) return;
    this.#secrets.delete(secret);
    this.#secrets.add(secret);
    for (const oldest of this.#secrets) {
      if (this.#secrets.size <= MAX_SECRETS) break;
      this.#secrets.delete(oldest);
    }
  }

  /** Remembers the values in a `Set-Cookie` line, e.g. `A1=value; Path=/`. */
  learnCookie(line: string): void {
    const pair = line.split(';', 1)[0] ?? '';
    this.learn(pair.slice(pair.indexOf('=') + 1).trim());
  }

  redact(text: string): string {
    let clean = text
      .replace(CRUMB_PARAM, `$1${HIDDEN}`)
      .replace(COOKIE_HEADER, `$1${HIDDEN}`)
      .replace(COOKIE_PAIR, `$1=${HIDDEN}`);
    for (const secret of this.#secrets) {
      clean = clean.replaceAll(secret, HIDDEN).replaceAll(encodeURIComponent(secret), HIDDEN);
    }
    return clean;
  }
}

type Print = (...values: unknown[]) => void;

let active: { readonly redactions: Set<Redaction>; readonly original: Print; readonly filter: Print } | null = null;

/**
 * Cleans everything that goes through `console.error`, for the whole process: the library prints the address of a failed
 * request there, crumb included, past its own logger. Several sources share one filter.
 * @returns ends this use; with the last one `console.error` is as it was.
 */
export function filterConsoleErrors(redaction: Redaction): () => void {
  if (active === null) {
    const redactions = new Set<Redaction>();
    const original: Print = console.error;
    const filter: Print = (...values) => {
      const clean = (text: string): string => [...redactions].reduce((all, one) => one.redact(all), text);
      original.apply(
        console,
        values.map((value) => cleaned(value, clean)),
      );
    };
    active = { redactions, original, filter };
    console.error = filter;
  }
  const mine = active;
  mine.redactions.add(redaction);
  return () => {
    mine.redactions.delete(redaction);
    if (mine.redactions.size > 0 || active !== mine) return;
    // Whoever wrapped it after us keeps their wrapper; ours is then a plain pass-through.
    if (console.error === mine.filter) console.error = mine.original;
    active = null;
  };
}

function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  const text = inspect(value, { depth: 6 });
  const safe = clean(text);
  return safe === text ? value : safe;
}

import { ProblemError } from './problem.ts';

/** Reads a JSON body strictly; see `findJsonFault`. Throws `malformed_json` with the position of the first fault. */
export function parseJsonBody(bytes: Buffer, maxDepth: number): unknown {
  const text = decodeUtf8(bytes);
  const fault = findJsonFault(text, maxDepth);
  if (fault !== null) throw malformed(fault.reason, fault.position);
  return JSON.parse(text);
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The body is not valid UTF-8.', firstInvalidByte(bytes));
  }
}

/** Length of the longest valid prefix, found by halving: decoding a prefix with `stream` forgives only its cut end. */
function firstInvalidByte(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

function malformed(detail: string, position: number): ProblemError {
  return new ProblemError('malformed_json', detail, { extra: { position } });
}

export interface JsonFault {
  readonly position: number;
  readonly reason: string;
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/**
 * The first place where a text is no JSON, or is JSON that means trouble: deeper than `maxDepth`, a key twice in one
 * object (readers disagree which counts), `__proto__` as a key, a number that is no finite double. `null` when it is well.
 */
export function findJsonFault(text: string, maxDepth: number): JsonFault | null {
  const scanner = new Scanner(text, maxDepth);
  try {
    scanner.document();
    return null;
  } catch (error) {
    if (error instanceof ScanFault) return { position: error.position, reason: error.message };
    throw error;
  }
}

class ScanFault extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

class Scanner {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): void {
    this.#take(SPACE);
    if (this.#at === this.#text.length) this.#fail('The body is empty.');
    this.#value(1);
    this.#take(SPACE);
    if (this.#at < this.#text.length) this.#fail('There is text after the end of the JSON document.');
  }

  #value(depth: number): void {
    const first = this.#text[this.#at];
    if (first === '{' || first === '[') {
      if (depth > this.#maxDepth) this.#fail(`The JSON is nested deeper than ${this.#maxDepth}.`);
      if (first === '{') this.#object(depth);
      else this.#array(depth);
    } else if (first === '"') {
      if (this.#take(STRING) === null)
        this.#fail('A text is not ended, or holds a control character or a broken escape.');
    } else if (this.#take(WORD) === null) this.#number();
  }

  #number(): void {
    const startedAt = this.#at;
    const digits = this.#take(NUMBER);
    if (digits === null)
      this.#fail(this.#at === this.#text.length ? 'The JSON ends too early.' : 'A value was expected.');
    else if (!Number.isFinite(Number(digits))) {
      this.#at = startedAt;
      this.#fail('A number is too large.');
    }
  }

  #array(depth: number): void {
    this.#at++;
    this.#take(SPACE);
    if (this.#skip(']')) return;
    for (;;) {
      this.#value(depth + 1);
      this.#take(SPACE);
      if (this.#skip(']')) return;
      if (!this.#skip(',')) this.#fail('A comma or the end of the list was expected.');
      this.#take(SPACE);
    }
  }

  #object(depth: number): void {
    this.#at++;
    this.#take(SPACE);
    if (this.#skip('}')) return;
    const keys = new Set<string>();
    for (;;) {
      this.#key(keys);
      this.#take(SPACE);
      if (!this.#skip(':')) this.#fail('A colon was expected.');
      this.#take(SPACE);
      this.#value(depth + 1);
      this.#take(SPACE);
      if (this.#skip('}')) return;
      if (!this.#skip(',')) this.#fail('A comma or the end of the object was expected.');
      this.#take(SPACE);
    }
  }

  #key(keys: Set<string>): void {
    const startedAt = this.#at;
    const quoted = this.#take(STRING);
    if (quoted === null) this.#fail('A key in double quotes was expected.');
    const key = JSON.parse(quoted ?? '""') as string;
    if (!keys.has(key) && key !== '__proto__') {
      keys.add(key);
      return;
    }
    this.#at = startedAt;
    this.#fail(key === '__proto__' ? 'The key __proto__ is not allowed.' : 'A key stands twice in one object.');
  }

  /** Moves over a match at the present place and returns it. */
  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    if (match === undefined) return null;
    this.#at += match.length;
    return match;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #fail(message: string): never {
    throw new ScanFault(message, this.#at);
  }
}

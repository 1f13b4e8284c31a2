/** A line that is not what a tape holds. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

/** The members of one JSON object of a tape, read by their types. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  private constructor(values: unknown) {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) Fields.refuse('it is no object');
    this.#values = values as Record<string, unknown>;
  }

  /** @throws FieldError when the text is no JSON object. */
  static parse(text: string): Fields {
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch {
      Fields.refuse('it is no JSON');
    }
    return new Fields(values);
  }

  static refuse(why: string): never {
    throw new FieldError(why);
  }

  fail(key: string, why: string): never {
    throw new FieldError(`"${key}" ${why}`);
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined;
  }

  literal(key: string, value: unknown): void {
    if (this.#values[key] !== value) this.fail(key, `is not ${String(value)}`);
  }

  text(key: string): string {
    const value = this.#values[key];
    return typeof value === 'string' ? value : this.fail(key, 'is no text');
  }

  maybeText(key: string): string | null {
    const value = this.#values[key];
    return value === undefined || value === null ? null : this.text(key);
  }

  number(key: string): number {
    const value = this.#values[key];
    return typeof value === 'number' ? value : this.fail(key, 'is no number');
  }

  maybe(key: string): number | null {
    const value = this.#values[key];
    return value === undefined || value === null ? null : this.number(key);
  }

  flag(key: string): boolean {
    const value = this.#values[key];
    return typeof value === 'boolean' ? value : this.fail(key, 'is neither true nor false');
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.#values[key];
    return (allowed as readonly unknown[]).includes(value) ? (value as T) : this.fail(key, 'is not known');
  }

  texts(key: string): readonly string[] {
    const value = this.#values[key];
    if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string'))
      this.fail(key, 'is no list of texts');
    return value as readonly string[];
  }

  list(key: string): readonly Fields[] {
    const value = this.#values[key];
    if (!Array.isArray(value)) this.fail(key, 'is no list');
    return (value as readonly unknown[]).map((entry) => new Fields(entry));
  }

  inner(key: string): Fields {
    return new Fields(this.#values[key]);
  }
}

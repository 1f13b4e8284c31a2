import type { Params } from '@angular/router';

/** How one key of a page's URL is read and written. */
export interface UrlField<T> {
  readonly initial: T;
  /** `undefined` when the text is not allowed. */
  read(text: string): T | undefined;
  write(value: T): string;
}
export type UrlShape = Readonly<Record<string, UrlField<unknown>>>;
export type UrlValues<S extends UrlShape> = { readonly [K in keyof S]: S[K] extends UrlField<infer T> ? T : never };

export interface ReadUrl<S extends UrlShape> {
  readonly values: UrlValues<S>;
  /** Keys that are unknown or hold what is not allowed; the page tells about them once. */
  readonly dropped: readonly string[];
}

/** One of a closed list. */
export function oneOf<const T extends string>(allowed: readonly T[], initial: T): UrlField<T> {
  return { initial, read: (text) => allowed.find((choice) => choice === text), write: (value) => value };
}

/** Free text up to `longest` characters. */
export function freeText(longest: number): UrlField<string> {
  return {
    initial: '',
    read: (text) => (text.length <= longest ? text : undefined),
    write: (value) => value.slice(0, longest),
  };
}

export function readUrl<S extends UrlShape>(shape: S, params: Params): ReadUrl<S> {
  const values: Record<string, unknown> = {};
  const dropped = Object.keys(params).filter((key) => !(key in shape));
  for (const [key, field] of Object.entries(shape)) {
    const text: unknown = params[key];
    const value = typeof text === 'string' ? field.read(text) : undefined;
    if (text !== undefined && value === undefined) dropped.push(key);
    values[key] = value ?? field.initial;
  }
  return { values: values as UrlValues<S>, dropped };
}

/** Query parameters for a change of state; a default is written as absence. */
export function writeUrl<S extends UrlShape>(shape: S, change: Partial<UrlValues<S>>): Params {
  const params: Params = {};
  for (const [key, value] of Object.entries(change)) {
    const field = shape[key];
    if (!field) continue;
    const text = field.write(value);
    params[key] = text === field.write(field.initial) ? null : text;
  }
  return params;
}

import { computed, signal } from '@angular/core';
import { LatestRequest } from './request.ts';

/** One page of a list that goes on behind a cursor. */
export interface CursorPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

type Ask<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<CursorPage<T>>;

/** A list that is read page by page: a new question begins anew, {@link more} adds the next page. Call in an injection context. */
export class CursorList<T> {
  readonly #request = new LatestRequest<CursorPage<T>>();
  readonly #items = signal<readonly T[] | null>(null);
  readonly #next = signal<string | null>(null);
  #ask: Ask<T> | null = null;

  /** All rows read so far; null before the first answer. */
  readonly items = this.#items.asReadonly();
  readonly problem = this.#request.problem;
  readonly loading = this.#request.loading;
  readonly hasMore = computed(() => this.#next() !== null);

  /** Reads the first page; rows of another question go at once. */
  async ask(ask: Ask<T>): Promise<void> {
    this.#ask = ask;
    this.#items.set(null);
    this.#next.set(null);
    await this.#read(undefined);
  }

  /** Reads from the beginning again; the rows stay until the new ones are there. */
  async refresh(): Promise<void> {
    await this.#read(undefined);
  }

  /** Adds the next page. */
  async more(): Promise<void> {
    const next = this.#next();
    if (next !== null && !this.loading()) await this.#read(next);
  }

  /** Puts a changed row into the place of the one it was. */
  replace(row: T, same: (other: T) => boolean): void {
    this.#items.update((items) => items?.map((item) => (same(item) ? row : item)) ?? null);
  }

  async #read(cursor: string | undefined): Promise<void> {
    const ask = this.#ask;
    if (ask === null) return;
    const page = await this.#request.run((signal) => ask(cursor, signal));
    if (page === null) return;
    this.#items.update((items) => (cursor === undefined ? page.items : [...(items ?? []), ...page.items]));
    this.#next.set(page.nextCursor);
  }
}

import { Injectable, computed, inject, signal } from '@angular/core';
import { watchlist } from '@ziggy/contracts';
import type { Watchlist } from '@ziggy/contracts';
import { NEW_KEY } from './environment.ts';
import { RequestProblem, localProblem } from './problem.ts';
import { refreshWhileVisible } from './refresh.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';
import { mergeWatchlist } from './watchlist-merge.ts';
import type { WatchlistEdit } from './watchlist-merge.ts';

const REFRESH_MS = 30_000;
const RETRY_MS = 5_000;
/** How often a save meets a newer version before it gives up. */
const MOST_MERGES = 5;

/** The caller's watchlists. Every change is the server's before it is shown; edits of other tabs are merged by item. */
@Injectable({ providedIn: 'root' })
export class WatchlistsStore {
  readonly #rest = inject(Rest);
  readonly #newKey = inject(NEW_KEY);
  readonly #read = new LatestRequest<readonly Watchlist[]>();
  readonly #written = signal<readonly Watchlist[] | null>(null);
  readonly #failure = signal<RequestProblem | null>(null);
  readonly #busy = signal(0);
  #queue: Promise<unknown> = Promise.resolve();

  /** In the order in which they were made; null before the first answer. */
  readonly lists = this.#written.asReadonly();
  readonly problem = this.#read.problem;
  /** Why the last change was not made; null once one was. */
  readonly failure = this.#failure.asReadonly();
  readonly busy = computed(() => this.#busy() > 0);

  constructor() {
    refreshWhileVisible({
      everyMs: REFRESH_MS,
      retryMs: RETRY_MS,
      problem: this.#read.problem,
      run: () => this.refresh(),
    });
  }

  list(id: string): Watchlist | null {
    return this.#written()?.find((list) => list.id === id) ?? null;
  }

  refresh(): void {
    if (this.#busy() > 0) return; // what is read now may be older than what is being written
    void this.#read
      .run(async (signal) => (await this.#rest.watchlists(signal)).items)
      .then((items) => {
        if (items && this.#busy() === 0) this.#written.set(items);
      });
  }

  clearFailure(): void {
    this.#failure.set(null);
  }

  /** Resolves with the new list, null when it was refused. */
  create(edit: WatchlistEdit): Promise<Watchlist | null> {
    return this.#inOrder(async () => {
      const made = await this.#rest.addWatchlist(edit, this.#newKey());
      this.#written.update((lists) => [...(lists ?? []), made]);
      return made;
    });
  }

  /** Changes a list as `edit` says, from the newest state known. Resolves with the list as stored, null when it was refused. */
  change(id: string, edit: (list: Watchlist) => WatchlistEdit): Promise<Watchlist | null> {
    return this.#inOrder(async () => {
      const known = this.list(id);
      if (!known) throw localProblem('gone');
      return this.#save(known, edit(known));
    });
  }

  /** Saves what was made of `base` in an editor, which may be older than the newest state known. */
  save(base: Watchlist, mine: WatchlistEdit): Promise<Watchlist | null> {
    return this.#inOrder(() => this.#save(base, mine));
  }

  remove(list: Watchlist): Promise<boolean> {
    return this.#inOrder(async () => {
      await this.#rest.removeWatchlist(this.list(list.id) ?? list, this.#newKey());
      this.#written.update((lists) => lists?.filter(({ id }) => id !== list.id) ?? null);
      return true;
    }).then((done) => done === true);
  }

  async #save(base: Watchlist, mine: WatchlistEdit): Promise<Watchlist> {
    for (let attempt = 0; ; attempt += 1) {
      const { id, version } = base;
      try {
        const stored = await this.#rest.changeWatchlist(id, { ...bare(mine), version }, this.#newKey());
        this.#written.update((lists) => lists?.map((list) => (list.id === id ? stored : list)) ?? [stored]);
        return stored;
      } catch (error) {
        const theirs = attempt < MOST_MERGES ? conflicting(error) : null;
        if (!theirs) throw error;
        mine = mergeWatchlist(base, mine, theirs);
        base = theirs;
      }
    }
  }

  /** One write after another: two quick ones of one tab never meet each other. */
  #inOrder<T>(write: () => Promise<T>): Promise<T | null> {
    this.#busy.update((count) => count + 1);
    const result = this.#queue.then(write).then(
      (value) => {
        this.#failure.set(null);
        return value;
      },
      (error: unknown) => {
        this.#failure.set(error instanceof RequestProblem ? error : localProblem('network'));
        return null;
      },
    );
    this.#queue = result.finally(() => this.#busy.update((count) => count - 1));
    return result;
  }
}

const bare = ({ name, sections }: WatchlistEdit): WatchlistEdit => ({ name, sections });

/** The list as it is by now, when an error says that ours was old. */
function conflicting(error: unknown): Watchlist | null {
  if (!(error instanceof RequestProblem) || error.code !== 'version_conflict') return null;
  const { current } = error.body as { current?: unknown };
  const parsed = watchlist.safeParse(current);
  return parsed.success ? parsed.data : null;
}

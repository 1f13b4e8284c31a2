/** What waits for its turn to be written. */
interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (out: Out) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitLimits {
  /** Items in one write. */
  readonly batch: number;
  /** Items that may wait; beyond, `add` fails at once. */
  readonly waiting: number;
}

/**
 * Writes items in groups: while one write is on its way, what comes meanwhile waits and goes with the next, so the cost of
 * a commit is shared by as many as came during the one before. One write at a time keeps the order of arrival.
 */
export class GroupCommit<In, Out> {
  readonly #write: (items: readonly In[]) => Promise<readonly Out[]>;
  readonly #limits: GroupCommitLimits;
  readonly #overload: () => Error;
  #waiting: Waiting<In, Out>[] = [];
  #running: Promise<void> | null = null;

  /** @param write stores all items or none, and answers in their order */
  constructor(
    write: (items: readonly In[]) => Promise<readonly Out[]>,
    limits: GroupCommitLimits,
    overload: () => Error,
  ) {
    this.#write = write;
    this.#limits = limits;
    this.#overload = overload;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when the item is stored. */
  add(item: In): Promise<Out> {
    if (this.#waiting.length >= this.#limits.waiting) return Promise.reject(this.#overload());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#running ??= this.#run().finally(() => (this.#running = null));
    });
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    // What is added in this turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, this.#limits.batch);
      this.#waiting = this.#waiting.slice(this.#limits.batch);
      await this.#commit(group);
    }
  }

  async #commit(group: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await this.#write(group.map(({ item }) => item));
      group.forEach(({ resolve }, i) => resolve(answers[i] as Out));
    } catch (error) {
      if (group.length === 1 || !isFaultOfOne(error)) return group.forEach(({ reject }) => reject(error));
      // One faulty item must not cost the others: halves find it in few writes.
      const half = group.length >> 1;
      await this.#commit(group.slice(0, half));
      await this.#commit(group.slice(half));
    }
  }
}

/** True for what PostgreSQL refuses in a value or row (SQLSTATE 22 and 23), false for trouble with the database itself. */
function isFaultOfOne(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^2[23]/.test(code);
}

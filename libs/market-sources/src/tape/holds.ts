/** Work that a handler could not end at once; the queue waits for it. */
export class Holds {
  readonly #works = new Set<Promise<unknown>>();

  get any(): boolean {
    return this.#works.size > 0;
  }

  add(work: Promise<unknown>): void {
    this.#works.add(work);
    const done = (): void => void this.#works.delete(work);
    work.then(done, done);
  }

  /** Settles when nothing is left, also of what came meanwhile. */
  async drain(): Promise<void> {
    while (this.any) await Promise.allSettled(this.#works);
  }
}

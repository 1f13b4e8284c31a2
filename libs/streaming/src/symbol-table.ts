/**
 * Small dense numbers for topic names, in the order they are first seen. A number is never given twice, so arrays
 * indexed by it need no removal. `capacity` bounds the memory that strangers' names can take.
 */
export class SymbolTable {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#names.length;
  }

  /** The id of a known name, or `undefined`. */
  find(name: string): number | undefined {
    return this.#ids.get(name);
  }

  /** The id of a name, giving it one if needed; `undefined` when the table is full. */
  intern(name: string): number | undefined {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= this.#capacity) return undefined;
    const id = this.#names.length;
    this.#ids.set(name, id);
    this.#names.push(name);
    return id;
  }

  nameOf(id: number): string | undefined {
    return this.#names[id];
  }
}

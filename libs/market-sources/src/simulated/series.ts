/** Doubles that only grow at the end; reading outside is a fault of ours. */
export class Series {
  #values = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    if (index < 0 || index >= this.#length) throw new RangeError(`No value ${index} of ${this.#length}.`);
    return this.#values[index] as number;
  }
}

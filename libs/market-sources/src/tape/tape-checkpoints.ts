import type { Symbol } from '@ziggy/domain';
import type { QuotePosition, TapeCheckpoint, TapeHealth, TapeRecord } from './tape.ts';

const SPACING_MS = 30 * 60_000;
/** Quotes that all checkpoints together may name; beyond, every second one goes and the spacing doubles. */
const ENTRIES_MAX = 1_000_000;

/** A checkpoint with the member of the file that it stands in front of. */
export interface PlacedCheckpoint extends TapeCheckpoint {
  readonly segment: number;
}

/** What a source would know, at each half hour of a tape: collected while it is checked, so that a seek is short. */
export class Checkpoints {
  #kept: PlacedCheckpoint[] = [];
  readonly #quotes = new Map<Symbol, QuotePosition>();
  #health: TapeHealth | null = null;
  #spacing = SPACING_MS;
  #entries = 0;
  #bucket: number | null = null;
  #lastT: number | null = null;
  #lastN = 0;

  /** A member begins with a record of this time. */
  segment(index: number, t: number): void {
    if (this.#lastT === null) return;
    const bucket = Math.floor(t / this.#spacing);
    if (bucket === this.#bucket) return;
    this.#bucket = bucket;
    this.#kept.push({
      t: this.#lastT,
      n: this.#lastN,
      segment: index,
      quotes: new Map(this.#quotes),
      health: this.#health,
    });
    this.#entries += this.#quotes.size;
    if (this.#entries > ENTRIES_MAX) this.#thin();
  }

  record(record: TapeRecord): void {
    this.#lastT = record.t;
    this.#lastN = record.n;
    if (record.k === 'q') this.#quotes.set(record.quote.symbol, { quote: record.quote, t: record.t, n: record.n });
    else if (record.k === 'h') this.#health = record.health;
  }

  /** The last one at or before a market time. */
  before(at: number): PlacedCheckpoint | null {
    let [low, high] = [0, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#kept[middle] as PlacedCheckpoint).t <= at) low = middle + 1;
      else high = middle;
    }
    return this.#kept[low - 1] ?? null;
  }

  #thin(): void {
    this.#kept = this.#kept.filter((_, i) => i % 2 === 1);
    this.#spacing *= 2;
    this.#entries = this.#kept.reduce((sum, { quotes }) => sum + quotes.size, 0);
  }
}

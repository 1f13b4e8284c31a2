import type { AssetClass, Instrument, Symbol } from '@ziggy/domain';
import { SourceError } from '@ziggy/market-sources';
import type { CallContext, MarketSource } from '@ziggy/market-sources';
import type { StoredInstrument } from '../run/market.repository.ts';
import { SingleFlight } from '../source/single-flight.ts';

/** What a symbol was found to be. `unavailable`: the source did not answer, so nobody knows. */
export type Resolution = { readonly instrument: Instrument } | { readonly missing: 'unknown' | 'unavailable' };

export interface DirectoryOptions {
  readonly source: Pick<MarketSource, 'universe' | 'instrument'>;
  readonly call: <T>(work: (ctx: CallContext) => Promise<T>) => Promise<T>;
  /** Stores instruments and returns their numbers. */
  readonly save: (instruments: readonly Instrument[]) => Promise<number[]>;
  readonly wallNow: () => number;
}

/** "Not found" is believed for an hour (market-data.md section 2), for this many symbols at most. */
const UNKNOWN_FOR_MS = 3_600_000;
const UNKNOWN_MAX = 10_000;
/** Instruments held at once. The universe is always among them. */
const KNOWN_MAX = 20_000;

/** Every instrument that this process knows: the source's universe, what was stored, and what was asked for. */
export class InstrumentDirectory {
  readonly #options: DirectoryOptions;
  readonly #known = new Map<Symbol, Instrument>();
  readonly #ids = new Map<Symbol, number>();
  readonly #symbols = new Map<number, Symbol>();
  readonly #unknownUntil = new Map<Symbol, number>();
  readonly #asking = new SingleFlight<Resolution>();
  readonly #saving = new SingleFlight<number>();

  constructor(options: DirectoryOptions) {
    this.#options = options;
    for (const instrument of options.source.universe()) this.#known.set(instrument.symbol, instrument);
  }

  /** Takes over what is stored. The source's own word about an instrument wins. */
  load(stored: readonly StoredInstrument[]): void {
    for (const { id, instrument } of stored) {
      if (!this.#known.has(instrument.symbol)) this.#known.set(instrument.symbol, instrument);
      this.#number(instrument.symbol, id);
    }
  }

  /** Stores the universe, so that every symbol of it has a number. */
  async saveUniverse(): Promise<void> {
    const universe = this.#options.source.universe();
    const ids = await this.#options.save(universe);
    universe.forEach(({ symbol }, i) => this.#number(symbol, ids[i] as number));
  }

  get(symbol: Symbol): Instrument | undefined {
    return this.#known.get(symbol);
  }

  /** Known instruments, the source's universe first. */
  all(): IterableIterator<Instrument> {
    return this.#known.values();
  }

  get size(): number {
    return this.#known.size;
  }

  symbolOf(id: number): Symbol | undefined {
    return this.#symbols.get(id);
  }

  /** The number of an instrument in the database; stores it when it has none. */
  async idOf(instrument: Instrument): Promise<number> {
    const known = this.#ids.get(instrument.symbol);
    if (known !== undefined) return known;
    return this.#saving.run(instrument.symbol, async () => {
      const [id] = await this.#options.save([instrument]);
      this.#number(instrument.symbol, id as number);
      return id as number;
    });
  }

  /** The number of an instrument if it has one already. */
  knownId(symbol: Symbol): number | undefined {
    return this.#ids.get(symbol);
  }

  /** Finds out what a symbol is, asking the source when nobody did in the last hour. Never throws. */
  async resolve(symbol: Symbol): Promise<Resolution> {
    const known = this.#known.get(symbol);
    if (known !== undefined) return { instrument: known };
    const until = this.#unknownUntil.get(symbol);
    if (until !== undefined && until > this.#options.wallNow()) return { missing: 'unknown' };
    return this.#asking.run(symbol, () => this.#ask(symbol));
  }

  /** Takes over an instrument that the source told by itself, e.g. as an answer to a search. */
  learn(instrument: Instrument): void {
    if (this.#known.has(instrument.symbol) || this.#known.size >= KNOWN_MAX) return;
    this.#known.set(instrument.symbol, instrument);
    this.#unknownUntil.delete(instrument.symbol);
  }

  /** Known symbols that look like a mistyped one, best first. */
  nearest(text: string, count: number): Symbol[] {
    const starts: Symbol[] = [];
    const near: [Symbol, number][] = [];
    for (const symbol of this.#known.keys()) {
      if (symbol.startsWith(text) || text.startsWith(symbol)) starts.push(symbol);
      else {
        const distance = editDistance(text, symbol, MOST_EDITS);
        if (distance <= MOST_EDITS) near.push([symbol, distance]);
      }
    }
    near.sort((a, b) => a[1] - b[1]);
    return [...starts, ...near.map(([symbol]) => symbol)].slice(0, count);
  }

  async #ask(symbol: Symbol): Promise<Resolution> {
    try {
      const instrument = await this.#options.call((ctx) => this.#options.source.instrument(symbol, ctx));
      if (instrument === null) return this.#unknown(symbol);
      this.learn(instrument);
      return { instrument };
    } catch (error) {
      if (error instanceof SourceError && (error.code === 'NotFound' || error.code === 'BadRequest'))
        return this.#unknown(symbol);
      return { missing: 'unavailable' };
    }
  }

  #unknown(symbol: Symbol): Resolution {
    if (this.#unknownUntil.size >= UNKNOWN_MAX)
      this.#unknownUntil.delete(this.#unknownUntil.keys().next().value as Symbol);
    this.#unknownUntil.set(symbol, this.#options.wallNow() + UNKNOWN_FOR_MS);
    return { missing: 'unknown' };
  }

  #number(symbol: Symbol, id: number): void {
    this.#ids.set(symbol, id);
    this.#symbols.set(id, symbol);
  }
}

const MOST_EDITS = 2;

/** Edit distance, cut off above `most`: one pass over short strings, so thousands of symbols are compared in a millisecond. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + same));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Rank of a search hit: how it matched, then how well. */
export interface LocalHit {
  readonly instrument: Instrument;
  readonly matched: 'symbol' | 'name' | 'alias';
  /** 0..1, a rank. */
  readonly score: number;
}

/** Searches known instruments: exact symbol, symbol prefix, alias, word of the name, part of the name; in this order. */
export function searchInstruments(
  instruments: Iterable<Instrument>,
  text: string,
  options: { limit: number; assetClasses: readonly AssetClass[] | null },
): LocalHit[] {
  const upper = text.trim().toUpperCase();
  const hits: LocalHit[] = [];
  for (const instrument of instruments) {
    if (options.assetClasses !== null && !options.assetClasses.includes(instrument.assetClass)) continue;
    const hit = matchOf(instrument, upper);
    if (hit !== null) hits.push(hit);
  }
  return hits
    .sort((a, b) => b.score - a.score || (a.instrument.symbol < b.instrument.symbol ? -1 : 1))
    .slice(0, options.limit);
}

function matchOf(instrument: Instrument, text: string): LocalHit | null {
  const { symbol } = instrument;
  if (symbol === text) return { instrument, matched: 'symbol', score: 1 };
  if (symbol.startsWith(text))
    return { instrument, matched: 'symbol', score: 0.9 * (0.8 + 0.2 * (text.length / symbol.length)) };
  if (instrument.aliases.some((alias) => alias.toUpperCase() === text))
    return { instrument, matched: 'alias', score: 0.7 };
  const name = instrument.name.toUpperCase();
  const at = name.indexOf(text);
  if (at === 0) return { instrument, matched: 'name', score: 0.6 };
  if (at > 0 && /[^A-Z0-9]/.test(name[at - 1] as string)) return { instrument, matched: 'name', score: 0.5 };
  if (text.length >= 2 && symbol.includes(text)) return { instrument, matched: 'symbol', score: 0.4 };
  if (text.length >= 3 && at > 0) return { instrument, matched: 'name', score: 0.3 };
  return null;
}

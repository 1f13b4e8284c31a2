import type { Instrument, Symbol } from '@ziggy/domain';
import type { CorporateAction } from '../port.ts';
import type { Tape, TapeFact } from './tape.ts';

/** What a tape said for good up to the playhead: which instruments are listed, and which corporate actions are known. */
export class TapeFacts {
  readonly #facts: readonly TapeFact[];
  readonly #listed = new Map<Symbol, Instrument>();
  readonly #actions = new Map<Symbol, CorporateAction[]>();
  /** Facts that were taken, in their order. */
  #taken = 0;

  constructor({ header, facts }: Pick<Tape, 'header' | 'facts'>) {
    this.#facts = facts;
    for (const instrument of header.instruments) this.#listed.set(instrument.symbol, instrument);
    for (const action of header.actions) this.#add(action);
  }

  /** Takes what the records up to number `n` say, those that were jumped over included. */
  reach(n: number): void {
    for (let fact = this.#facts[this.#taken]; fact !== undefined && fact.n <= n; fact = this.#facts[++this.#taken]) {
      if (fact.k === 'c') this.#add(fact.action);
      else this.#listed.set(fact.instrument.symbol, fact.instrument);
    }
  }

  listed(symbol: Symbol): Instrument | null {
    return this.#listed.get(symbol) ?? null;
  }

  instruments(): readonly Instrument[] {
    return [...this.#listed.values()];
  }

  /** Actions that the market knew of by a market time (epoch ms). */
  actions(symbol: Symbol, by: number): readonly CorporateAction[] {
    return (this.#actions.get(symbol) ?? []).filter(({ knownAt }) => knownAt <= by);
  }

  #add(action: CorporateAction): void {
    const known = this.#actions.get(action.symbol);
    if (known === undefined) this.#actions.set(action.symbol, [action]);
    else known.push(action);
  }
}

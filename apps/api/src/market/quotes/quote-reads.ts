import { Injectable } from '@nestjs/common';
import type { NullReason } from '@ziggy/contracts';
import type { Instrument, Symbol } from '@ziggy/domain';
import { WallClock } from '../../platform/clock.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { Demand } from '../source/demand.ts';
import { InstrumentDirectory } from '../instruments/instrument-directory.ts';
import { QuotePipeline } from './quote-pipeline.ts';
import type { QuoteRecord } from './quote-record.ts';
import type { AskedQuote } from './quote-view.ts';

/** An interactive miss waits so long for the source's first value, then it is null with `source_timeout`. */
const FIRST_VALUE_MS = 2_500;
const LOOK_EVERY_MS = 25;
const NONE_MISSING: ReadonlyMap<Symbol, NullReason> = new Map();

/** Reads quotes on demand: what nobody watched yet is asked for, and its first value waited for a moment. */
@Injectable()
export class QuoteReads {
  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly demand: Demand,
    private readonly pipeline: QuotePipeline,
    private readonly wall: WallClock,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** What is known of each symbol, in order; it stays wanted for a while. */
  async asked(symbols: readonly Symbol[]): Promise<AskedQuote[]> {
    const missing = await this.#await(symbols);
    const expired = this.market.adapter.health().state === 'down' ? 'source_unavailable' : 'stale';
    return symbols.map((symbol) => ({
      symbol,
      record: this.pipeline.record(symbol),
      missing: missing.get(symbol) ?? 'no_data',
      expired,
    }));
  }

  record(symbol: Symbol): QuoteRecord | undefined {
    return this.pipeline.record(symbol);
  }

  /** What is known of the symbol without asking anybody. */
  instrument(symbol: Symbol): Instrument | null {
    return this.directory.get(symbol) ?? null;
  }

  /**
   * Sees to it that the symbols are known and asked for, and waits a moment for the first value of those that have none.
   * @returns why a symbol has no value, for those that have none.
   */
  async #await(symbols: readonly Symbol[]): Promise<ReadonlyMap<Symbol, NullReason>> {
    const open = symbols.filter((symbol) => !this.#isAtHand(symbol));
    return open.length === 0 ? NONE_MISSING : this.#awaitOpen(open);
  }

  /** True, and asked for again, when the symbol has a value already: so it is nearly always. */
  #isAtHand(symbol: Symbol): boolean {
    if (this.pipeline.record(symbol) === undefined || this.directory.get(symbol) === undefined) return false;
    this.demand.ask(symbol);
    return true;
  }

  async #awaitOpen(symbols: readonly Symbol[]): Promise<Map<Symbol, NullReason>> {
    const missing = new Map<Symbol, NullReason>();
    await Promise.all(
      symbols.map(async (symbol) => {
        const reason = await this.#ask(symbol);
        if (reason !== null) missing.set(symbol, reason);
      }),
    );
    const waitFor = symbols.filter((symbol) => !missing.has(symbol) && this.pipeline.record(symbol) === undefined);
    const endsAt = this.wall.now() + FIRST_VALUE_MS;
    // Taken out once: the adapter is a proxy, and this is asked often.
    const { notReturned } = this.market.adapter;
    const pending = (symbol: Symbol): boolean => this.pipeline.record(symbol) === undefined && !notReturned(symbol);
    while (waitFor.some(pending) && this.wall.now() < endsAt && !this.#silent()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    const why = this.#silent() ? 'source_unavailable' : 'source_timeout';
    for (const symbol of waitFor) missing.set(symbol, notReturned(symbol) ? 'not_returned' : why);
    return missing;
  }

  async #ask(symbol: Symbol): Promise<NullReason | null> {
    if (this.pipeline.record(symbol) === undefined || this.directory.get(symbol) === undefined) {
      const found = await this.directory.resolve(symbol);
      if (!('instrument' in found)) return found.missing === 'unknown' ? 'unknown_symbol' : 'source_unavailable';
    }
    return this.demand.ask(symbol) || this.pipeline.record(symbol) !== undefined ? null : 'not_configured';
  }

  /** True when waiting for the source is in vain. */
  #silent(): boolean {
    return (
      this.lifecycle.draining.aborted ||
      ['down', 'off'].includes(this.market.adapter.health().state) ||
      this.market.adapter.clock.state() === 'ended'
    );
  }
}

import { Injectable } from '@nestjs/common';
import type { Instrument, Symbol } from '@ziggy/domain';
import type { Subscription } from 'rxjs';
import { Brain } from '../../brain/brain.service.ts';
import { LiveBars } from '../../charts/live/live-bars.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { Demand } from '../source/demand.ts';
import { InstrumentDirectory } from '../instruments/instrument-directory.ts';
import { trackedInstruments } from '../lists/tracked.ts';

/** Keeps bars and brain of what is wanted, and of nothing else. */
@Injectable()
export class WantedSymbols {
  #wanted: ReadonlySet<Symbol> = new Set();

  constructor(
    private readonly market: ActiveMarket,
    private readonly demand: Demand,
    private readonly directory: InstrumentDirectory,
    private readonly live: LiveBars,
    private readonly brain: Brain,
  ) {}

  get all(): ReadonlySet<Symbol> {
    return this.#wanted;
  }

  /**
   * Wants the source's own symbols, and follows the demand from now on.
   * @param onCome told what is wanted newly and known
   */
  start(onCome: (symbols: readonly Symbol[]) => void): Subscription {
    const { adapter } = this.market;
    for (const { symbol } of trackedInstruments(adapter)) this.demand.acquire(symbol, 'universe');
    if (adapter.indexSymbol !== null) this.demand.acquire(adapter.indexSymbol, 'index');
    return this.demand.wanted$.subscribe((wanted) => {
      const came = this.#change(wanted);
      if (came.length > 0) onCome(came.map(({ symbol }) => symbol));
    });
  }

  #change(wanted: ReadonlySet<Symbol>): readonly Instrument[] {
    const came: Instrument[] = [];
    for (const symbol of wanted) {
      const instrument = this.#wanted.has(symbol) ? undefined : this.directory.get(symbol);
      if (instrument === undefined) continue;
      this.live.track(instrument);
      this.brain.ensure(instrument);
      came.push(instrument);
    }
    for (const symbol of this.#wanted) {
      if (wanted.has(symbol)) continue;
      this.live.untrack(symbol);
      this.brain.forget(symbol);
    }
    this.#wanted = wanted;
    return came;
  }
}

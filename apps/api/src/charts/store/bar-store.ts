import { Injectable } from '@nestjs/common';
import type { Interval, Symbol } from '@ziggy/domain';
import type { Counter } from 'prom-client';
import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { ActiveMarket } from '../../market/source/active-market.ts';
import { InstrumentDirectory } from '../../market/instruments/instrument-directory.ts';
import { Metrics } from '../../platform/metrics.ts';
import type { BarRow } from './bar-rows.ts';
import { BarRepository } from './bar.repository.ts';

/** `bar.revised`: another row took the place of a complete bar; the old one is in `bar_revision`. */
export interface RevisedBar {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly openTime: number;
  readonly revision: number;
}

/** Written with a fence that is no longer the market's; the same write may succeed soon. */
export class FenceBehind extends Error {
  override readonly name = 'FenceBehind';
}

/** The one way of bars into the database: under the fence of this process's lead, counted, revisions told. */
@Injectable()
export class BarStore {
  readonly revised$: Observable<RevisedBar>;
  readonly #revised = new Subject<RevisedBar>();
  readonly #market: ActiveMarket;
  readonly #bars: BarRepository;
  readonly #directory: InstrumentDirectory;
  readonly #written: Counter;
  readonly #revisions: Counter;

  constructor(market: ActiveMarket, bars: BarRepository, directory: InstrumentDirectory, metrics: Metrics) {
    this.#market = market;
    this.#bars = bars;
    this.#directory = directory;
    this.revised$ = this.#revised;
    this.#written = metrics.counter({
      name: 'bars_written_total',
      help: 'Bars written to the database; the same bar again is not written.',
    });
    this.#revisions = metrics.counter({
      name: 'bar_revisions_total',
      help: 'Complete bars that a later trade or the source replaced.',
    });
  }

  /** @returns how many rows were written; the same bars again write none. */
  async save(rows: readonly BarRow[]): Promise<number> {
    const { marketId, leadership } = this.#market;
    const { written, refused, revised } = await this.#bars.store(marketId, rows, leadership.fence);
    // Either another process leads, and these bars are its own now; or this one has just begun to lead anew and does not
    // know its fence yet: then they are written in a moment.
    if (refused && leadership.feeds) throw new FenceBehind('The lead of this process is being renewed.');
    this.#written.inc(written);
    this.#revisions.inc(revised.length);
    for (const { instrumentId, ...bar } of revised) {
      const symbol = this.#directory.symbolOf(instrumentId);
      if (symbol !== undefined) this.#revised.next({ symbol, ...bar });
    }
    return written;
  }
}

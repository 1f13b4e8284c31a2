import { Injectable } from '@nestjs/common';
import type { Symbol } from '@ziggy/domain';
import { barOf } from '../../charts/store/bar-rows.ts';
import { BarRepository } from '../../charts/store/bar.repository.ts';
import { LiveBars } from '../../charts/live/live-bars.ts';
import { Logger } from '../../platform/logger.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { InstrumentDirectory } from '../instruments/instrument-directory.ts';
import { QuotePipeline } from '../quotes/quote-pipeline.ts';

/** Takes the bars that form on from where an earlier run or another leader left them, and breaks them off when this one ends. */
@Injectable()
export class BarResume {
  readonly #log: Logger;

  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly bars: BarRepository,
    private readonly pipeline: QuotePipeline,
    private readonly live: LiveBars,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'Market' });
  }

  /** From what is stored of the forming bars, and from the last quotes. */
  async resume(symbols: Iterable<Symbol>): Promise<void> {
    const wanted = new Set(symbols);
    const scope = { marketId: this.market.marketId, market: this.market.id, source: this.market.source };
    for (const { instrumentId, row } of await this.bars.formingAt(scope, this.market.now())) {
      const symbol = this.directory.symbolOf(instrumentId);
      if (symbol !== undefined && wanted.has(symbol)) this.live.restore(barOf(row, symbol, scope.market, scope.source));
    }
    for (const symbol of wanted) {
      const record = this.pipeline.record(symbol);
      if (record !== undefined && !record.fresh) this.live.takeOver(record);
    }
  }

  /** The same while ticks flow already; a failure is told, and the bars begin anew. */
  resumeBeside(symbols: Iterable<Symbol>): void {
    this.resume(symbols).catch((error: unknown) => this.#log.warn({ err: error }, 'forming bars were not read back'));
  }

  /** Another process leads: its bars are the market's now. */
  interrupt(): void {
    this.live.interruptAll();
    this.pipeline.standBack();
  }
}

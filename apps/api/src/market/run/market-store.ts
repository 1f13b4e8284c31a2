import { Injectable } from '@nestjs/common';
import type { QuoteUpdate, Symbol } from '@ziggy/domain';
import { LiveBars } from '../../charts/live/live-bars.ts';
import { Logger } from '../../platform/logger.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { DataIds } from '../quotes/data-ids.ts';
import { InstrumentDirectory } from '../instruments/instrument-directory.ts';
import { MarketRepository } from './market.repository.ts';
import type { LastQuote } from './market.repository.ts';
import { Outliers } from '../quotes/outliers.ts';
import { QuotePipeline } from '../quotes/quote-pipeline.ts';

/** Keeps the state of the market in the database while this process leads, and reads it back. */
@Injectable()
export class MarketStore {
  readonly #log: Logger;
  /** Quotes that are in the database already. */
  readonly #stored = new Map<Symbol, QuoteUpdate>();
  #storing: Promise<void> | null = null;

  constructor(
    private readonly market: ActiveMarket,
    private readonly repository: MarketRepository,
    private readonly directory: InstrumentDirectory,
    private readonly ids: DataIds,
    private readonly pipeline: QuotePipeline,
    private readonly live: LiveBars,
    private readonly outliers: Outliers,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'MarketStore' });
  }

  /** This process leads from now on: what it numbers stands above all that an earlier leader numbered. */
  takeFence(): void {
    this.ids.raise(this.market.leadership.fence);
  }

  /** Last quotes of an earlier run or of the leader: shown with their age until ticks renew them. */
  async restore(): Promise<void> {
    const now = this.market.now();
    for (const { update, batchId } of await this.repository.lastQuotes(this.market.marketId)) {
      const instrument = this.directory.get(update.symbol);
      if (instrument === undefined || update.exchangeAt > now) continue;
      this.pipeline.restore(instrument, update, batchId);
      this.#stored.set(update.symbol, update);
    }
  }

  /** Market time that the leader had reached when it stored last, epoch ms. */
  reached(): Promise<number | null> {
    return this.repository.clockOf(this.market.id);
  }

  /** Stores clock, forming bars and changed quotes; one run at a time. Failures are told and tried again. */
  store(): Promise<void> {
    if (!this.market.leadership.leads) return this.#storing ?? Promise.resolve();
    this.#storing ??= this.#storeAll()
      .catch((error: unknown) =>
        this.#log.error({ err: error }, 'the state of the market could not be stored; it is tried again'),
      )
      .finally(() => (this.#storing = null));
    return this.#storing;
  }

  async #storeAll(): Promise<void> {
    this.live.storeForming();
    await this.repository.advance(this.market.marketId, this.market.now(), this.ids.fence());
    await this.#storeOutliers();
    const changed: LastQuote[] = [];
    for (const { instrument, update, batchId } of this.pipeline.records()) {
      if (update.price === null || this.#stored.get(instrument.symbol) === update) continue;
      changed.push({ instrumentId: await this.directory.idOf(instrument), update, batchId });
    }
    if (changed.length === 0) return;
    await this.repository.saveLastQuotes(this.market.marketId, this.market.leadership.fence, changed);
    for (const { update } of changed) this.#stored.set(update.symbol, update);
  }

  async #storeOutliers(): Promise<void> {
    for (const { symbol, price, at } of this.outliers.take()) {
      const row = { source: this.market.source, reason: 'outlier', symbol, detail: { price }, marketAt: at };
      await this.repository.quarantine(this.market.marketId, row);
    }
  }
}

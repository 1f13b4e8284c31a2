import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { filter } from 'rxjs';
import type { Subscription } from 'rxjs';
import { ActiveMarket } from '../../market/source/active-market.ts';
import { MarketRepository } from '../../market/run/market.repository.ts';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';
import { Backfill } from '../history/backfill.ts';
import { BarHistory } from '../history/bar-history.ts';
import { BarRepository } from './bar.repository.ts';

const HOUR_MS = 3_600_000;
const BACKFILL_EVERY_MS = 300_000;

/** The leader's care for the tables of bars: those of the coming week exist, those that are too old go. */
@Injectable()
export class BarHousekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log: Logger;
  #leading: Subscription | null = null;
  #tending: Promise<void> | null = null;
  #filling: Promise<void> | null = null;

  constructor(
    private readonly market: ActiveMarket,
    private readonly bars: BarRepository,
    private readonly history: BarHistory,
    private readonly backfill: Backfill,
    private readonly markets: MarketRepository,
    private readonly wall: WallClock,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'BarHousekeeping' });
  }

  onApplicationBootstrap(): void {
    this.#leading = this.market.leadership.standing$
      .pipe(filter((standing) => standing === 'leader'))
      .subscribe(() => void this.tend());
  }

  async onModuleDestroy(): Promise<void> {
    this.#leading?.unsubscribe();
    await this.#tending;
  }

  /** Runs on the leader alone, one run at a time; a failure is told and tried again in an hour. */
  @Interval('bar-housekeeping', HOUR_MS)
  tend(): Promise<void> {
    if (!this.market.leadership.leads) return Promise.resolve();
    this.#tending ??= this.#tend()
      .catch((error: unknown) => this.#log.error({ err: error }, 'the tables of bars were not tended'))
      .finally(() => (this.#tending = null));
    return this.#tending;
  }

  /** Fills holes of the coverage, on the leader alone; what it did not get to waits for the next run. */
  @Interval('bar-backfill', BACKFILL_EVERY_MS)
  fill(): Promise<void> {
    if (!this.market.leadership.leads) return Promise.resolve();
    this.#filling ??= this.backfill
      .run()
      .then((asked) => {
        if (asked > 0) this.#log.info({ asked }, 'holes in the history of bars were filled');
      })
      .catch((error: unknown) => this.#log.error({ err: error }, 'the backfill of bars broke off'))
      .finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #tend(): Promise<void> {
    const marketNow = this.market.now();
    await this.bars.preparePartitions(marketNow);
    // A simulated market may live in another year; tables are shared by all markets of the database, so the older time counts.
    const dropped = await this.bars.dropExpired(Math.min(marketNow, this.wall.now()));
    await this.markets.emptyQuarantine();
    await this.bars.dropOldPolls();
    if (dropped.length === 0) return;
    this.history.forgetCoverage();
    this.#log.info({ dropped }, 'tables of bars that are too old were dropped');
  }
}

import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { QuotePoll } from '@ziggy/market-sources';
import { BarRepository } from '../../charts/store/bar.repository.ts';
import type { ReservedBatch } from '../../charts/store/bar.repository.ts';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';
import { ActiveMarket } from '../source/active-market.ts';

/** Numbers asked for at once; a poll takes one, at most seven in ten seconds. */
const RESERVED = 64;
const REFILL_BELOW = 16;
const SAVE_EVERY_MS = 1_000;
/** Polls that wait for a database that is away: ten minutes of them. */
const WAITING_MAX = 600;

/**
 * Gives each poll of quotes a number at once and notes it soon: quotes do not wait for the database to say where they came
 * from. While no number is at hand they say that it is not known.
 */
@Injectable()
export class QuotePolls implements BeforeApplicationShutdown {
  readonly #log: Logger;
  readonly #reserved: number[] = [];
  #refilling: Promise<void> | null = null;
  #waiting: ReservedBatch[] = [];
  #saving: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly market: ActiveMarket,
    private readonly bars: BarRepository,
    private readonly wall: WallClock,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'QuotePolls' });
  }

  /** Fetches numbers, so that the first poll finds one. */
  prepare(): void {
    if (this.#reserved.length >= REFILL_BELOW) return;
    this.#refilling ??= this.bars
      .reserveBatches(RESERVED)
      .then((ids) => void this.#reserved.push(...ids))
      .catch((error: unknown) => this.#log.warn({ err: error }, 'no numbers for polls of quotes could be had'))
      .finally(() => (this.#refilling = null));
  }

  /** The number of a poll; null when none is at hand. */
  take(poll: QuotePoll): number | null {
    const id = this.#reserved.shift() ?? null;
    this.prepare();
    if (id === null) return null;
    this.#waiting.push({ id, poll, at: this.wall.now() });
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    this.#saveSoon();
    return id;
  }

  /** The database is still there now. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#saving;
    await this.#refilling;
    if (this.#waiting.length > 0) await this.#save();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #save(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const batches = this.#waiting;
    this.#waiting = [];
    this.#saving = this.bars
      .saveBatches(this.market.marketId, this.market.source, batches)
      .catch((error: unknown) => {
        this.#log.warn({ err: error, polls: batches.length }, 'polls of quotes could not be noted; they wait');
        this.#waiting = [...batches, ...this.#waiting].slice(-WAITING_MAX);
      })
      .finally(() => {
        this.#saving = null;
        this.#saveSoon();
      });
    return this.#saving;
  }

  /** One save at a time: what comes while one runs waits for the next. */
  #saveSoon(): void {
    if (this.#waiting.length === 0 || this.#saving !== null) return;
    this.#timer ??= setTimeout(() => void this.#save(), SAVE_EVERY_MS).unref();
  }
}

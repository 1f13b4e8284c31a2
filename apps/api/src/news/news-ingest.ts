import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { RawNews } from '@ziggy/market-sources';
import type { Counter } from 'prom-client';
import { defer, retry, timer } from 'rxjs';
import type { Subscription } from 'rxjs';
import { ActiveMarket } from '../market/source/active-market.ts';
import { EventLog } from '../persistence/event-log.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import { Metrics } from '../platform/metrics.ts';
import { readNews } from './news-reading.ts';
import { newsEventOf } from './news-view.ts';
import { NewsRepository } from './news.repository.ts';
import type { StoredNews } from './news.repository.ts';

/** Headlines that wait for the database; beyond, the oldest go, and a restart finds them in the source again. */
const WAITING_MAX = 5_000;
const PER_TRANSACTION = 50;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
const DAY_MS = 86_400_000;
/** Longer than the longest look back of REST. */
const KEPT_DAYS = 40;
const RETENTION_EVERY_MS = 3_600_000;

/**
 * Takes the source's headlines in on the leader: each new one is stored, appended to the event log and published in one
 * transaction, once, whoever led before.
 */
@Injectable()
export class NewsIngest implements OnApplicationBootstrap {
  readonly #log: Logger;
  readonly #items: Counter;
  readonly #dropped: Counter;
  readonly #waiting: RawNews[] = [];
  #news: Subscription | null = null;
  #working: Promise<void> | null = null;
  #wake: () => void = () => undefined;
  #stopped = false;

  constructor(
    private readonly market: ActiveMarket,
    private readonly repository: NewsRepository,
    private readonly events: EventLog,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'News' });
    this.#items = metrics.counter({ name: 'news_items_total', help: 'Headlines that were new and are stored.' });
    this.#dropped = metrics.counter({
      name: 'news_dropped_total',
      help: 'Headlines that could not be read, or found no room while the database was away.',
    });
  }

  onApplicationBootstrap(): void {
    if (!this.market.adapter.capabilities().news) return;
    const standing = this.market.leadership.standing$.subscribe((next) => {
      if (next === 'leader') this.#listen();
      else this.#silence();
    });
    this.lifecycle.onStop('sources', 'headlines', async () => {
      standing.unsubscribe();
      this.#silence();
      this.#stopped = true;
      this.#wake();
      await this.#working;
    });
  }

  /** Runs on the leader alone. */
  @Interval('news-retention', RETENTION_EVERY_MS)
  async tend(): Promise<void> {
    if (!this.market.leadership.leads) return;
    try {
      await this.repository.dropBefore(this.market.marketId, this.market.now() - KEPT_DAYS * DAY_MS);
    } catch (error) {
      this.#log.error({ err: error }, 'old headlines were not dropped');
    }
  }

  #listen(): void {
    this.#news ??= defer(() => this.market.adapter.news$())
      .pipe(retry({ resetOnSuccess: true, delay: (_error: unknown, tries) => timer(backoff(tries)) }))
      .subscribe((batch) => this.#take(batch));
  }

  #silence(): void {
    this.#news?.unsubscribe();
    this.#news = null;
  }

  #take(batch: readonly RawNews[]): void {
    this.#waiting.push(...batch);
    const surplus = this.#waiting.length - WAITING_MAX;
    if (surplus > 0) {
      this.#waiting.splice(0, surplus);
      this.#dropped.inc(surplus);
      this.#log.error({ surplus }, 'headlines were dropped: the database does not take them');
    }
    this.#work();
  }

  #work(): void {
    this.#working ??= this.#storeAll().finally(() => {
      this.#working = null;
      if (this.#waiting.length > 0 && !this.#stopped) this.#work();
    });
  }

  async #storeAll(): Promise<void> {
    for (let tries = 0; this.#waiting.length > 0;) {
      const batch = this.#waiting.splice(0, PER_TRANSACTION);
      try {
        await this.#store(batch);
        tries = 0;
      } catch (error) {
        if (this.#stopped) return;
        this.#waiting.unshift(...batch);
        if (tries === 0) this.#log.error({ err: error }, 'headlines could not be stored; they wait');
        await this.#pause(backoff(++tries));
        if (this.#stopped) return;
      }
    }
  }

  async #store(batch: readonly RawNews[]): Promise<void> {
    const now = this.market.now();
    const read = batch.map((raw) => readNews(raw, this.market.source, now)).filter((item) => item !== null);
    if (read.length < batch.length) this.#dropped.inc(batch.length - read.length);
    const fresh = await this.repository.transaction(async (tx) => {
      const stored = await this.repository.insert(tx, this.market.marketId, read);
      await this.events.append(
        tx,
        stored.map((item) => this.#event(item)),
      );
      return stored;
    });
    this.#items.inc(fresh.length);
  }

  #event(item: StoredNews): Parameters<EventLog['append']>[1][number] {
    const [symbol, ...others] = item.symbols;
    return {
      partition: { market: this.market.id, channel: 'news', owner: null },
      type: 'news_update',
      id: item.id,
      data: newsEventOf(item, this.market.id),
      ...(symbol !== undefined && others.length === 0 ? { symbol } : {}),
    };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const handle = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(handle);
        resolve();
      };
    });
  }
}

function backoff(tries: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(tries, 10));
}

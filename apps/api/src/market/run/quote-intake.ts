import { Injectable } from '@nestjs/common';
import { defer, retry, timer } from 'rxjs';
import type { Subscription } from 'rxjs';
import { BarRepository } from '../../charts/store/bar.repository.ts';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { Demand } from '../source/demand.ts';
import { QuotePolls } from './quote-polls.ts';
import { QuotePipeline } from '../quotes/quote-pipeline.ts';

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;

/** Where quotes come by themselves the batch is the subscription, and no one answer. */
const SUBSCRIPTION = { requestKey: 'quotes', status: 'ok', tookMs: 0, rows: 0, answers: [] } as const;

/** Takes the source's quotes into the pipeline, and asks again when they break off. */
@Injectable()
export class QuoteIntake {
  readonly #log: Logger;
  #quotes: Subscription | null = null;
  #lastBatchAt: number | null = null;

  constructor(
    private readonly market: ActiveMarket,
    private readonly demand: Demand,
    private readonly pipeline: QuotePipeline,
    private readonly bars: BarRepository,
    private readonly polls: QuotePolls,
    private readonly wall: WallClock,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'Market' });
  }

  /** Wall time of the last batch, epoch ms; `null` before the first. */
  get lastBatchAt(): number | null {
    return this.#lastBatchAt;
  }

  /** Subscribes; a second call without a {@link stop} between changes nothing. */
  start(): void {
    if (this.#quotes !== null) return;
    const { adapter } = this.market;
    const quotes$ = defer(() => adapter.quotes$(this.demand.wanted$)).pipe(
      retry({ resetOnSuccess: true, delay: (error: unknown, tries) => timer(this.#pauseAfter(error, tries)) }),
    );
    if (adapter.capabilities().push) this.#openBatch();
    else {
      this.pipeline.from(null);
      this.polls.prepare();
    }
    this.#quotes = quotes$.subscribe({
      next: (batch) => {
        this.#lastBatchAt = this.wall.now();
        const poll = adapter.pollOf(batch);
        if (poll !== null) this.pipeline.from(this.polls.take(poll));
        this.pipeline.intake(batch);
      },
      error: (error: unknown) => this.#log.error({ err: error }, 'the quotes of the source ended with an error'),
      complete: () => this.#log.info('the quotes of the source ended'),
    });
  }

  stop(): void {
    this.#quotes?.unsubscribe();
    this.#quotes = null;
  }

  #pauseAfter(error: unknown, tries: number): number {
    this.#log.warn({ err: error, tries }, 'the quotes of the source broke off; they are asked for again');
    const most = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(tries, 10));
    // Half of the wait is spread by the clock's own milliseconds: replicas do not come back together.
    return most * (0.5 + (this.wall.now() % 1_000) / 2_000);
  }

  /** Notes the subscription, so that each quote can say where it came from. Quotes do not wait for it. */
  #openBatch(): void {
    this.pipeline.from(null);
    this.bars
      .openBatch(this.market.marketId, this.market.source, SUBSCRIPTION)
      .then((batchId) => this.pipeline.from(batchId))
      .catch((error: unknown) => this.#log.warn({ err: error }, 'the subscription could not be noted'));
  }
}

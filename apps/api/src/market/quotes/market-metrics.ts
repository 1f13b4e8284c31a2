import { Injectable } from '@nestjs/common';
import type { Symbol } from '@ziggy/domain';
import type { Counter } from 'prom-client';
import { Metrics } from '../../platform/metrics.ts';
import { GATE_REASONS } from './gate.ts';
import type { GateReason } from './gate.ts';
import type { PipelineCounts, QuotePipeline } from './quote-pipeline.ts';

/** Counters of the tick path. The hot loop adds to plain numbers; they are read when somebody scrapes. */
@Injectable()
export class MarketMetrics {
  readonly counts: PipelineCounts = { ticks: 0, published: 0, unknown: 0, overflow: 0 };
  readonly #rejected: Counter<'reason'>;
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#rejected = metrics.counter({
      name: 'market_gate_rejected_total',
      help: 'Quotes, or sides of quotes, that the gate refused, by reason.',
      labelNames: ['reason'],
    });
    for (const reason of GATE_REASONS) this.#rejected.inc({ reason }, 0);
    this.#total('market_ticks_total', 'Quotes that came from the source.', () => this.counts.ticks);
    this.#total('market_quotes_published_total', 'Quotes given to the stream.', () => this.counts.published);
    this.#total('market_ticks_unknown_total', 'Quotes of symbols that nobody knows.', () => this.counts.unknown);
    this.#total('market_ticks_overflow_total', 'Quotes dropped because too many waited.', () => this.counts.overflow);
  }

  readonly onReject = (reason: GateReason, _symbol: Symbol): void => this.#rejected.inc({ reason });

  /** Ages of the wanted symbols' quotes, market seconds. */
  watch(pipeline: QuotePipeline, marketNow: () => number): void {
    this.#metrics.gauge({
      name: 'market_quote_age_seconds',
      help: 'Age of the quotes on the market clock: of the oldest, and the mean.',
      labelNames: ['stat'],
      collect() {
        const now = marketNow();
        let [sum, max, count] = [0, 0, 0];
        for (const { update } of pipeline.records()) {
          const age = Math.max(0, now - update.receivedAt) / 1000;
          sum += age;
          max = Math.max(max, age);
          count++;
        }
        this.set({ stat: 'max' }, max);
        this.set({ stat: 'mean' }, count === 0 ? 0 : sum / count);
      },
    });
    this.#metrics.gauge({
      name: 'market_symbols',
      help: 'Symbols with a known quote.',
      collect() {
        this.set(pipeline.size);
      },
    });
  }

  #total(name: string, help: string, read: () => number): void {
    const counter = this.#metrics.counter({
      name,
      help,
      collect() {
        counter.reset();
        counter.inc(read());
      },
    });
  }
}

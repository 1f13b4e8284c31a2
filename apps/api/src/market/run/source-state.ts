import { Injectable } from '@nestjs/common';
import type { SourceStatusFrame } from '@ziggy/contracts';
import { WallClock } from '../../platform/clock.ts';
import { Readiness } from '../../platform/lifecycle.ts';
import { Logger } from '../../platform/logger.ts';
import { StreamPulse } from '../../stream/stream-pulse.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { QuoteIntake } from './quote-intake.ts';

/** Tells the load balancer how the source is, and clients when it turns bad or good again. */
@Injectable()
export class SourceState {
  readonly #log: Logger;
  #told: SourceStatusFrame['data']['state'] = 'ok';

  constructor(
    private readonly market: ActiveMarket,
    private readonly intake: QuoteIntake,
    private readonly pulse: StreamPulse,
    private readonly wall: WallClock,
    private readonly readiness: Readiness,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'Market' });
  }

  register(): void {
    this.readiness.register('source', () => (this.market.adapter.health().state === 'ok' ? 'ok' : 'degraded'));
  }

  /** Call once a second. */
  tell(): void {
    const health = this.market.adapter.health();
    const state = health.state === 'off' ? 'down' : health.state;
    if (state === this.#told) return;
    this.#told = state;
    const reason = health.state === 'off' ? 'not_leader' : (health.lastError?.code ?? null);
    this.#log.warn({ state, reason }, 'the state of the market source changed');
    const { source, kind } = this.market;
    const data: SourceStatusFrame['data'] = { source, kind, state, reason, lastValueAt: this.intake.lastBatchAt };
    const ts = this.wall.now();
    for (const ch of ['market', 'charts'] as const) {
      this.pulse.hubs.get(ch)?.broadcast({ type: 'source_status', ch, ts, data });
    }
  }
}

import type { Kind } from '@ziggy/domain';
import type { MarketSource } from '@ziggy/market-sources';
import type { Leadership } from '../../persistence/leadership.ts';
import { RunningMarket } from '../../platform/running-market.ts';
import { ledSource } from './led-source.ts';

export interface ActiveMarketParts {
  readonly adapter: MarketSource;
  /** Row of the `market` table. */
  readonly marketId: number;
  /** Who among the processes on this database speaks to the source. */
  readonly leadership: Leadership;
  /** Market time that an earlier run reached, epoch ms; `null` for a new market. */
  readonly clockAt: number | null;
  readonly kind: Kind;
  readonly chosenBy: 'auto' | 'configuration';
  readonly reason: string;
  readonly since: number;
}

/**
 * The one market that this process serves, and the adapter that it comes from. Chosen once, before the server listens;
 * the choice holds for the life of the process.
 */
export class ActiveMarket extends RunningMarket {
  /** Asks the source only while this process leads. */
  readonly adapter: MarketSource;
  readonly marketId: number;
  readonly leadership: Leadership;
  readonly clockAt: number | null;
  readonly kind: Kind;
  readonly chosenBy: 'auto' | 'configuration';
  readonly reason: string;
  readonly since: number;

  constructor(parts: ActiveMarketParts) {
    super();
    this.adapter = ledSource(parts.adapter, parts.leadership);
    this.marketId = parts.marketId;
    this.leadership = parts.leadership;
    this.clockAt = parts.clockAt;
    this.kind = parts.kind;
    this.chosenBy = parts.chosenBy;
    this.reason = parts.reason;
    this.since = parts.since;
  }

  get id(): string {
    return this.adapter.market;
  }

  get source(): string {
    return this.adapter.id;
  }

  /** Market time, epoch ms. It never goes back. */
  now(): number {
    return this.adapter.clock.now();
  }
}

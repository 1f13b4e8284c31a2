import { Injectable } from '@nestjs/common';
import type { BreadthAnswer, BreadthQuery, MoversAnswer, MoversQuery } from '@ziggy/contracts';
import { ActiveMarket } from '../source/active-market.ts';
import { breadth } from './breadth.ts';
import { BreadthHistory } from './breadth-history.ts';
import { movers } from './movers.ts';
import { QuotePipeline } from '../quotes/quote-pipeline.ts';
import { viewContext } from '../quotes/quote-view.ts';
import { trackedEquities } from './tracked.ts';
import type { UniverseParts } from './tracked.ts';
import { Venues } from '../calendar/venues.ts';

/** Lists over the tracked universe. They read what is in memory: no request asks the source or the database. */
@Injectable()
export class MarketListsService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly pipeline: QuotePipeline,
    private readonly venues: Venues,
    private readonly history: BreadthHistory,
  ) {}

  movers(query: MoversQuery): MoversAnswer {
    return movers(query, this.#parts());
  }

  breadth(query: BreadthQuery): BreadthAnswer {
    return breadth(query, { ...this.#parts(), history: this.history });
  }

  #parts(): UniverseParts {
    const { kind, adapter } = this.market;
    return {
      members: trackedEquities(adapter),
      recordOf: (symbol) => this.pipeline.record(symbol),
      context: viewContext(this.market, this.venues),
      kind,
    };
  }
}

import type { MarketDataFrame, ServerFrame, StreamErrorName } from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import { MarketFeed } from '../../stream/channel-feed.ts';
import type { StreamKey } from '../../stream/channel-feed.ts';
import type { Demand } from '../source/demand.ts';
import type { InstrumentDirectory } from '../instruments/instrument-directory.ts';

export interface QuotesFeedOptions {
  readonly directory: Pick<InstrumentDirectory, 'get' | 'resolve'>;
  readonly demand: Pick<Demand, 'acquire' | 'release'>;
  readonly image: (symbol: Symbol) => MarketDataFrame | null;
}

/** The feed of `/ws/market`. A symbol is asked from the source once it is known to exist, while anybody is interested. */
export class QuotesFeed extends MarketFeed {
  readonly #options: QuotesFeedOptions;
  readonly #interest = new Map<Symbol, number>();
  readonly #attached = new Set<Symbol>();

  constructor(options: QuotesFeedOptions) {
    super();
    this.#options = options;
  }

  async prepare({ symbol }: StreamKey): Promise<StreamErrorName | null> {
    if (this.#options.directory.get(symbol) === undefined) {
      const found = await this.#options.directory.resolve(symbol);
      if (!('instrument' in found)) return found.missing === 'unknown' ? 'unknown_symbol' : 'internal';
    }
    if (!this.#interest.has(symbol) || this.#attached.has(symbol)) return null;
    if (!this.#options.demand.acquire(symbol, 'subscribed')) return 'overloaded';
    this.#attached.add(symbol);
    return null;
  }

  snapshot({ symbol }: StreamKey): readonly ServerFrame[] {
    const image = this.#options.image(symbol);
    return image === null ? [] : [image];
  }

  acquire({ symbol }: StreamKey): void {
    this.#interest.set(symbol, (this.#interest.get(symbol) ?? 0) + 1);
  }

  release({ symbol }: StreamKey): void {
    const count = this.#interest.get(symbol) ?? 0;
    if (count > 1) {
      this.#interest.set(symbol, count - 1);
      return;
    }
    this.#interest.delete(symbol);
    if (this.#attached.delete(symbol)) this.#options.demand.release(symbol, 'subscribed');
  }
}

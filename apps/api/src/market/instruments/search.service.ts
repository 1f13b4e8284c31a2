import { Injectable } from '@nestjs/common';
import type { SearchAnswer, SearchHit, SearchQuery } from '@ziggy/contracts';
import { ASSET_CLASSES } from '@ziggy/domain';
import type { AssetClass, Instrument } from '@ziggy/domain';
import { WallClock } from '../../platform/clock.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { InstrumentDirectory, searchInstruments } from './instrument-directory.ts';
import { callSource } from '../source/source-call.ts';
import { parseWords } from './symbols-query.ts';

const REMOTE_SEARCH_MS = 1_500;
/** Score of the source's first hit; ours come before it. */
const REMOTE_SCORE = 0.25;

/** Finds instruments by symbol or name: what is known here, then what the source knows. */
@Injectable()
export class SearchService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly wall: WallClock,
    private readonly lifecycle: Lifecycle,
  ) {}

  async search(query: SearchQuery): Promise<SearchAnswer> {
    const assetClasses = parseWords('assetClass', query.assetClass, ASSET_CLASSES);
    const local = searchInstruments(this.directory.all(), query.q, { limit: query.limit, assetClasses });
    const { remote, instruments } = await this.#searchRemote(query, assetClasses);
    const items: SearchHit[] = local.map(({ instrument, matched, score }) => ({
      ...hitOf(instrument),
      matched,
      score,
    }));
    const known = new Set(items.map(({ symbol }) => symbol));
    for (const [rank, instrument] of instruments.entries()) {
      if (items.length >= query.limit || known.has(instrument.symbol)) continue;
      const matched = instrument.symbol.startsWith(query.q.trim().toUpperCase()) ? 'symbol' : 'name';
      items.push({ ...hitOf(instrument), matched, score: REMOTE_SCORE / (rank + 1) });
    }
    return { items, sources: { local: 'ok', remote }, nextCursor: null };
  }

  async #searchRemote(
    query: SearchQuery,
    assetClasses: readonly AssetClass[] | null,
  ): Promise<{ remote: SearchAnswer['sources']['remote']; instruments: readonly Instrument[] }> {
    const { adapter } = this.market;
    const { search, push } = adapter.capabilities();
    // A source that makes its own ticks has no symbols beyond its universe, and that was searched already.
    if (!search || push) return { remote: 'off', instruments: [] };
    try {
      const asked = {
        text: query.q,
        limit: query.limit,
        ...(assetClasses === null ? {} : { assetClass: assetClasses }),
      };
      const instruments = await callSource((ctx) => adapter.search(asked, ctx), {
        withinMs: REMOTE_SEARCH_MS,
        priority: 'interactive',
        wallNow: this.wall.now(),
        stop: this.lifecycle.draining,
      });
      for (const instrument of instruments) this.directory.learn(instrument);
      return { remote: 'ok', instruments };
    } catch {
      return { remote: 'degraded', instruments: [] };
    }
  }
}

function hitOf(instrument: Instrument): Pick<SearchHit, 'symbol' | 'name' | 'mic' | 'assetClass' | 'currency'> {
  const { symbol, name, mic, assetClass, currency } = instrument;
  return { symbol, name, mic, assetClass, currency };
}

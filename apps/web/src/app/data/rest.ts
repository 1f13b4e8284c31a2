import { Injectable, inject } from '@angular/core';
import {
  barsAnswer,
  breadthAnswer,
  indicatorsAnswer,
  moversAnswer,
  overviewAnswer,
  quotesAnswer,
  replayAnswer,
  searchAnswer,
  sessionAnswer,
  sourcesAnswer,
  watchlist,
  watchlistsAnswer,
  wsStatusAnswer,
} from '@ziggy/contracts';
import type {
  Adjustment,
  BarsAnswer,
  BreadthAnswer,
  BreadthQuery,
  IndicatorsAnswer,
  MoverList,
  MoversAnswer,
  OverviewAnswer,
  QuotesAnswer,
  ReplayAnswer,
  ReplaySeekBody,
  ReplaySpeedBody,
  ReplayStepBody,
  SearchAnswer,
  SessionAnswer,
  SourcesAnswer,
  Watchlist,
  WatchlistBody,
  WatchlistChange,
  WatchlistsAnswer,
  WsStatusAnswer,
} from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import { RestClient } from './rest-client.ts';

/** What bars are asked for; instants in epoch ms. */
export interface BarsAsk {
  readonly symbol: string;
  readonly interval: Timeframe;
  readonly adjust: Adjustment;
  readonly limit: number;
  /** Each as the server writes it: `sma(20)`. */
  readonly indicators: readonly string[];
  readonly from?: number;
  /** Outside the range. */
  readonly to?: number;
}

/** What the replay can be told, and with what. */
export interface ReplayActs {
  readonly play: null;
  readonly pause: null;
  readonly step: ReplayStepBody;
  readonly seek: ReplaySeekBody;
  readonly speed: ReplaySpeedBody;
}

/** The market's part of the REST API, typed. */
@Injectable({ providedIn: 'root' })
export class Rest {
  readonly #client = inject(RestClient);

  /** The tracked universe. */
  overview(signal?: AbortSignal): Promise<OverviewAnswer> {
    return this.#client.get('/market/overview', { universe: 'tracked' }, overviewAnswer, signal);
  }

  /** Up to 100 symbols, in their order. */
  overviewOf(symbols: readonly string[], signal?: AbortSignal): Promise<OverviewAnswer> {
    return this.#client.get('/market/overview', { symbols: symbols.join(',') }, overviewAnswer, signal);
  }

  movers(list: MoverList, limit: number, signal?: AbortSignal): Promise<MoversAnswer> {
    return this.#client.get('/market/movers', { list, limit: String(limit) }, moversAnswer, signal);
  }

  breadth(by: BreadthQuery['by'], signal?: AbortSignal): Promise<BreadthAnswer> {
    return this.#client.get('/market/breadth', { by }, breadthAnswer, signal);
  }

  watchlists(signal?: AbortSignal): Promise<WatchlistsAnswer> {
    return this.#client.get('/market/watchlists', {}, watchlistsAnswer, signal);
  }

  /** `key` names the intent: sent again it does nothing twice. */
  addWatchlist(body: WatchlistBody, key: string): Promise<Watchlist> {
    return this.#client.write('POST', '/market/watchlists', body, key, watchlist);
  }

  changeWatchlist(id: string, body: WatchlistChange, key: string): Promise<Watchlist> {
    return this.#client.write('PUT', `/market/watchlists/${encodeURIComponent(id)}`, body, key, watchlist);
  }

  removeWatchlist({ id, version }: Watchlist, key: string): Promise<null> {
    const path = `/market/watchlists/${encodeURIComponent(id)}?version=${version}`;
    return this.#client.tell('DELETE', path, null, key);
  }

  quotes(symbols: readonly string[], signal?: AbortSignal): Promise<QuotesAnswer> {
    return this.#client.get('/market/quotes', { symbols: symbols.join(','), include: 'brain' }, quotesAnswer, signal);
  }

  /** Bars with the asked indicators, gaps, actions and coverage; the newest page, ascending. */
  bars(ask: BarsAsk, signal?: AbortSignal): Promise<BarsAnswer> {
    const query: Record<string, string> = { interval: ask.interval, adjust: ask.adjust, limit: String(ask.limit) };
    if (ask.from !== undefined) query['from'] = new Date(ask.from).toISOString();
    if (ask.to !== undefined) query['to'] = new Date(ask.to).toISOString();
    if (ask.indicators.length > 0) query['indicators'] = ask.indicators.join(',');
    return this.#client.get(`/market/bars/${encodeURIComponent(ask.symbol)}`, query, barsAnswer, signal);
  }

  /** The indicators that bars can be asked with. */
  indicators(signal?: AbortSignal): Promise<IndicatorsAnswer> {
    return this.#client.get('/market/indicators', {}, indicatorsAnswer, signal);
  }

  search(text: string, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.#client.get('/market/search', { q: text, limit: '12' }, searchAnswer, signal);
  }

  session(exchange: SessionAnswer['exchange'], signal?: AbortSignal): Promise<SessionAnswer> {
    return this.#client.get('/market/session', { exchange }, sessionAnswer, signal);
  }

  sources(signal?: AbortSignal): Promise<SourcesAnswer> {
    return this.#client.get('/market/sources', {}, sourcesAnswer, signal);
  }

  streamStatus(signal?: AbortSignal): Promise<WsStatusAnswer> {
    return this.#client.get('/ws/status', {}, wsStatusAnswer, signal);
  }

  /** Where the replay is; 409 `invalid_state` where no tape is played. */
  replay(signal?: AbortSignal): Promise<ReplayAnswer> {
    return this.#client.get('/ops/replay', {}, replayAnswer, signal);
  }

  /** Operates the replay. */
  replayAct<A extends keyof ReplayActs>(act: A, body: ReplayActs[A], signal?: AbortSignal): Promise<ReplayAnswer> {
    return this.#client.post(`/ops/replay/${act}`, body, replayAnswer, signal);
  }
}

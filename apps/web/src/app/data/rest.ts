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
import type { Interval } from '@ziggy/domain';
import { CHANCE, FETCH, NEW_KEY, PORTAL_CONFIG } from './environment.ts';
import { RequestProblem, localProblem, problemOf } from './problem.ts';

/** What bars are asked for; instants in epoch ms. */
export interface BarsAsk {
  readonly symbol: string;
  readonly interval: Interval;
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

/** Whatever checks an answer's shape. */
interface Shape<T> {
  safeParse(body: unknown): { success: true; data: T } | { success: false };
}

const RETRY_AFTER_MS = [300, 900] as const;
const RETRY_STATUS: ReadonlySet<number> = new Set([502, 503, 504]);
const DEADLINE_MS = 15_000;
/** Answers kept by their address, so that one that has not changed is neither sent nor read again. */
const MOST_KEPT = 32;

interface Kept {
  readonly tag: string;
  readonly data: unknown;
}
interface Request {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The one typed client of the REST API. Every answer is checked against its contract; every failure is a {@link RequestProblem}. */
@Injectable({ providedIn: 'root' })
export class Rest {
  readonly #base = inject(PORTAL_CONFIG).apiBase.replace(/\/$/, '');
  readonly #fetch = inject(FETCH);
  readonly #chance = inject(CHANCE);
  readonly #newKey = inject(NEW_KEY);
  readonly #kept = new Map<string, Kept>();

  /** The tracked universe. */
  overview(signal?: AbortSignal): Promise<OverviewAnswer> {
    return this.#get('/market/overview', { universe: 'tracked' }, overviewAnswer, signal);
  }

  /** Up to 100 symbols, in their order. */
  overviewOf(symbols: readonly string[], signal?: AbortSignal): Promise<OverviewAnswer> {
    return this.#get('/market/overview', { symbols: symbols.join(',') }, overviewAnswer, signal);
  }

  movers(list: MoverList, limit: number, signal?: AbortSignal): Promise<MoversAnswer> {
    return this.#get('/market/movers', { list, limit: String(limit) }, moversAnswer, signal);
  }

  breadth(by: BreadthQuery['by'], signal?: AbortSignal): Promise<BreadthAnswer> {
    return this.#get('/market/breadth', { by }, breadthAnswer, signal);
  }

  watchlists(signal?: AbortSignal): Promise<WatchlistsAnswer> {
    return this.#get('/market/watchlists', {}, watchlistsAnswer, signal);
  }

  /** `key` names the intent: sent again it does nothing twice. */
  addWatchlist(body: WatchlistBody, key: string): Promise<Watchlist> {
    return this.#write('POST', '/market/watchlists', body, key, watchlist);
  }

  changeWatchlist(id: string, body: WatchlistChange, key: string): Promise<Watchlist> {
    return this.#write('PUT', `/market/watchlists/${encodeURIComponent(id)}`, body, key, watchlist);
  }

  removeWatchlist({ id, version }: Watchlist, key: string): Promise<null> {
    const path = `/market/watchlists/${encodeURIComponent(id)}?version=${version}`;
    return this.#write('DELETE', path, null, key, NOTHING);
  }

  quotes(symbols: readonly string[], signal?: AbortSignal): Promise<QuotesAnswer> {
    return this.#get('/market/quotes', { symbols: symbols.join(','), include: 'brain' }, quotesAnswer, signal);
  }

  /** Bars with the asked indicators, gaps, actions and coverage; the newest page, ascending. */
  bars(ask: BarsAsk, signal?: AbortSignal): Promise<BarsAnswer> {
    const query: Record<string, string> = { interval: ask.interval, adjust: ask.adjust, limit: String(ask.limit) };
    if (ask.from !== undefined) query['from'] = new Date(ask.from).toISOString();
    if (ask.to !== undefined) query['to'] = new Date(ask.to).toISOString();
    if (ask.indicators.length > 0) query['indicators'] = ask.indicators.join(',');
    return this.#get(`/market/bars/${encodeURIComponent(ask.symbol)}`, query, barsAnswer, signal);
  }

  /** The indicators that bars can be asked with. */
  indicators(signal?: AbortSignal): Promise<IndicatorsAnswer> {
    return this.#get('/market/indicators', {}, indicatorsAnswer, signal);
  }

  search(text: string, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.#get('/market/search', { q: text, limit: '12' }, searchAnswer, signal);
  }

  session(exchange: SessionAnswer['exchange'], signal?: AbortSignal): Promise<SessionAnswer> {
    return this.#get('/market/session', { exchange }, sessionAnswer, signal);
  }

  sources(signal?: AbortSignal): Promise<SourcesAnswer> {
    return this.#get('/market/sources', {}, sourcesAnswer, signal);
  }

  streamStatus(signal?: AbortSignal): Promise<WsStatusAnswer> {
    return this.#get('/ws/status', {}, wsStatusAnswer, signal);
  }

  /** Where the replay is; 409 `invalid_state` where no tape is played. */
  replay(signal?: AbortSignal): Promise<ReplayAnswer> {
    return this.#get('/ops/replay', {}, replayAnswer, signal);
  }

  /** Operates the replay. */
  replayAct<A extends keyof ReplayActs>(act: A, body: ReplayActs[A], signal?: AbortSignal): Promise<ReplayAnswer> {
    return this.#post(`/ops/replay/${act}`, body, replayAnswer, signal);
  }

  /** POST, once: a write that steers is not repeated by itself. */
  #post<T>(path: string, body: object | null, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    return this.#once(this.#writing('POST', path, body, this.#newKey()), shape, signal);
  }

  /** GET with two retries on a lost connection or 502, 503, 504; an abort by the caller is passed on as it is. */
  async #get<T>(path: string, query: Record<string, string>, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    const text = new URLSearchParams(query).toString();
    const url = this.#base + path + (text === '' ? '' : `?${text}`);
    return this.#patiently({ url, method: 'GET', headers: {} }, shape, signal);
  }

  /** A write; with its key it may be sent again when no answer came. */
  #write<T>(method: Request['method'], path: string, body: object | null, key: string, shape: Shape<T>): Promise<T> {
    return this.#patiently(this.#writing(method, path, body, key), shape);
  }

  #writing(method: Request['method'], path: string, body: object | null, key: string): Request {
    const json = body === null ? {} : { body: JSON.stringify(body) };
    const headers = { 'idempotency-key': key, ...(body === null ? {} : { 'content-type': 'application/json' }) };
    return { url: this.#base + path, method, headers, ...json };
  }

  async #patiently<T>(request: Request, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(request, shape, signal);
      } catch (error) {
        const wait = RETRY_AFTER_MS[attempt];
        if (signal?.aborted || wait === undefined || !(error instanceof RequestProblem) || !retryable(error))
          throw error;
        await pause(wait * (0.75 + this.#chance() / 2), signal);
      }
    }
  }

  async #once<T>(request: Request, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    const { url, method } = request;
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const kept = method === 'GET' ? this.#kept.get(url) : undefined;
    let answer: Response;
    let body: unknown;
    try {
      answer = await this.#fetch(url, {
        method,
        headers: { accept: 'application/json', ...(kept ? { 'if-none-match': kept.tag } : {}), ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
      if (answer.status === 304 && kept) return kept.data as T;
      if (!answer.ok) throw await problemOf(answer);
      body = answer.status === 204 ? null : await answer.json();
    } catch (error) {
      if (signal?.aborted || error instanceof RequestProblem) throw error;
      throw localProblem(deadline.aborted ? 'timeout' : error instanceof SyntaxError ? 'bad_answer' : 'network');
    }
    const checked = shape.safeParse(body);
    if (!checked.success) throw localProblem('bad_answer');
    if (method === 'GET') this.#keep(url, answer.headers.get('etag'), checked.data);
    return checked.data;
  }

  #keep(url: string, tag: string | null, data: unknown): void {
    this.#kept.delete(url);
    if (tag === null) return;
    this.#kept.set(url, { tag, data });
    const oldest = this.#kept.size > MOST_KEPT ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** The answer that has no body. */
const NOTHING: Shape<null> = {
  safeParse: (body) => (body === null ? { success: true, data: null } : { success: false }),
};

function retryable(problem: RequestProblem): boolean {
  return problem.code === 'network' || (problem.status !== null && RETRY_STATUS.has(problem.status));
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

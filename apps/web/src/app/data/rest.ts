import { Injectable, inject } from '@angular/core';
import {
  barsAnswer,
  indicatorsAnswer,
  overviewAnswer,
  quotesAnswer,
  replayAnswer,
  searchAnswer,
  sessionAnswer,
  sourcesAnswer,
  wsStatusAnswer,
} from '@ziggy/contracts';
import type {
  Adjustment,
  BarsAnswer,
  IndicatorsAnswer,
  OverviewAnswer,
  QuotesAnswer,
  ReplayAnswer,
  ReplaySeekBody,
  ReplaySpeedBody,
  ReplayStepBody,
  SearchAnswer,
  SessionAnswer,
  SourcesAnswer,
  WsStatusAnswer,
} from '@ziggy/contracts';
import type { Interval } from '@ziggy/domain';
import { CHANCE, FETCH, PORTAL_CONFIG } from './environment.ts';
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

/** The one typed client of the REST API. Every answer is checked against its contract; every failure is a {@link RequestProblem}. */
@Injectable({ providedIn: 'root' })
export class Rest {
  readonly #base = inject(PORTAL_CONFIG).apiBase.replace(/\/$/, '');
  readonly #fetch = inject(FETCH);
  readonly #chance = inject(CHANCE);

  overview(signal?: AbortSignal): Promise<OverviewAnswer> {
    return this.#get('/market/overview', {}, overviewAnswer, signal);
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

  /** POST, once: a write is not repeated by itself. */
  #post<T>(path: string, body: object | null, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    const words = crypto.getRandomValues(new Uint32Array(4));
    const headers: Record<string, string> = {
      'idempotency-key': [...words].map((word) => word.toString(36)).join('-'),
    };
    if (body !== null) headers['content-type'] = 'application/json';
    return this.#once(this.#base + path, shape, signal, {
      method: 'POST',
      headers,
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** GET with two retries on a lost connection or 502, 503, 504; an abort by the caller is passed on as it is. */
  async #get<T>(path: string, query: Record<string, string>, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    const text = new URLSearchParams(query).toString();
    const url = this.#base + path + (text === '' ? '' : `?${text}`);
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(url, shape, signal);
      } catch (error) {
        const wait = RETRY_AFTER_MS[attempt];
        if (signal?.aborted || wait === undefined || !(error instanceof RequestProblem) || !retryable(error))
          throw error;
        await pause(wait * (0.75 + this.#chance() / 2), signal);
      }
    }
  }

  async #once<T>(
    url: string,
    shape: Shape<T>,
    signal?: AbortSignal,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<T> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    let answer: Response;
    let body: unknown;
    try {
      answer = await this.#fetch(url, {
        ...init,
        headers: { accept: 'application/json', ...init.headers },
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
      if (!answer.ok) throw await problemOf(answer);
      body = await answer.json();
    } catch (error) {
      if (signal?.aborted || error instanceof RequestProblem) throw error;
      throw localProblem(deadline.aborted ? 'timeout' : error instanceof SyntaxError ? 'bad_answer' : 'network');
    }
    const checked = shape.safeParse(body);
    if (!checked.success) throw localProblem('bad_answer');
    return checked.data;
  }
}

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

import YahooFinance from 'yahoo-finance2';
import { ExtendedCookieJar } from 'yahoo-finance2/lib/cookieJar';
import { getCrumbClear } from 'yahoo-finance2/lib/getCrumb';
import { abortable } from '../call.ts';
import type { YahooFetch } from './fetch.ts';
import type { Redaction } from './redaction.ts';
import type { WireCall } from './wire.ts';
import { WireFailure } from './wire.ts';

export interface SourceLogger {
  warn(message: string, detail?: Readonly<Record<string, unknown>>): void;
}

export interface YahooClientOptions {
  readonly fetch: YahooFetch;
  readonly redaction: Redaction;
  readonly logger: SourceLogger;
  /** Pause between the starts of two requests (ms); the library keeps it on the real clock. */
  readonly queueIntervalMs: number;
}

export type ChartInterval = '1m' | '5m' | '15m' | '1h' | '1d' | '3mo';

export interface ChartQuestion {
  readonly symbol: string;
  readonly interval: ChartInterval;
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly extended: boolean;
}

/** A cookie of a foreign domain is refused by throwing, in a place where the library does not listen. */
class QuietCookieJar extends ExtendedCookieJar {
  override async setFromSetCookieHeaders(headers: string | string[], url: string): Promise<void> {
    try {
      // Copied: the list may come from another realm, where the library's `instanceof Array` does not know it.
      await super.setFromSetCookieHeaders(typeof headers === 'string' ? headers : Array.from(headers), url);
    } catch {
      // A cookie that does not belong to the site is simply not kept.
    }
  }
}

/**
 * The only door to `yahoo-finance2`. Each answer is `unknown`: the library's types describe what Yahoo sent some day,
 * and the readers check again what they use.
 */
export class YahooClient {
  readonly #fetch: YahooFetch;
  readonly #jar = new QuietCookieJar();
  readonly #yahoo: InstanceType<typeof YahooFinance>;
  #crumbUsers = 0;
  #crumbScope = new AbortController();

  constructor(options: YahooClientOptions) {
    const { logger, redaction } = options;
    const say = (...values: unknown[]): void =>
      logger.warn(redaction.redact(values.map(String).join(' ')).slice(0, 500));
    const silent = (): void => undefined;
    this.#fetch = options.fetch;
    this.#yahoo = new YahooFinance({
      // Each call brings its own fetch; this one guards against a call that would not.
      fetch: () => Promise.reject(new Error('Every call has its own fetch.')),
      cookieJar: this.#jar,
      queue: { concurrency: 2, interval: options.queueIntervalMs },
      // It would go to the network through the global fetch.
      versionCheck: false,
      validation: { logErrors: false, logOptionsErrors: false },
      quoteCombine: { maxSymbolsPerRequest: 100, debounceTime: 50 },
      suppressNotices: ['yahooSurvey', 'ripHistorical'],
      // Its debug lines hold the crumb.
      logger: { info: silent, debug: silent, dir: silent, warn: say, error: say },
    });
  }

  chart(question: ChartQuestion, call: WireCall): Promise<unknown> {
    const { symbol, interval, from, to, extended } = question;
    const options = {
      period1: new Date(from),
      period2: new Date(to),
      interval,
      includePrePost: extended,
      events: 'div|split|earn',
      return: 'object' as const,
    };
    return this.#yahoo.chart(symbol, options, { fetch: this.#fetch.forCall(call, call.signal) });
  }

  /** At most 100 symbols: the library does not split a list. */
  quote(symbols: readonly string[], call: WireCall): Promise<unknown> {
    return this.#withCrumb(call, (scope) =>
      this.#yahoo.quote([...symbols], { return: 'array' }, { fetch: this.#fetch.forCall(call, scope) }),
    );
  }

  summary(symbol: string, call: WireCall): Promise<unknown> {
    return this.#withCrumb(call, (scope) =>
      this.#yahoo.quoteSummary(
        symbol,
        { modules: ['price', 'assetProfile'] },
        { fetch: this.#fetch.forCall(call, scope) },
      ),
    );
  }

  search(text: string, count: number, call: WireCall): Promise<unknown> {
    const options = { quotesCount: count, newsCount: 0 };
    return this.#yahoo.search(text, options, { fetch: this.#fetch.forCall(call, call.signal) });
  }

  /** Forgets crumb and cookies: the library never does so by itself. */
  async clearCrumb(): Promise<void> {
    await getCrumbClear(this.#jar);
  }

  /**
   * The library fetches the crumb once for all calls that wait for it, with the fetch of the first. So these requests
   * end when nobody waits any more, not with the call that happened to come first.
   */
  async #withCrumb(call: WireCall, run: (scope: AbortSignal) => Promise<unknown>): Promise<unknown> {
    this.#crumbUsers += 1;
    try {
      return await abortable(run(this.#crumbScope.signal), call.signal);
    } finally {
      this.#crumbUsers -= 1;
      if (this.#crumbUsers === 0) this.#endCrumbScope();
    }
  }

  #endCrumbScope(): void {
    this.#crumbScope.abort(new WireFailure('cancelled', 'crumb', 'Nobody waits for the session any more.'));
    this.#crumbScope = new AbortController();
  }
}

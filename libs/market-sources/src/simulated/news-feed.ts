import type { CalendarId, Clock } from '@ziggy/domain';
import { Observable } from 'rxjs';
import type { RawNews } from '../port.ts';
import type { TimerHandle, Timers } from '../timers.ts';
import { rawNewsOf } from './headlines.ts';
import type { Headline, Headlines } from './headlines.ts';
import type { SimulatedMarket } from './sim-market.ts';
import type { Profile } from './universe.ts';

/** How often due headlines are looked for, wall milliseconds. */
const PASS_MS = 250;
/** Days of the past that a new subscription is told. */
const BACKLOG_MS = 3 * 86_400_000;
/** A session is laid out so long before its first possible headline (ms). */
const AHEAD_MS = 6 * 3_600_000;
/** Symbols that have headlines: those that the platform keeps fresh by itself. */
export const NEWS_SYMBOLS_MAX = 500;
/** Symbols looked at in one pass; the first look at one draws all its days, some milliseconds. */
const SYMBOLS_PER_PASS = 4;
const MOST_PER_BATCH = 100;

export interface NewsFeedOptions {
  readonly market: SimulatedMarket;
  readonly headlines: Headlines;
  readonly clock: Clock;
  readonly timers: Timers;
  /** True while the source is not to be heard (an injected fault); what falls due meanwhile is told afterwards. */
  readonly silent: (now: number) => boolean;
}

/** Headlines in market time, a few symbols a pass: what is due is told in the order of its publication. */
export class NewsFeed {
  readonly #options: NewsFeedOptions;
  readonly #profiles: readonly Profile[];
  /** Next session of each symbol that was not laid out. */
  readonly #next: (number | null)[];
  readonly #since: number;
  #waiting: Headline[] = [];
  #cursor = 0;

  constructor(options: NewsFeedOptions) {
    this.#options = options;
    this.#profiles = options.market.profiles.slice(0, NEWS_SYMBOLS_MAX);
    this.#next = this.#profiles.map(() => null);
    this.#since = options.clock.now() - BACKLOG_MS;
  }

  pass(now: number): RawNews[] {
    const looked = Math.min(SYMBOLS_PER_PASS, this.#profiles.length);
    const before = this.#waiting.length;
    for (let i = 0; i < looked; i++) {
      this.#layOut(this.#cursor, now);
      this.#cursor = (this.#cursor + 1) % this.#profiles.length;
    }
    if (this.#waiting.length > before) this.#waiting.sort((a, b) => a.at - b.at || (a.guid < b.guid ? -1 : 1));
    if (this.#options.silent(now)) return [];
    let due = 0;
    while (due < this.#waiting.length && (this.#waiting[due] as Headline).at <= now) due++;
    return this.#waiting.splice(0, due).map((headline) => rawNewsOf(headline, now));
  }

  #layOut(place: number, now: number): void {
    const { market, headlines } = this.#options;
    const profile = this.#profiles[place] as Profile;
    const table = market.sessions(profile.calendar as CalendarId);
    const last = table.lastOpened(now + AHEAD_MS);
    const earliest = Math.max(0, table.lastOpened(Math.max(this.#since, now - BACKLOG_MS)));
    for (let index = Math.max(this.#next[place] ?? 0, earliest); index <= last; index++) {
      for (const headline of headlines.of(profile, index)) {
        if (headline.at >= this.#since) this.#waiting.push(headline);
      }
    }
    this.#next[place] = Math.max(this.#next[place] ?? 0, last + 1);
  }
}

/** Headlines as a stream that ends with its subscription. */
export function newsOf(options: NewsFeedOptions): Observable<readonly RawNews[]> {
  return new Observable((subscriber) => {
    const feed = new NewsFeed(options);
    let timer: TimerHandle | null = null;
    const run = (): void => {
      timer = null;
      const due = feed.pass(options.clock.now());
      for (let i = 0; i < due.length && !subscriber.closed; i += MOST_PER_BATCH) {
        subscriber.next(due.slice(i, i + MOST_PER_BATCH));
      }
      if (!subscriber.closed) timer = options.timers.set(run, PASS_MS);
    };
    subscriber.add(() => {
      if (timer !== null) options.timers.clear(timer);
    });
    timer = options.timers.set(run, 0);
  });
}

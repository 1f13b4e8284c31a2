import { Injectable } from '@nestjs/common';
import { MARKET_CALENDAR_KINDS, MARKET_CALENDAR_MAX_DAYS, MARKET_CALENDAR_MAX_SYMBOLS } from '@ziggy/contracts';
import type {
  InputFaultCode,
  MarketCalendarAnswer,
  MarketCalendarEntry,
  MarketCalendarKind,
  MarketCalendarQuery,
} from '@ziggy/contracts';
import { calendarOf, DomainError } from '@ziggy/domain';
import type { CalendarId, Symbol } from '@ziggy/domain';
import type { CalendarEvent, CalendarEventKind } from '@ziggy/market-sources';
import { WallClock } from '../../platform/clock.ts';
import { keyCursor, readKeyCursor } from '../../platform/cursor.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { ProblemError } from '../../platform/problem.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { InstrumentDirectory } from '../instruments/instrument-directory.ts';
import { callSource } from '../source/source-call.ts';
import { viewContext } from '../quotes/quote-view.ts';
import { parseSymbolList, parseWords } from '../instruments/symbols-query.ts';
import { noProvenance, trackedEquities } from '../lists/tracked.ts';
import { Venues } from './venues.ts';
import { iso, wireProvenance } from '../quotes/wire-provenance.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 14;
const SOURCE_WITHIN_MS = 5_000;
const FIRST = '2000-01-01';
const LAST = '2050-12-31';
/** Venues whose closures and half days are listed, with their country. */
const VENUES: readonly (readonly [CalendarId, string])[] = [
  ['XNYS', 'US'],
  ['XLON', 'GB'],
  ['XETR', 'DE'],
];
const EVENTS: Readonly<Partial<Record<MarketCalendarKind, CalendarEventKind>>> = {
  dividend: 'ex_dividend',
  split: 'split',
  earnings: 'earnings',
};
const TITLES: Readonly<Record<CalendarEventKind, string>> = {
  ex_dividend: 'Ex-dividend day',
  split: 'Split',
  earnings: 'Earnings',
};

interface Days {
  readonly from: string;
  /** Outside the range. */
  readonly to: string;
}
type Coverage = MarketCalendarAnswer['coverage'][number];
interface Found {
  readonly items: readonly MarketCalendarEntry[];
  readonly coverage: Coverage;
}

/** What is on the calendars: closures by rule, and what the market's source announces. */
@Injectable()
export class MarketCalendarService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly venues: Venues,
    private readonly wall: WallClock,
    private readonly lifecycle: Lifecycle,
  ) {}

  async calendar(query: MarketCalendarQuery): Promise<MarketCalendarAnswer> {
    const kinds = parseWords('kinds', query.kinds, MARKET_CALENDAR_KINDS) ?? MARKET_CALENDAR_KINDS;
    const symbols = query.symbols === undefined ? null : parseSymbolList(query.symbols, MARKET_CALENDAR_MAX_SYMBOLS);
    const days = this.#days(query);
    const scope = [this.market.id, [...kinds].sort().join(), days.from, days.to, symbols?.join() ?? ''];
    const after = query.cursor === undefined ? '' : readKeyCursor(query.cursor, scope);
    if (after === null) throw new ProblemError('invalid_cursor', 'The cursor does not belong to this query.');
    const found = await Promise.all(kinds.map((kind) => this.#find(kind, days, symbols)));
    const all = found
      .flatMap(({ items }) => items)
      .filter((item) => keyOf(item) > after)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const items = all.slice(0, query.limit);
    const last = items.at(-1);
    const more = last !== undefined && all.length > items.length;
    return {
      items,
      coverage: found.map(({ coverage }) => coverage),
      nextCursor: more ? keyCursor(keyOf(last), scope) : null,
    };
  }

  #days({ from: given, to: end }: MarketCalendarQuery): Days {
    const from = given ?? dayOf(this.market.now());
    const to = end ?? dayOf(Date.parse(from) + DEFAULT_DAYS * DAY_MS);
    if (from < FIRST || to > LAST)
      throw rangeInvalid(from < FIRST ? 'from' : 'to', `The calendars cover ${FIRST} to ${LAST}.`);
    if (from >= to) throw rangeInvalid('from', '`from` must lie before `to`.');
    if (Date.parse(to) - Date.parse(from) > MARKET_CALENDAR_MAX_DAYS * DAY_MS)
      throw rangeInvalid('to', `The span is at most ${MARKET_CALENDAR_MAX_DAYS} days.`);
    return { from, to };
  }

  async #find(kind: MarketCalendarKind, days: Days, symbols: readonly Symbol[] | null): Promise<Found> {
    if (kind === 'holiday')
      return { items: this.#closures(days), coverage: { kind, source: 'calendars', reason: null } };
    const event = EVENTS[kind];
    const { events, push } = this.market.adapter.capabilities();
    if (event === undefined || !events.includes(event))
      return { items: [], coverage: { kind, source: null, reason: 'no_source' } };
    const source = this.market.source;
    // A source that is asked over the network is not asked for everything at once.
    const asked = symbols ?? (push ? this.#trackedSymbols() : null);
    if (asked === null) return { items: [], coverage: { kind, source, reason: 'symbols_needed' } };
    const answers = await Promise.allSettled(asked.map((symbol) => this.#events(symbol, event, days)));
    const failed = answers.some(({ status }) => status === 'rejected');
    return {
      items: answers
        .flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
        .map((one) => this.#entry(kind, one)),
      coverage: { kind, source, reason: failed ? 'source_unavailable' : null },
    };
  }

  #trackedSymbols(): Symbol[] {
    return trackedEquities(this.market.adapter)
      .slice(0, MARKET_CALENDAR_MAX_SYMBOLS)
      .map(({ symbol }) => symbol);
  }

  /** Events that the market knows by now. */
  async #events(symbol: Symbol, kind: CalendarEventKind, { from, to }: Days): Promise<CalendarEvent[]> {
    const found = await this.directory.resolve(symbol);
    if (!('instrument' in found)) return [];
    const asked = { symbols: [symbol], kinds: [kind], from: Date.parse(from), to: Date.parse(to) };
    const events = await callSource((ctx) => this.market.adapter.events(asked, ctx), {
      withinMs: SOURCE_WITHIN_MS,
      priority: 'interactive',
      wallNow: this.wall.now(),
      stop: this.lifecycle.draining,
    });
    const now = this.market.now();
    return events.filter(({ knownAt }) => knownAt <= now);
  }

  #entry(kind: MarketCalendarKind, event: CalendarEvent): MarketCalendarEntry {
    const calendar = calendarOf(this.directory.get(event.symbol)?.calendar ?? CALENDAR_OF_DATES);
    const date = calendar.dateAt(event.at);
    const title = `${TITLES[event.kind]}: ${event.symbol}`;
    return {
      ...NOTHING_SAID,
      ...{ id: `cal_${kind}-${event.symbol}-${date}`, kind, date, symbol: event.symbol, title, country: null },
      // The day is what is announced; the instant is the open of its session.
      ...{ at: iso(event.at), timeKnown: false },
      provenance: this.#provenance(this.market.source, event.knownAt),
    };
  }

  /** Weekdays without a session, and sessions that end early. */
  #closures({ from, to }: Days): MarketCalendarEntry[] {
    const items: MarketCalendarEntry[] = [];
    for (const [id, country] of VENUES) {
      const calendar = calendarOf(id);
      for (let at = Date.parse(from); at < Date.parse(to); at += DAY_MS) {
        const date = dayOf(at);
        const session = calendar.session(date);
        const weekday = new Date(at).getUTCDay();
        if (session === null ? weekday === 0 || weekday === 6 : !session.halfDay) continue;
        const title = session === null ? `${id} closed: ${calendar.reason(date)}` : `${id} closes early`;
        items.push({
          ...NOTHING_SAID,
          ...{ id: `cal_holiday-${id}-${date}`, kind: 'holiday', date, symbol: null, title, country },
          ...{ at: iso(session?.close ?? null), timeKnown: session !== null },
          provenance: this.#provenance('calendars', null),
        });
      }
    }
    return items;
  }

  #provenance(sourceId: string, asOf: number | null) {
    const context = { ...viewContext(this.market, this.venues), sourceId };
    return wireProvenance({ ...noProvenance(context, this.market.kind), asOf }, context.marketNow);
  }
}

const CALENDAR_OF_DATES: CalendarId = 'XNYS';
const NOTHING_SAID = { importance: null, expected: null, actual: null, previous: null, unit: null } as const;

const keyOf = ({ date, id }: MarketCalendarEntry): string => `${date}|${id}`;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

function rangeInvalid(path: string, message: string): DomainError {
  const fault = { in: 'query' as const, path, code: 'range_invalid' satisfies InputFaultCode, message };
  return new DomainError('validation_failed', `${path}: ${message}`, { faults: [fault] });
}

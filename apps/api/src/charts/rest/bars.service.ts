import { Injectable } from '@nestjs/common';
import { BARS_MAX } from '@ziggy/contracts';
import type { BarsAnswer, BarsQuery, InputFaultCode } from '@ziggy/contracts';
import { calendarOf, DomainError, fromMicro, INTERVAL_MS, storedInterval } from '@ziggy/domain';
import type { Bar, Instrument, Interval, Symbol } from '@ziggy/domain';
import { computeIndicators, INDICATORS, MAX_INDICATORS, parseIndicators } from '@ziggy/quant';
import type { IndicatorBar, IndicatorSpec } from '@ziggy/quant';
import type { CorporateAction } from '@ziggy/market-sources';
import { ActiveMarket } from '../../market/source/active-market.ts';
import { InstrumentDirectory } from '../../market/instruments/instrument-directory.ts';
import { knownInstrument, unavailable } from '../../market/instruments/known-instrument.ts';
import { checkLimit } from '../../market/instruments/symbols-query.ts';
import { lineageIdOf } from '../../market/quotes/quote-view.ts';
import { Venues } from '../../market/calendar/venues.ts';
import { iso, wireProvenance } from '../../market/quotes/wire-provenance.ts';
import { ProblemError } from '../../platform/problem.ts';
import { adjustBars, needsCloses } from '../history/adjust.ts';
import type { CloseBefore } from '../history/adjust.ts';
import { BarHistory } from '../history/bar-history.ts';
import { BarRepository } from '../store/bar.repository.ts';
import type { BarSeries } from '../history/bar-history.ts';
import { cursorOf, readCursor } from './bars-cursor.ts';
import type { CursorScope } from './bars-cursor.ts';
import { checkInterval } from './check-interval.ts';
import { indicatorBar, shown } from '../live/chart-series.ts';
import { daysAWeek, findGaps, reachBack } from '../history/gaps.ts';
import { seriesProvenance, wireBar } from './series-view.ts';
import { weeklyBars, weeksOf } from '../history/weekly-bars.ts';
import type { SeriesBar, Week } from '../history/weekly-bars.ts';

/** Longest wait for the source, ms; the answer of the store is given when it does not come. */
const SOURCE_WITHIN_MS = 8_000;
const ACTIONS_WITHIN_MS = 2_000;
const WEEK_MS = 7 * 86_400_000;
/** A page of weeks is cut at both ends. */
const SPARE_WEEKS = 2;

interface Page {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** The range has a first instant of its own, beyond which no page goes. */
  readonly bounded: boolean;
  /** Market time as of which the answer speaks. */
  readonly asOf: number;
  /** It was asked for, so nothing younger may show. */
  readonly isPast: boolean;
}

/** `GET /market/bars/{symbol}`: history, adjustment, indicators, gaps. */
@Injectable()
export class BarsService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly history: BarHistory,
    private readonly venues: Venues,
    private readonly stored: BarRepository,
  ) {}

  async bars(symbol: Symbol, query: BarsQuery): Promise<BarsAnswer> {
    checkLimit('limit', query.limit, BARS_MAX);
    const specs = parseSpecs(query.indicators);
    const stored = storedInterval(query.interval);
    checkInterval(this.market.adapter, stored);
    const instrument = await knownInstrument(this.directory, symbol);
    const page = this.#page(symbol, query, instrument);
    const warmUp = warmUpOf(specs);
    const weeks = query.interval === '1w' ? this.#weeks(instrument, page, warmUp) : null;
    const [series, actions] = await Promise.all([
      weeks === null ? this.#read(instrument, stored, page, warmUp) : this.#readDays(instrument, page, weeks),
      this.history.actions(instrument, ACTIONS_WITHIN_MS),
    ]);
    if (series.failure !== null && series.bars.length === 0) throw unavailable(symbol);
    const known = page.isPast ? { ...series, bars: series.bars.filter((bar) => bar.availableAt <= page.asOf) } : series;
    const closeBefore = needsCloses(known.bars, actions, query.adjust, page.asOf)
      ? await this.#closes(instrument, known.bars, page.asOf)
      : undefined;
    const adjusted = adjustBars(known.bars, actions, query.adjust, page.asOf, closeBefore);
    const answer = this.#answer(instrument, query, page, { ...known, bars: adjusted, weeks }, actions, specs);
    // A week came with no answer: it is made here.
    if (weeks !== null) return answer;
    return { ...answer, lineageId: await this.#lineageId(instrument, stored, answer.items) };
  }

  /** Of the newest complete bar, which the provenance of a series speaks of; `null` when it came with no answer. */
  async #lineageId(instrument: Instrument, interval: Interval, items: BarsAnswer['items']): Promise<string | null> {
    const newest = items.findLast(({ closed }) => closed);
    const instrumentId = this.directory.knownId(instrument.symbol);
    if (newest === undefined || instrumentId === undefined) return null;
    const openTime = Date.parse(newest.openTime);
    // Without the database the bars came from the source directly.
    const batchId = await this.stored.batchOf(this.market.marketId, instrumentId, interval, openTime).catch(() => null);
    return batchId === null ? null : lineageIdOf(batchId, openTime);
  }

  // ---- asking -----------------------------------------------------------------------------------

  /** Range and size of the asked page. Without `from` it reaches back as far as `limit` bars may need. */
  #page(symbol: Symbol, query: BarsQuery, instrument: Instrument): Page {
    const { interval, limit } = query;
    const scope = scopeOf(this.market.id, symbol, query);
    const before = query.cursor === undefined ? null : readCursor(query.cursor, scope);
    if (query.cursor !== undefined && before === null) {
      throw new ProblemError('invalid_cursor', 'The cursor does not belong to this query.');
    }
    const now = this.market.now();
    const asOf = query.asOf === undefined ? now : Math.min(now, Date.parse(query.asOf));
    const end = query.to === undefined ? now + INTERVAL_MS[storedInterval(interval)] : Date.parse(query.to);
    const asked = query.asOf === undefined ? end : Math.min(end, asOf);
    const from = query.from === undefined ? null : Date.parse(query.from);
    if (from !== null && from >= asked) throw rangeInvalid(query);
    const to = Math.min(asked, before ?? asked);
    return {
      from: from ?? this.#reach(instrument, interval, Math.min(to, now), limit),
      to,
      limit,
      bounded: from !== null,
      asOf,
      isPast: query.asOf !== undefined,
    };
  }

  #reach(instrument: Instrument, interval: BarsQuery['interval'], to: number, bars: number): number {
    if (interval === '1w') return to - (bars + SPARE_WEEKS) * WEEK_MS;
    const session = calendarOf(instrument.calendar).lastOpened(Math.min(to, this.market.now()));
    return reachBack(to, interval, bars, session.close - session.open, daysAWeek(instrument));
  }

  /** Reads the page and the bars before it that the indicators need to be warm. */
  #read(instrument: Instrument, interval: Interval, page: Page, warmUp: number): Promise<BarSeries> {
    // One more than the limit tells whether there is another page.
    const limit = page.limit + 1 + warmUp;
    const from =
      warmUp === 0 && page.bounded
        ? page.from
        : Math.min(
            page.from,
            this.#reach(instrument, interval, page.bounded ? page.from : page.to, page.bounded ? warmUp : limit),
          );
    return this.history.bars({
      instrument,
      interval,
      from,
      to: page.to,
      limit,
      priority: 'interactive',
      withinMs: SOURCE_WITHIN_MS,
    });
  }

  /** The weeks of the page, and those before it that the indicators need. */
  #weeks({ calendar }: Instrument, page: Page, warmUp: number): Week[] {
    const from = page.bounded ? page.from : page.to - (page.limit + 1 + SPARE_WEEKS) * WEEK_MS;
    return weeksOf(calendarOf(calendar), from - (warmUp === 0 ? 0 : warmUp + SPARE_WEEKS) * WEEK_MS, page.to);
  }

  /** Reads the days of whole weeks. */
  #readDays(instrument: Instrument, page: Page, weeks: readonly Week[]): Promise<BarSeries> {
    return this.history.bars({
      ...{ instrument, interval: '1d', from: weeks[0]?.open ?? page.from, to: weeks.at(-1)?.close ?? page.to },
      ...{ limit: null, priority: 'interactive', withinMs: SOURCE_WITHIN_MS },
    });
  }

  /** Raw closes before the ex-dates that lie after the last bar of a page. */
  async #closes(instrument: Instrument, bars: readonly Bar[], asOf: number): Promise<CloseBefore> {
    const last = (bars.at(-1) as Bar).openTime;
    const { bars: daily } = await this.history.bars({
      instrument,
      interval: '1d',
      from: calendarOf(instrument.calendar).lastOpened(last).open,
      to: asOf,
      limit: null,
      priority: 'interactive',
      withinMs: SOURCE_WITHIN_MS,
    });
    return (exAt) => daily.findLast((bar) => bar.complete && bar.closeTime <= exAt)?.c ?? null;
  }

  // ---- answering --------------------------------------------------------------------------------

  #answer(
    instrument: Instrument,
    query: BarsQuery,
    page: Page,
    series: BarSeries & { readonly weeks: readonly Week[] | null },
    actions: readonly CorporateAction[],
    specs: readonly IndicatorSpec[],
  ): BarsAnswer {
    const { interval, adjust } = query;
    const stored = storedInterval(interval);
    const now = this.market.now();
    // A page that ends in the past lacks nothing of what came after it.
    const speaksAt = Math.min(page.asOf, page.to);
    const all = series.weeks === null ? series.bars : weeklyBars(series.bars, series.weeks, page.asOf);
    const eligible = page.bounded ? all.filter((bar) => bar.openTime >= page.from) : all;
    const items = eligible.slice(-page.limit);
    const hidden = all.length - items.length;
    const first = items[0];
    const more = first !== undefined && eligible.length > items.length;
    const scope = scopeOf(this.market.id, instrument.symbol, query);
    // What is known of weeks is what is known of their days.
    const parts = first === undefined ? [] : series.bars.filter(({ openTime }) => openTime >= first.openTime);
    const provenance = seriesProvenance(this.market, this.venues, instrument, stored, parts, speaksAt);
    return {
      symbol: instrument.symbol,
      interval,
      adjust,
      calendar: instrument.calendar,
      items: items.map(wireBar),
      indicators: indicatorsOf(specs, all, hidden, instrument),
      actions: shownActions(actions, first?.openTime ?? page.from, page, instrument),
      ...this.#coverage(instrument, interval, page, series, items, more),
      nextCursor: more ? cursorOf(first.openTime, scope) : null,
      ...wireProvenance(provenance, now),
    };
  }

  #coverage(
    instrument: Instrument,
    interval: BarsQuery['interval'],
    page: Page,
    series: BarSeries,
    items: readonly SeriesBar[],
    more: boolean,
  ): Pick<BarsAnswer, 'gaps' | 'coverage'> {
    const first = items[0];
    const last = items.at(-1);
    const wanted = page.bounded && !more ? page.from : (first?.openTime ?? page.from);
    const from = Math.max(wanted, series.beginsAt ?? wanted);
    const to = Math.min(page.to, last !== undefined && !last.complete ? last.openTime : page.asOf);
    const outOfHistory = page.bounded && series.beginsAt !== null && page.from < series.beginsAt && !more;
    const windows =
      interval === '1w'
        ? weeksOf(calendarOf(instrument.calendar), from, to)
        : this.venues.sessions(instrument.calendar, from, to);
    const found = findGaps(items, windows, storedInterval(interval), from, to);
    const reason = series.failure !== null ? 'source_unavailable' : outOfHistory ? 'out_of_history' : null;
    return {
      gaps: found.gaps.map((gap) => ({
        from: iso(gap.from),
        to: iso(gap.to),
        reason: series.failure === null ? 'no_trade' : 'not_fetched',
      })),
      coverage: {
        from: iso(first?.openTime ?? null),
        to: iso(last?.closeTime ?? null),
        expected: found.expected,
        present: found.present,
        reason,
      },
    };
  }
}

/** What a cursor belongs to. */
function scopeOf(market: string, symbol: Symbol, { interval, from, to, asOf }: BarsQuery): CursorScope {
  return [market, symbol, interval, from ?? '', to ?? '', asOf ?? ''];
}

function parseSpecs(text: string | undefined): readonly IndicatorSpec[] {
  if (text === undefined || text.trim() === '') return [];
  // Commas inside brackets separate parameters.
  checkLimit('indicators', text.split(/,(?![^(]*\))/).length, MAX_INDICATORS);
  const parsed = parseIndicators(text);
  if ('specs' in parsed) return parsed.specs;
  const { value, message, allowed } = parsed.fault;
  const fault = {
    in: 'query' as const,
    path: 'indicators',
    code: 'invalid_value' satisfies InputFaultCode,
    message,
    value: value.slice(0, 64),
    allowed,
  };
  throw new DomainError('validation_failed', `indicators: ${message}`, { faults: [fault] });
}

function warmUpOf(specs: readonly IndicatorSpec[]): number {
  return specs.reduce((most, spec) => {
    const definition = INDICATORS.find(({ name }) => name === spec.name);
    return Math.max(most, definition?.warmUpBars(spec.params) ?? 0);
  }, 0);
}

function indicatorsOf(
  specs: readonly IndicatorSpec[],
  bars: readonly SeriesBar[],
  hidden: number,
  instrument: Instrument,
): BarsAnswer['indicators'] {
  if (specs.length === 0) return {};
  const all = computeIndicators(specs, indicatorBars(specs, bars, instrument));
  return Object.fromEntries(
    Object.entries(all).map(([id, outputs]) => [
      id,
      Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, values.slice(hidden).map(shown)])),
    ]),
  );
}

/** The bars with their trading day, where an indicator starts anew each day. */
function indicatorBars(
  specs: readonly IndicatorSpec[],
  bars: readonly SeriesBar[],
  instrument: Instrument,
): IndicatorBar[] {
  const perSession = specs.some(
    (spec) => INDICATORS.find(({ name }) => name === spec.name)?.needs.includes('session') ?? false,
  );
  if (!perSession) return bars.map(indicatorBar);
  const calendar = calendarOf(instrument.calendar);
  return bars.map((bar) => ({ ...indicatorBar(bar), session: calendar.dateAt(bar.openTime) }));
}

function shownActions(
  actions: readonly CorporateAction[],
  from: number,
  { to, asOf }: Page,
  instrument: Instrument,
): BarsAnswer['actions'] {
  const calendar = calendarOf(instrument.calendar);
  return actions
    .filter(({ exAt, knownAt }) => exAt >= from && exAt < to && knownAt <= asOf)
    .map(({ exAt, type, ratio, amount, knownAt }) => ({
      exDate: calendar.dateAt(exAt),
      type,
      ratio,
      amount: amount === null ? null : fromMicro(amount),
      knownAt: iso(knownAt),
    }));
}

function rangeInvalid(query: BarsQuery): DomainError {
  const fault = {
    in: 'query' as const,
    path: 'from',
    code: 'range_invalid' satisfies InputFaultCode,
    message: '`from` must lie before `to` (and before now).',
    value: query.from ?? '',
  };
  return new DomainError('validation_failed', `from: ${fault.message}`, { faults: [fault] });
}

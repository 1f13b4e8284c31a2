import { Injectable } from '@nestjs/common';
import { CORRELATION_MAX_SYMBOLS } from '@ziggy/contracts';
import type { CorrelationAnswer, CorrelationQuery, InputFaultCode, NullReason } from '@ziggy/contracts';
import { calendarOf, combine, DomainError } from '@ziggy/domain';
import type { Bar, Instrument, Interval, Provenance, Symbol } from '@ziggy/domain';
import { returnCorrelation } from '@ziggy/quant';
import type { KeyedCloses } from '@ziggy/quant';
import { ActiveMarket } from '../../market/source/active-market.ts';
import { InstrumentDirectory } from '../../market/instruments/instrument-directory.ts';
import { parseSymbolList } from '../../market/instruments/symbols-query.ts';
import { noProvenance } from '../../market/lists/tracked.ts';
import { Venues } from '../../market/calendar/venues.ts';
import { viewContext } from '../../market/quotes/quote-view.ts';
import { wireProvenance } from '../../market/quotes/wire-provenance.ts';
import { adjustBars } from '../history/adjust.ts';
import { BarHistory } from '../history/bar-history.ts';
import { checkInterval } from './check-interval.ts';
import { reachBack } from '../history/gaps.ts';
import { seriesProvenance } from './series-view.ts';

const WITHIN_MS = 5_000;
const ACTIONS_WITHIN_MS = 2_000;
/** Under this many pairs of returns a correlation is mostly chance. */
const LEAST_PAIRS = 20;
const METHOD = 'pearson of log returns over shared closed bars, adjusted for splits';

interface Series {
  readonly closes: KeyedCloses;
  readonly provenance: Provenance;
}

/** How returns of symbols move together. */
@Injectable()
export class CorrelationService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly history: BarHistory,
    private readonly venues: Venues,
  ) {}

  async correlation(query: CorrelationQuery): Promise<CorrelationAnswer> {
    const symbols = parseSymbolList(query.symbols, CORRELATION_MAX_SYMBOLS);
    if (symbols.length < 2) throw tooFew(query.symbols);
    checkInterval(this.market.adapter, query.interval);
    const found = await Promise.all(symbols.map((symbol) => this.#series(symbol, query.interval, query.bars)));
    const cells = found.map((a) =>
      found.map((b) =>
        typeof a === 'string' || typeof b === 'string'
          ? { r: null, n: 0 }
          : returnCorrelation(a.closes, b.closes, query.bars, LEAST_PAIRS),
      ),
    );
    const reasons: Record<string, NullReason> = {};
    for (const [i, series] of found.entries()) if (typeof series === 'string') reasons[symbols[i] as Symbol] = series;
    const inputs = found.flatMap((series) => (typeof series === 'string' ? [] : [series.provenance]));
    const now = this.market.now();
    return {
      symbols,
      interval: query.interval,
      matrix: cells.map((row) => row.map(({ r }) => (r === null ? null : Math.round(r * 1e6) / 1e6 + 0))),
      n: cells.map((row) => row.map(({ n }) => n)),
      method: METHOD,
      reasons,
      ...wireProvenance(inputs.length === 0 ? this.#nothing() : combine(inputs), now),
    };
  }

  async #series(symbol: Symbol, interval: Interval, count: number): Promise<Series | NullReason> {
    const found = await this.directory.resolve(symbol);
    if ('missing' in found) return found.missing === 'unknown' ? 'unknown_symbol' : 'source_unavailable';
    const { instrument } = found;
    const now = this.market.now();
    const session = calendarOf(instrument.calendar).lastOpened(now);
    const perWeek = instrument.calendar === '24x7' ? 7 : 5;
    const asked = { instrument, interval, to: now, priority: 'interactive', withinMs: WITHIN_MS } as const;
    // A coin has bars on days that a stock has none, so more of its days are read than are shared in the end.
    const from = reachBack(now, interval, Math.ceil(count * 1.5) + 2, session.close - session.open, perWeek);
    const [{ bars, failure }, actions] = await Promise.all([
      this.history.bars({ ...asked, from, limit: null }),
      this.history.actions(instrument, ACTIONS_WITHIN_MS),
    ]);
    const closed = adjustBars(
      bars.filter(({ complete }) => complete),
      actions,
      'splits',
      now,
    );
    if (closed.length === 0) return failure === null ? 'no_data' : 'source_unavailable';
    const provenance = seriesProvenance(this.market, this.venues, instrument, interval, closed);
    return { closes: keyed(closed, instrument, interval), provenance };
  }

  #nothing(): Provenance {
    return noProvenance(viewContext(this.market, this.venues), this.market.kind);
  }
}

/** Daily bars of two venues meet by their session date, others by their instant. */
function keyed(bars: readonly Bar[], instrument: Instrument, interval: Interval): KeyedCloses {
  const calendar = calendarOf(instrument.calendar);
  return new Map(bars.map(({ openTime, c }) => [interval === '1d' ? calendar.dateAt(openTime) : openTime, c]));
}

function tooFew(value: string): DomainError {
  const fault = {
    in: 'query' as const,
    path: 'symbols',
    code: 'out_of_range' satisfies InputFaultCode,
    message: 'Name at least two symbols.',
    value: value.slice(0, 64),
    allowed: ['>= 2'],
  };
  return new DomainError('validation_failed', `symbols: ${fault.message}`, { faults: [fault] });
}

import { Injectable } from '@nestjs/common';
import { NEWS_MAX_SYMBOLS } from '@ziggy/contracts';
import type { HeadlinesAnswer, HeadlinesQuery, InputFaultCode } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import type { Symbol } from '@ziggy/domain';
import { ActiveMarket } from '../market/source/active-market.ts';
import { checkLimit, parseSymbolList } from '../market/instruments/symbols-query.ts';
import { iso } from '../market/quotes/wire-provenance.ts';
import { EventReader } from '../persistence/event-reader.ts';
import { WallClock } from '../platform/clock.ts';
import { ProblemError } from '../platform/problem.ts';
import { newsCursor, readNewsCursor } from './news-cursor.ts';
import { newsItemOf } from './news-view.ts';
import { NewsRepository } from './news.repository.ts';
import type { NewsAsked, StoredNews } from './news.repository.ts';

const DAY_MS = 86_400_000;
/** Without a word of the source for so long its headlines are stale (market-data.md section 2). */
const STALE_AFTER_MS = 15 * 60_000;

/** `GET /news/headlines`: what was told, newest first, and where the stream goes on. */
@Injectable()
export class NewsService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly repository: NewsRepository,
    private readonly reader: EventReader,
    private readonly wall: WallClock,
  ) {}

  async headlines(query: HeadlinesQuery): Promise<HeadlinesAnswer> {
    const scope = scopeOf(this.market.id, query);
    const asked = this.#asked(query, scope);
    const { id: market, marketId } = this.market;
    // One instant for both: what the answer holds is exactly what came before the position.
    const { found, position } = await this.repository.snapshot(async (tx) => ({
      position: await this.reader.positionIn(tx, { market, channel: 'news', owner: null }),
      found: await this.repository.find(tx, marketId, { ...asked, limit: asked.limit + 1 }),
    }));
    const items = found.slice(0, asked.limit);
    const last = items.at(-1);
    const coverage = this.#coverage();
    const context = { market, marketNow: this.market.now(), stale: coverage.stale };
    return {
      items: items.map((item) => newsItemOf(item, context)),
      coverage: coverage.shown,
      position: { epoch: position.epoch, seq: position.seq },
      nextCursor: found.length > items.length && last !== undefined ? newsCursor(placeOf(last), scope) : null,
    };
  }

  #asked(query: HeadlinesQuery, scope: readonly string[]): NewsAsked {
    const before = query.cursor === undefined ? null : readNewsCursor(query.cursor, scope);
    if (query.cursor !== undefined && before === null) {
      throw new ProblemError('invalid_cursor', 'The cursor does not belong to this query.');
    }
    const to = query.to === undefined ? null : Date.parse(query.to);
    const from = query.from === undefined ? this.market.now() - query.lookbackDays * DAY_MS : Date.parse(query.from);
    if (query.from !== undefined && from >= (to ?? Number.POSITIVE_INFINITY)) throw rangeInvalid(query.from);
    return {
      symbols: symbolsOf(query),
      ids: idsOf(query.ids),
      text: query.q ?? null,
      from,
      to,
      before,
      limit: query.limit,
    };
  }

  #coverage(): { shown: HeadlinesAnswer['coverage']; stale: boolean } {
    const { adapter } = this.market;
    if (!adapter.capabilities().news) {
      return { shown: { feeds: 0, healthy: 0, lastSuccessAt: null, reason: 'no_source' }, stale: false };
    }
    const { state, lastSuccessAt } = adapter.health();
    const heard = state === 'ok' || state === 'degraded';
    const stale = !heard && (lastSuccessAt === null || this.wall.now() - lastSuccessAt > STALE_AFTER_MS);
    return { shown: { feeds: 1, healthy: heard ? 1 : 0, lastSuccessAt: iso(lastSuccessAt), reason: null }, stale };
  }
}

/** A cursor belongs to the filters that it was made under; how many a page holds may change. */
function scopeOf(market: string, { symbols, symbol, q, ids, from, to, lookbackDays }: HeadlinesQuery): string[] {
  return [market, symbols ?? '', symbol ?? '', q ?? '', ids ?? '', from ?? '', to ?? '', String(lookbackDays)];
}

function symbolsOf({ symbols, symbol }: HeadlinesQuery): readonly Symbol[] | null {
  const given = [symbols, symbol].filter((text) => text !== undefined);
  return given.length === 0 ? null : parseSymbolList(given.join(','), NEWS_MAX_SYMBOLS);
}

function idsOf(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const ids = [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
  checkLimit('ids', ids.length, NEWS_MAX_SYMBOLS);
  return ids;
}

function placeOf({ publishedAt, firstSeenAt, id }: StoredNews): { sortAt: number; id: string } {
  return { sortAt: publishedAt ?? firstSeenAt, id };
}

function rangeInvalid(value: string): DomainError {
  const fault = {
    in: 'query' as const,
    path: 'from',
    code: 'range_invalid' satisfies InputFaultCode,
    message: '`from` must lie before `to`.',
    value,
  };
  return new DomainError('validation_failed', `from: ${fault.message}`, { faults: [fault] });
}

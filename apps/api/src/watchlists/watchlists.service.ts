import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { WATCHLISTS_MAX, WATCHLIST_SYMBOLS_MAX } from '@ziggy/contracts';
import type {
  InputFaultCode,
  Watchlist,
  WatchlistBody,
  WatchlistChange,
  WatchlistSections,
  WatchlistsAnswer,
} from '@ziggy/contracts';
import { DomainError, parseSymbol } from '@ziggy/domain';
import type { InputFault, Symbol } from '@ziggy/domain';
import { randomBytes } from 'node:crypto';
import { SYMBOL_GRAMMAR } from '../market/instruments/symbols-query.ts';
import { Transactions } from '../persistence/transactions.ts';
import { WallClock } from '../platform/clock.ts';
import { Logger } from '../platform/logger.ts';
import type { Owner } from './watchlist.entity.ts';
import { SEEN_FOR_MS, WatchlistInterest } from './watchlist-interest.ts';
import { WatchlistRepository } from './watchlist.repository.ts';

const SWEEP_EVERY_MS = 60_000;
const ID_BYTES = 9;

/** Lists of symbols that users keep. Their symbols are kept fresh while somebody looks at them. */
@Injectable()
export class WatchlistsService implements OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: WatchlistRepository,
    private readonly transactions: Transactions,
    private readonly interest: WatchlistInterest,
    private readonly wall: WallClock,
    private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#timer = setInterval(() => this.interest.sweep(), SWEEP_EVERY_MS);
    try {
      for (const list of await this.repository.changedSince(new Date(this.wall.now() - SEEN_FOR_MS))) this.#see(list);
    } catch (error) {
      this.log.warn({ err: error, context: 'Watchlists' }, 'watchlists were not read; they count once they are seen');
    }
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.interest.stop();
  }

  async list(owner: Owner): Promise<WatchlistsAnswer> {
    const items = await this.repository.list(owner);
    for (const list of items) this.#see(list);
    return { items, nextCursor: null };
  }

  /** The first symbols of the owner's first list that holds any; empty when there is none. */
  async firstSymbols(owner: Owner, most: number): Promise<Symbol[]> {
    const { items } = await this.list(owner);
    const symbols = items.map(symbolsOf).find((list) => list.length > 0) ?? [];
    return symbols.slice(0, most) as Symbol[];
  }

  async create(owner: Owner, body: WatchlistBody): Promise<Watchlist> {
    const sections = checkedSections(body.sections);
    const id = `wl_${randomBytes(ID_BYTES).toString('base64url')}`;
    const list = await this.transactions.run(async () => {
      const count = await this.repository.countForInsert(owner);
      if (count >= WATCHLISTS_MAX) throw tooMany('', count + 1, WATCHLISTS_MAX, 'lists');
      return this.repository.insert(owner, { id, name: body.name, sections });
    });
    this.transactions.afterCommit(() => this.#see(list));
    return list;
  }

  async change(owner: Owner, id: string, { name, sections, version }: WatchlistChange): Promise<Watchlist> {
    const list = await this.repository.update(owner, { id, name, sections: checkedSections(sections), version });
    if (list === null) throw await this.#notThis(owner, id);
    this.transactions.afterCommit(() => this.#see(list));
    return list;
  }

  async remove(owner: Owner, id: string, version: number): Promise<void> {
    if (!(await this.repository.delete(owner, id, version))) throw await this.#notThis(owner, id);
    this.transactions.afterCommit(() => this.interest.forget(id));
  }

  #see(list: Watchlist): void {
    this.interest.see(list.id, symbolsOf(list));
  }

  async #notThis(owner: Owner, id: string): Promise<DomainError> {
    const current = await this.repository.find(owner, id);
    if (current === null) return new DomainError('not_found', 'There is no such watchlist.');
    return new DomainError('version_conflict', `The list is at version ${current.version} by now.`, {
      extra: { current },
    });
  }
}

function symbolsOf({ sections }: Pick<Watchlist, 'sections'>): string[] {
  return [...new Set(sections.flatMap(({ symbols }) => symbols))];
}

/**
 * Symbols in canonical form.
 * @throws DomainError `validation_failed` naming each that is malformed or stands twice in its section, or the limit.
 */
function checkedSections(sections: WatchlistSections): WatchlistSections {
  const faults: InputFault[] = [];
  const result = sections.map(({ title, symbols }, i) => {
    const seen = new Set<string>();
    for (const [j, text] of symbols.entries()) {
      const symbol = parseSymbol(text);
      const path = `/sections/${i}/symbols/${j}`;
      if (symbol === null) faults.push(fault(path, 'symbol_invalid', SYMBOL_GRAMMAR, text));
      else if (seen.has(symbol)) faults.push(fault(path, 'invalid_value', 'Stands twice in this section.', text));
      else seen.add(symbol);
    }
    return { title, symbols: [...seen] };
  });
  const count = sections.reduce((sum, { symbols }) => sum + symbols.length, 0);
  if (count > WATCHLIST_SYMBOLS_MAX) throw tooMany('/sections', count, WATCHLIST_SYMBOLS_MAX, 'symbols');
  const first = faults[0];
  if (first !== undefined)
    throw new DomainError('validation_failed', `${first.path}: ${first.message}`, { faults: faults.slice(0, 50) });
  return result;
}

function fault(path: string, code: InputFaultCode, message: string, value: string): InputFault {
  return { in: 'body', path, code, message, value: value.slice(0, 64) };
}

function tooMany(path: string, actual: number, limit: number, what: string): DomainError {
  const one = {
    ...fault(path, 'limit_exceeded', `${actual} ${what}, at most ${limit} allowed.`, String(actual)),
    allowed: [`<= ${limit}`],
  };
  return new DomainError('validation_failed', one.message, { faults: [one], extra: { limit, actual } });
}

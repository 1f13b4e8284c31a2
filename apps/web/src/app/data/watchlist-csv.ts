import { WATCHLISTS_MAX, WATCHLIST_SECTIONS_MAX, WATCHLIST_SYMBOLS_MAX } from '@ziggy/contracts';
import type { Watchlist } from '@ziggy/contracts';
import { parseSymbol } from '@ziggy/domain';
import { csvText } from './csv.ts';
import type { WatchlistEdit } from './watchlist-merge.ts';

const HEADER = ['list', 'section', 'symbol'] as const;
const MOST_ROWS = 20_000;

/** A row that is not taken, and why. Lines count from 1, the heading among them. */
export interface RowError {
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

/** What an import would do. */
export interface ImportPlan {
  readonly lists: readonly WatchlistEdit[];
  readonly taken: number;
  readonly errors: readonly RowError[];
}

export function watchlistsCsv(lists: readonly Watchlist[]): string {
  return csvText(
    HEADER,
    lists.flatMap(({ name, sections }) =>
      sections.flatMap(({ title, symbols }) => symbols.map((symbol) => [name, title, symbol])),
    ),
  );
}

/**
 * Reads `list,section,symbol`, or one column of symbols, separated by comma, semicolon or tab; with or without a heading,
 * a byte order mark, quotes. Nothing is stored: bad rows are named and the rest is what an import would add.
 * @param fallback name of the list for files that name none.
 */
export function planImport(text: string, fallback: string): ImportPlan {
  const rows = parseRows(text.replace(/^\uFEFF/, ''));
  const first = rows[0]?.cells.map((cell) => cell.toLowerCase()) ?? [];
  const named = first.includes('symbol');
  const at = (name: string): number => (named ? first.indexOf(name) : -1);
  const columns = named
    ? { list: at('list'), section: at('section'), symbol: at('symbol') }
    : first.length >= 3
      ? { list: 0, section: 1, symbol: 2 }
      : { list: -1, section: -1, symbol: 0 };
  const lists = new Map<string, Map<string, string[]>>();
  const errors: RowError[] = [];
  let taken = 0;
  for (const { line, cells } of rows.slice(named ? 1 : 0)) {
    const cell = (column: number): string => (column < 0 ? '' : unguarded(cells[column] ?? ''));
    const why = place(lists, cell(columns.list) || fallback, cell(columns.section), cell(columns.symbol));
    if (why === null) taken += 1;
    else errors.push({ line, text: cells.join(', ').slice(0, 80), why });
  }
  return {
    lists: [...lists]
      .map(([name, sections]) => ({
        name,
        sections: [...sections].map(([title, symbols]) => ({ title, symbols })),
      }))
      .filter(({ sections }) => sections.length > 0),
    taken,
    errors,
  };
}

/** Puts a row where it belongs; the reason when it cannot be. */
function place(lists: Map<string, Map<string, string[]>>, name: string, title: string, text: string): string | null {
  const symbol = parseSymbol(text);
  if (symbol === null) return text === '' ? 'no symbol' : 'not a symbol';
  if (name.length > 60) return 'name of the list over 60 characters';
  if (title.length > 60) return 'title of the section over 60 characters';
  const sections = lists.get(name) ?? new Map<string, string[]>();
  if (!lists.has(name) && lists.size >= WATCHLISTS_MAX) return `over ${WATCHLISTS_MAX} lists`;
  const symbols = sections.get(title) ?? [];
  if (symbols.includes(symbol)) return 'stands twice in its section';
  if (!sections.has(title) && sections.size >= WATCHLIST_SECTIONS_MAX) return `over ${WATCHLIST_SECTIONS_MAX} sections`;
  const count = [...sections.values()].reduce((sum, one) => sum + one.length, 0);
  if (count >= WATCHLIST_SYMBOLS_MAX) return `over ${WATCHLIST_SYMBOLS_MAX} symbols in the list`;
  lists.set(name, sections.set(title, [...symbols, symbol]));
  return null;
}

/** The apostrophe that an export put before a formula. */
const unguarded = (text: string): string => (/^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text);

/** Rows with their line; blank ones are passed over. The separator is the one that the first line has most of. */
function parseRows(text: string): { readonly line: number; readonly cells: readonly string[] }[] {
  const head = text.slice(0, text.search(/\r?\n|$/));
  const separator = [',', ';', '\t'].toSorted((a, b) => head.split(b).length - head.split(a).length)[0] as string;
  const rows: { line: number; cells: string[] }[] = [];
  let [cells, cell, quoted, line, startLine]: [string[], string, boolean, number, number] = [[], '', false, 1, 1];
  const endRow = (): void => {
    cells.push(cell.trim());
    if (cells.some((one) => one !== '')) rows.push({ line: startLine, cells });
    [cells, cell, startLine] = [[], '', line];
  };
  for (let i = 0; i < text.length && rows.length < MOST_ROWS; i += 1) {
    const character = text[i] as string;
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (character === '"' && cell.trim() === '') [cell, quoted] = ['', true];
    else if (character === separator) {
      cells.push(cell.trim());
      cell = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') cell += character;
  }
  endRow();
  return rows;
}

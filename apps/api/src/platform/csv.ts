import type { Kind } from '@ziggy/domain';
import { Readable } from 'node:stream';
import { ProblemError } from './problem.ts';

export const CSV_MEDIA_TYPE = 'text/csv';
/** Rows of one answer; more are a job's work. */
export const CSV_ROWS_MAX = 50_000;
const LINES_PER_CHUNK = 500;

export type CsvCell = string | number | boolean | null;

/** How an answer becomes rows. */
export interface CsvView<Answer> {
  readonly columns: readonly string[];
  /** Name of the file without its ending, e.g. `bars-AAPL-1d`. */
  readonly name: (answer: Answer) => string;
  readonly rows: (answer: Answer) => readonly (readonly CsvCell[])[];
  /** Kind of the values, where they are a market's: simulated ones say so in the name of the file. */
  readonly kind?: (answer: Answer) => Kind;
}

/** Columns of provenance, behind the columns of the row itself. */
export const PROVENANCE_COLUMNS = [
  'market',
  'source',
  'kind',
  'asOf',
  'receivedAt',
  'stale',
  'delayMinutes',
  'lineageId',
  'ageMs',
] as const;
type ProvenanceColumn = (typeof PROVENANCE_COLUMNS)[number];

export function provenanceCells(value: Readonly<Record<ProvenanceColumn, CsvCell>>): CsvCell[] {
  return PROVENANCE_COLUMNS.map((column) => value[column]);
}

// A spreadsheet takes a text that begins so for a formula.
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\n\r]/;

/** One cell by RFC 4180; a text that a spreadsheet would run is made harmless by an apostrophe before it. */
export function csvCell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** An answer as CSV: the text in pieces, and the name of the file. */
export function csvOf<Answer>(view: CsvView<Answer>, answer: Answer): { body: Readable; fileName: string } {
  const rows = view.rows(answer);
  if (rows.length > CSV_ROWS_MAX)
    throw new ProblemError('export_too_large', `${rows.length} rows are more than ${CSV_ROWS_MAX}.`, {
      extra: { rows: rows.length },
    });
  const simulated = view.kind?.(answer) === 'simulated' ? '-SIMULATED' : '';
  const name = view.name(answer).replace(/[^A-Za-z0-9._-]+/g, '_');
  return { body: Readable.from(pieces(view.columns, rows)), fileName: `${name}${simulated}.csv` };
}

function* pieces(columns: readonly string[], rows: readonly (readonly CsvCell[])[]): Generator<string> {
  yield `${columns.join(',')}\r\n`;
  for (let from = 0; from < rows.length; from += LINES_PER_CHUNK) {
    let text = '';
    for (const row of rows.slice(from, from + LINES_PER_CHUNK)) text += `${row.map(csvCell).join(',')}\r\n`;
    yield text;
  }
}

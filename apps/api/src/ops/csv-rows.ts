import { CsvError, parse } from 'csv-parse';
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One fault of a file, by line. */
export interface RowFault {
  readonly line: number;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

/** A row by our names of the columns; an absent column is absent. */
export interface CsvRow {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
  /** True when numbers are written with a decimal comma, as in files that are parted by `;`. */
  readonly decimalComma: boolean;
}

export interface CsvPlan {
  /** Our names of columns, each with the names that a file may give it, in lower case. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Columns without which a file makes no sense; of a group one is enough. */
  readonly required: readonly (readonly string[])[];
}

/** A file that cannot be read as a whole: the header is missing, or the text is no CSV from here on. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';
  readonly fault: RowFault;

  constructor(fault: RowFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Bytes of the first line that are looked at to find out what parts the columns. */
const HEAD_BYTES = 4_096;
/** Longest row (characters). */
const ROW_MAX = 10_000;

/**
 * Reads a CSV file row by row: UTF-8 with or without a byte order mark, parted by `,` or `;`, with a header.
 * @returns SHA-256 of the bytes that were read.
 * @throws CsvFault when the header lacks a column, or the text is no CSV.
 */
export async function readCsv(
  file: Readable,
  plan: CsvPlan,
  onRow: (row: CsvRow) => Promise<void> | null,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const { delimiter, source } = await withDelimiter(file.pipe(hashing));
  file.on('error', (error) => hashing.destroy(error));
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: ROW_MAX,
  });
  let columns: (string | null)[] | null = null;
  try {
    await pipeline(
      source,
      parser,
      async (rows: AsyncIterable<{ info: { lines: number }; record: string[] }>) => {
        for await (const { info, record } of rows) {
          if (columns === null) columns = columnsOf(record, plan);
          else await onRow({ line: info.lines, cells: cellsOf(columns, record), decimalComma: delimiter === ';' });
        }
      },
      { signal },
    );
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
    throw new CsvFault({
      line,
      column: null,
      code: 'malformed',
      message: `The text is no CSV from here on (${error.code}).`,
    });
  }
  if (columns === null) throw new CsvFault({ line: 1, column: null, code: 'required', message: 'The file is empty.' });
  return hash.digest('hex');
}

/** The header says what parts the columns: whatever of the two it has more of. */
async function withDelimiter(file: Readable): Promise<{ delimiter: string; source: AsyncIterable<Buffer> }> {
  const chunks = file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  let over = false;
  while (!over && head.length < HEAD_BYTES && !head.includes('\n')) {
    const { value, done } = await chunks.next();
    over = done === true;
    if (!over) head = Buffer.concat([head, Buffer.from(value as Buffer)]);
  }
  const line = head.toString('utf8').split('\n', 1)[0] ?? '';
  const delimiter = line.split(';').length > line.split(',').length ? ';' : ',';
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for (let next = over ? null : await chunks.next(); next !== null && next.done !== true; next = await chunks.next())
      yield Buffer.from(next.value);
  }
  return { delimiter, source: all() };
}

function columnsOf(header: readonly string[], { names, required }: CsvPlan): (string | null)[] {
  const columns = header.map((title) => {
    const given = title.toLowerCase();
    return [...names].find(([, accepted]) => accepted.includes(given))?.[0] ?? null;
  });
  for (const group of required) {
    if (!group.some((name) => columns.includes(name)))
      throw new CsvFault({
        line: 1,
        column: group.join(' or '),
        code: 'required',
        message: `The header has no column ${group.join(' or ')}; it has ${header.join(', ').slice(0, 200)}.`,
      });
  }
  return columns;
}

function cellsOf(columns: readonly (string | null)[], record: readonly string[]): Map<string, string> {
  const cells = new Map<string, string>();
  columns.forEach((name, i) => {
    const cell = record[i];
    if (name !== null && cell !== undefined && cell !== '') cells.set(name, cell);
  });
  return cells;
}

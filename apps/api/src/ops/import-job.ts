import { Injectable } from '@nestjs/common';
import type { ImportReport, ImportTapeBody } from '@ziggy/contracts';
import { parseSymbol } from '@ziggy/domain';
import { PART_SUFFIX, TapeWriter } from '@ziggy/market-sources';
import { createReadStream } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { TapeLibrary } from '../market/source/tape-library.ts';
import { readMarketCsv } from './csv-import.ts';
import type { CsvReading } from './csv-import.ts';
import type { CsvMarketOptions } from './csv-market.ts';
import type { JobHandler, JobOutcome, JobTerms } from './job.entity.ts';
import { fileOf } from './record-job.ts';

const TELL_EVERY_ROWS = 1_000;

/** What an import is asked for, wherever its file comes from. */
export type ImportTerms = Omit<ImportTapeBody, 'mode' | 'csv' | 'file'>;

/** How an import ended; `code` null is good. */
export interface ImportResult {
  readonly report: ImportReport;
  readonly code: 'file_invalid' | 'preview_stale' | 'no_data' | null;
  readonly detail: string;
}

/**
 * Checks a CSV file and, unless it is a dry run, makes a tape of it.
 * @param open reads the file from its beginning; it is read twice when a tape is made.
 * @param path of the tape; it is there only when all went well.
 */
export async function importCsv(
  open: () => Readable,
  terms: ImportTerms,
  path: string,
  { signal, progress }: Pick<JobTerms, 'signal' | 'progress'>,
): Promise<ImportResult> {
  const options = optionsOf(terms);
  let rows = 0;
  const count = (stage: string): null => {
    rows += 1;
    if (rows % TELL_EVERY_ROWS === 0) progress(null, `${stage}, ${rows} records`);
    return null;
  };
  const checked = await readMarketCsv(open(), options, () => count('checking'), signal);
  const { report } = checked;
  if (terms.dryRun) return { report, code: null, detail: 'A dry run: nothing was written.' };
  const refusal = refusalOf(report, terms);
  if (refusal !== null) return { report, ...refusal };
  rows = 0;
  const id = await write(open, options, terms, path, checked, () => void count('writing'), signal);
  if (id === null)
    return { report, code: 'preview_stale', detail: 'The file changed while it was read; nothing was written.' };
  return { report: { ...report, written: id }, code: null, detail: 'The tape is written.' };
}

function refusalOf(report: ImportReport, terms: ImportTerms): Pick<ImportResult, 'code' | 'detail'> | null {
  if (report.sha256 !== terms.sha256 && report.sha256 !== '')
    return { code: 'preview_stale', detail: 'The file is not the one that the dry run saw; nothing was written.' };
  if (report.good === 0) return { code: 'no_data', detail: 'Not one row can be used; nothing was written.' };
  // A text that is no CSV has no hash: what lies behind the fault is not known, so it cannot be left out.
  if (report.bad > 0 && (!terms.skipBad || report.sha256 === ''))
    return { code: 'file_invalid', detail: `${report.bad} of ${report.rows} rows are bad; nothing was written.` };
  return null;
}

/** @returns the id of the tape; null when the file was another one than before. */
async function write(
  open: () => Readable,
  options: CsvMarketOptions,
  { title, licence, redistributable }: ImportTerms,
  path: string,
  { report, market }: CsvReading,
  onEvent: () => void,
  signal: AbortSignal,
): Promise<string | null> {
  // A crash may have left one: it is made anew.
  await rm(`${path}${PART_SUFFIX}`, { force: true });
  const writer = await TapeWriter.open(path, {
    title,
    sourceMarket: `csv:${report.sha256.slice(0, 12)}`,
    originKind: options.format === 'bars' && options.interval === '1d' ? 'end_of_day' : 'recorded',
    licence,
    redistributable,
    instruments: market.instruments,
    calendars: [options.calendar],
    actions: [],
  });
  try {
    const again = await readMarketCsv(
      open(),
      options,
      (event) => {
        onEvent();
        return writer.add(event);
      },
      signal,
    );
    if (again.report.sha256 !== report.sha256) {
      await writer.abandon();
      return null;
    }
    return await writer.finish('complete');
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  }
}

function optionsOf(terms: ImportTerms): CsvMarketOptions {
  const { format, zone, columns, calendar, currency, interval, symbol } = terms;
  return {
    format,
    zone,
    columns,
    calendar,
    currency,
    interval,
    symbol: symbol === undefined ? null : parseSymbol(symbol),
  };
}

/** `tape_import`: a CSV file of ticks or bars becomes a tape, whole or not at all. */
@Injectable()
export class ImportJob implements JobHandler {
  readonly kind = 'tape_import';
  readonly #library: TapeLibrary;

  constructor(library: TapeLibrary) {
    this.#library = library;
  }

  async run(terms: JobTerms): Promise<JobOutcome> {
    const { csv, file, mode: _mode, ...body } = terms.input as ImportTapeBody;
    const path = this.#library.path(fileOf(terms.id, body.title));
    const source = file === undefined ? null : join(this.#library.dir, 'import', file);
    try {
      if (source !== null) await access(source);
      await mkdir(this.#library.dir, { recursive: true });
      const open = (): Readable =>
        source === null ? Readable.from([Buffer.from(csv ?? '')]) : createReadStream(source);
      const { report, code, detail } = await importCsv(open, body, path, terms);
      return code === null
        ? { state: 'succeeded', problem: null, result: report }
        : { state: 'failed', problem: { code, detail }, result: report };
    } catch (error) {
      if (terms.signal.aborted) return endedBy(terms.signal);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT')
        return failed('not_found', 'There is no such file in the folder `import` of the folder of tapes.');
      if (code === 'ENOSPC') return failed('disk_full', 'The disk is full; nothing was written.');
      throw error;
    }
  }
}

function endedBy(signal: AbortSignal): JobOutcome {
  return signal.reason === 'canceled'
    ? { state: 'canceled', problem: null, result: null }
    : failed('interrupted', 'The server stopped; nothing was written. Start it again.');
}

function failed(code: string, detail: string): JobOutcome {
  return { state: 'failed', problem: { code, detail }, result: null };
}

import { importTapeBody } from '@ziggy/contracts';
import type { ImportReport } from '@ziggy/contracts';
import { PART_SUFFIX, TAPE_SUFFIX, openTape, recoverTape } from '@ziggy/market-sources';
import { createReadStream } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { environment } from '../config/environment.ts';
import { TapeLibrary } from '../market/source/tape-library.ts';
import { isZone } from '../ops/csv-times.ts';
import { importCsv } from '../ops/import-job.ts';
import type { ImportTerms } from '../ops/import-job.ts';
import { fileOf } from '../ops/record-job.ts';
import { recordRunning } from './tape-record.ts';
import { CommandError, UsageError, print } from './usage.ts';
import type { Command } from './usage.ts';

/** `ziggy tape ...`: tapes without the portal. */
export const tape: Command = {
  usage: [
    'tape list',
    'tape verify <file> [--recover]',
    'tape record --title <text> [--symbols A,B] [--until <instant>] [--url http://localhost:8000]',
    'tape import <file.csv> --format ticks|bars --zone <IANA zone> --title <text> --licence <text>' +
      ' [--column ours=theirs ...] [--symbol S] [--calendar XNYS] [--currency USD] [--interval 1d]' +
      ' [--redistributable] [--skip-bad] [--yes]',
  ],
  async run([what, ...args]) {
    switch (what) {
      case 'list':
        return list(library());
      case 'verify':
        return verify(args);
      case 'record':
        return recordRunning(args);
      case 'import':
        return importFile(args);
      default:
        throw new UsageError(what === undefined ? 'tape: what?' : `There is no "tape ${what}".`);
    }
  },
};

function library(): TapeLibrary {
  const { tape: config } = readConfig(environment()).market;
  return new TapeLibrary(config.tapesDir, config.dir);
}

async function list(tapes: TapeLibrary): Promise<number> {
  const { tapes: entries, unreadable } = await tapes.list();
  const bundled = await tapes.bundled();
  for (const { file, summary } of entries) {
    const { id, header, records, end } = summary;
    print(
      `${file.slice(0, -TAPE_SUFFIX.length)}  ${id.slice(0, 12)}  ${span(header)}  ${records} records  ${end}  ${header.title}`,
    );
  }
  if (bundled !== null)
    print(
      `sp500-daily  ${bundled.id.slice(0, 12)}  ${span(bundled.header)}  ${bundled.recordCount} records  bundled  ${bundled.header.title}`,
    );
  for (const { file, error } of unreadable) print(`${file}  ${error.code}: ${error.message}`);
  if (entries.length === 0 && unreadable.length === 0) print(`There are no tapes in ${tapes.dir}.`);
  return 0;
}

function span({ startTs, endTs }: { startTs: number; endTs: number }): string {
  return `${new Date(startTs).toISOString()} to ${new Date(endTs).toISOString()}`;
}

async function verify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { recover: { type: 'boolean' } });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new UsageError('tape verify: which file?');
  const path = await pathOf(name);
  if (values['recover'] === true) {
    const to = `${path.replace(new RegExp(`\\${PART_SUFFIX}$`), '').slice(0, -TAPE_SUFFIX.length)}-recovered${TAPE_SUFFIX}`;
    const { records, lostBytes } = await recoverTape(path, to);
    print(`${basename(to)}: ${records} records saved, ${lostBytes} bytes behind the last whole part lost.`);
    return verify([to]);
  }
  const { id, header, recordCount, end, bars } = await openTape(path);
  print(`${basename(path)} is whole: ${recordCount} records (${bars.length} bars), ${span(header)}, ${end}`);
  print(`id ${id}`);
  return 0;
}

/** A path as it is given, else a name in the folder of tapes. */
async function pathOf(name: string): Promise<string> {
  const direct = resolve(name);
  if (await exists(direct)) return direct;
  const tapes = library();
  const found = await tapes.find(name);
  return tapes.path(found ?? name);
}

async function importFile(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    format: { type: 'string' },
    zone: { type: 'string' },
    title: { type: 'string' },
    licence: { type: 'string' },
    column: { type: 'string', multiple: true },
    symbol: { type: 'string' },
    calendar: { type: 'string' },
    currency: { type: 'string' },
    interval: { type: 'string' },
    redistributable: { type: 'boolean' },
    'skip-bad': { type: 'boolean' },
    yes: { type: 'boolean' },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new UsageError('tape import: which file?');
  if (!(await exists(file))) throw new CommandError(`There is no file ${file}.`);
  const terms = termsOf(values);
  const open = () => createReadStream(file);
  const tools = { signal: new AbortController().signal, progress: () => undefined };
  const tapes = library();
  const path = tapes.path(fileOf(Date.now().toString(36), terms.title));
  const dry = await importCsv(open, { ...terms, dryRun: true }, path, tools);
  tell(dry.report);
  if (values['yes'] !== true) {
    print('Nothing was written. Say --yes to write the tape.');
    return dry.report.bad > 0 && !terms.skipBad ? 1 : 0;
  }
  await mkdir(tapes.dir, { recursive: true });
  const { report, code, detail } = await importCsv(
    open,
    { ...terms, dryRun: false, sha256: dry.report.sha256 },
    path,
    tools,
  );
  print(code === null ? `${basename(path)}  ${report.written ?? ''}` : `${code}: ${detail}`);
  return code === null ? 0 : 1;
}

function termsOf(values: Readonly<Record<string, unknown>>): ImportTerms {
  const columns = ((values['column'] as string[] | undefined) ?? []).map((pair) => pair.split('=', 2));
  const given = { ...values, columns: Object.fromEntries(columns), skipBad: values['skip-bad'] === true };
  const known = Object.keys(importTapeBody.shape);
  const body = Object.fromEntries(Object.entries(given).filter(([name]) => known.includes(name)));
  const result = importTapeBody.safeParse({ mode: 'import', ...body });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new UsageError(`--${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  if (!isZone(result.data.zone)) throw new UsageError(`--zone: there is no zone ${result.data.zone}.`);
  const { mode: _mode, csv: _csv, file: _file, ...terms } = result.data;
  return terms;
}

function tell({ rows, good, bad, faults, symbols, startTs, endTs }: ImportReport): void {
  for (const { line, column, code, message } of faults) print(`line ${line}  ${column ?? ''} ${message} (${code})`);
  if (bad > faults.length) print(`... and ${bad - faults.length} more`);
  print(`${rows} rows: ${good} good, ${bad} bad; ${symbols.length} symbols; ${startTs ?? '-'} to ${endTs ?? '-'}`);
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** @throws UsageError for an option that is not known. */
export function parsed(
  args: readonly string[],
  options: Options,
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

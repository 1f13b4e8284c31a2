import { Injectable } from '@nestjs/common';
import type { ImportTapeBody, JobStarted, RecordTapeBody, TapeBody, TapesAnswer, WireTape } from '@ziggy/contracts';
import { SP500_TAPE, TAPE_SUFFIX } from '@ziggy/market-sources';
import type { Tape } from '@ziggy/market-sources';
import { AuditTrail } from '../identity/audit/audit-trail.ts';
import type { Caller, Origin, Principal } from '../identity/caller.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { parseSymbolList } from '../market/instruments/symbols-query.ts';
import { TapeLibrary } from '../market/source/tape-library.ts';
import type { TapeEntry } from '../market/source/tape-library.ts';
import { iso } from '../market/quotes/wire-provenance.ts';
import { Transactions } from '../persistence/transactions.ts';
import { invalidInput } from '../platform/zod.pipe.ts';
import { isZone } from './csv-times.ts';
import { JobsService } from './jobs.service.ts';
import { RecordJob } from './record-job.ts';
import type { LiveRecording } from './record-job.ts';

const SYMBOLS_MAX = 200;
const RESOURCE = '/ops/tapes';

/** The tapes of this installation, and the making of new ones. */
@Injectable()
export class TapesService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly library: TapeLibrary,
    private readonly jobs: JobsService,
    private readonly recording: RecordJob,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
  ) {}

  async list(): Promise<TapesAnswer> {
    const { tapes, unreadable } = await this.library.list();
    const bundled = await this.library.bundled();
    return {
      items: [
        ...[...this.recording.recordings()].map(recordingView),
        ...tapes.map(fileView),
        ...(bundled === null ? [] : [bundledView(bundled)]),
      ],
      unreadable: unreadable.map(({ file, error }) => ({ file, code: error.code, detail: error.message })),
      nextCursor: null,
    };
  }

  /** Begins a recording or an import. Both are in the audit; a dry run, which changes nothing, is not. */
  make(caller: Principal, body: TapeBody, origin: Origin): Promise<JobStarted> {
    return this.transactions.run(async () => {
      const started = await (body.mode === 'record' ? this.#record(caller, body) : this.#import(caller, body));
      const noted = notedOf(body);
      if (noted !== null) await this.audit.note(caller, origin, { ...noted, target: started.job.id });
      return started;
    });
  }

  async #record(caller: Caller, body: RecordTapeBody): Promise<JobStarted> {
    if (body.symbols !== undefined) parseSymbolList(body.symbols, SYMBOLS_MAX);
    if (body.until !== undefined && Date.parse(body.until) <= this.market.now())
      throw invalidInput([
        { in: 'body', path: '/until', code: 'range_invalid', message: 'Market time is past that already.' },
      ]);
    const where = { market: this.market.id, resource: RESOURCE };
    return { job: await this.jobs.start(caller, 'tape_record', body, where), resource: RESOURCE };
  }

  async #import(caller: Caller, body: ImportTapeBody): Promise<JobStarted> {
    if ((body.csv === undefined) === (body.file === undefined))
      throw invalidInput([
        { in: 'body', path: '/csv', code: 'required', message: 'Send the text in `csv`, or name a file in `file`.' },
      ]);
    if (!body.dryRun && body.sha256 === undefined)
      throw invalidInput([
        { in: 'body', path: '/sha256', code: 'required', message: 'Make the dry run first and send its hash.' },
      ]);
    if (!isZone(body.zone))
      throw invalidInput([
        { in: 'body', path: '/zone', code: 'invalid_value', message: 'There is no such time zone.' },
      ]);
    const where = { market: null, resource: RESOURCE };
    return { job: await this.jobs.start(caller, 'tape_import', body, where), resource: RESOURCE };
  }
}

/** What the audit says of a tape that is made; null for a dry run. */
function notedOf(body: TapeBody): { action: string; after: object } | null {
  if (body.mode === 'record') {
    const { title, symbols = null, until = null } = body;
    return { action: 'tape.record_started', after: { title, symbols, until } };
  }
  if (body.dryRun) return null;
  const { title, file = null, sha256 = null } = body;
  return { action: 'tape.import_started', after: { title, file, sha256 } };
}

function fileView({ file, summary: { id, header, records, end, bytes } }: TapeEntry): WireTape {
  return {
    id,
    file,
    play: `tape:${file.slice(0, -TAPE_SUFFIX.length)}`,
    title: header.title,
    sourceMarket: header.sourceMarket,
    originKind: header.originKind,
    startTs: iso(header.startTs),
    endTs: iso(header.endTs),
    symbols: header.instruments.length,
    records,
    redistributable: header.redistributable,
    recording: false,
    end,
    bytes,
    licence: header.licence,
  };
}

function bundledView({ id, header, recordCount }: Tape): WireTape {
  return {
    id,
    file: null,
    play: `tape:${SP500_TAPE}`,
    title: header.title,
    sourceMarket: header.sourceMarket,
    originKind: header.originKind,
    startTs: iso(header.startTs),
    endTs: iso(header.endTs),
    symbols: header.instruments.length,
    records: recordCount,
    redistributable: header.redistributable,
    recording: false,
    end: 'complete',
    bytes: null,
    licence: header.licence,
  };
}

function recordingView({ file, title, recorder }: LiveRecording): WireTape {
  const { records, startTs, endTs } = recorder.status;
  return {
    id: null,
    file,
    play: `tape:${file.slice(0, -TAPE_SUFFIX.length)}`,
    title: title.title,
    sourceMarket: title.sourceMarket,
    originKind: title.originKind,
    startTs: iso(startTs),
    endTs: iso(endTs),
    symbols: title.instruments.length,
    records,
    redistributable: title.redistributable,
    recording: true,
    end: null,
    bytes: null,
    licence: title.licence,
  };
}

import { Injectable } from '@nestjs/common';
import type { ImportTapeBody, JobStarted, RecordTapeBody, TapeBody, TapesAnswer, WireTape } from '@ziggy/contracts';
import { SP500_TAPE, TAPE_SUFFIX } from '@ziggy/market-sources';
import type { Tape } from '@ziggy/market-sources';
import type { Caller } from '../identity/caller.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { parseSymbolList } from '../market/instruments/symbols-query.ts';
import { TapeLibrary } from '../market/source/tape-library.ts';
import type { TapeEntry } from '../market/source/tape-library.ts';
import { iso } from '../market/quotes/wire-provenance.ts';
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

  make(caller: Caller, body: TapeBody): Promise<JobStarted> {
    return body.mode === 'record' ? this.#record(caller, body) : this.#import(caller, body);
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

import { Injectable } from '@nestjs/common';
import type { RecordTapeBody } from '@ziggy/contracts';
import type { Instrument, Symbol } from '@ziggy/domain';
import { PART_SUFFIX, TAPE_SUFFIX, TapeError, TapeWriter, recoverTape } from '@ziggy/market-sources';
import type { TapeEnd, TapeTitle } from '@ziggy/market-sources';
import { mkdir } from 'node:fs/promises';
import { ActiveMarket } from '../market/source/active-market.ts';
import { Demand } from '../market/source/demand.ts';
import { InstrumentDirectory } from '../market/instruments/instrument-directory.ts';
import { parseSymbolList } from '../market/instruments/symbols-query.ts';
import { TapeLibrary } from '../market/source/tape-library.ts';
import { Logger } from '../platform/logger.ts';
import type { JobHandler, JobOutcome, JobProblem, JobTerms, StopReason } from './job.entity.ts';
import { MarketTap } from './market-tap.ts';
import { TapeRecorder } from './tape-recorder.ts';
import type { RecordedTape } from './tape-recorder.ts';

const SYMBOLS_MAX = 200;
const STAGE_EVERY_MS = 1_000;
const NO_LICENCE = 'Recorded here; see the market that it was recorded from.';

/** A recording that runs in this process. */
export interface LiveRecording {
  readonly file: string;
  readonly title: TapeTitle;
  readonly recorder: TapeRecorder;
}

/** What the problems of a recording say. */
const ENDED_EARLY: Readonly<Partial<Record<TapeEnd, JobProblem>>> = {
  overflow: {
    code: 'overflow',
    detail: 'The disk was slower than the market: the recording stopped and is incomplete.',
  },
  disk_full: { code: 'disk_full', detail: 'The disk is full: the recording stopped and is incomplete.' },
};
const STOPPED: JobProblem = { code: 'interrupted', detail: 'The server stopped; the tape holds what came until then.' };

/** `tape_record`: writes the running market into a tape until a market time, or until it is canceled. */
@Injectable()
export class RecordJob implements JobHandler {
  readonly kind = 'tape_record';
  readonly #live = new Map<string, LiveRecording>();
  readonly #log: Logger;

  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly demand: Demand,
    private readonly library: TapeLibrary,
    private readonly tap: MarketTap,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'TapeRecorder' });
  }

  recordings(): Iterable<LiveRecording> {
    return this.#live.values();
  }

  async run(terms: JobTerms): Promise<JobOutcome> {
    const input = terms.input as RecordTapeBody;
    const file = fileOf(terms.id, input.title);
    if (terms.again) return this.#recover(file);
    await mkdir(this.library.dir, { recursive: true });
    const { instruments, unknown } = await this.#instruments(input.symbols);
    // A tape without a symbol that was asked for is not the tape that was asked for.
    if (unknown.length > 0) return unknownSymbols(unknown);
    const kept = input.symbols === undefined ? [] : instruments;
    for (const { symbol } of kept) this.demand.acquire(symbol, 'recorded');
    try {
      return await this.#record(terms, file, input, instruments);
    } finally {
      for (const { symbol } of kept) this.demand.release(symbol, 'recorded');
    }
  }

  async #record(
    terms: JobTerms,
    file: string,
    input: RecordTapeBody,
    instruments: readonly Instrument[],
  ): Promise<JobOutcome> {
    const title = await this.#title(input, instruments);
    const recorder = new TapeRecorder({
      writer: await TapeWriter.open(this.library.path(file), title),
      symbols: input.symbols === undefined ? null : new Set(instruments.map(({ symbol }) => symbol)),
      listed: instruments,
      marketNow: () => this.market.now(),
      until: input.until === undefined ? null : Date.parse(input.until),
    });
    this.#live.set(terms.id, { file, title, recorder });
    this.tap.add(recorder);
    const stage = setInterval(() => this.#tell(terms, recorder, input), STAGE_EVERY_MS);
    const why = await Promise.race([recorder.ended, aborted(terms.signal)]);
    clearInterval(stage);
    this.tap.remove(recorder);
    const recorded = await recorder.finish();
    this.#live.delete(terms.id);
    if (recorder.failure !== null) this.#log.error({ err: recorder.failure, file }, 'the recording could not go on');
    return outcomeOf(file, recorded, why);
  }

  /** The process that recorded is gone: what it wrote in whole members is kept, and the job says how it ended. */
  async #recover(file: string): Promise<JobOutcome> {
    const path = this.library.path(file);
    try {
      const { id, records, lostBytes } = await recoverTape(`${path}${PART_SUFFIX}`, path);
      const result = { tape: id, file, records, end: 'recovered', lostBytes };
      const detail = 'The process that recorded ended; the tape holds what was on the disk in whole parts.';
      return { state: 'failed', problem: { code: 'interrupted', detail }, result };
    } catch (error) {
      if (!(error instanceof TapeError)) throw error;
      const detail = `The process that recorded ended, and nothing could be saved: ${error.message}`;
      return { state: 'failed', problem: { code: 'interrupted', detail }, result: null };
    }
  }

  /** What the header lists: the asked symbols, else what the market lists. */
  async #instruments(asked: string | undefined): Promise<{ instruments: Instrument[]; unknown: Symbol[] }> {
    if (asked === undefined) return { instruments: [...this.market.adapter.universe()], unknown: [] };
    const instruments: Instrument[] = [];
    const unknown: Symbol[] = [];
    for (const symbol of parseSymbolList(asked, SYMBOLS_MAX)) {
      const found = await this.directory.resolve(symbol);
      if ('instrument' in found) instruments.push(found.instrument);
      else unknown.push(symbol);
    }
    return { instruments, unknown };
  }

  async #title(input: RecordTapeBody, instruments: readonly Instrument[]): Promise<TapeTitle> {
    const { adapter, id, kind, source } = this.market;
    return {
      title: input.title,
      sourceMarket: id,
      originKind: kind,
      licence: adapter.licenceNote ?? NO_LICENCE,
      // Whatever the adapter says: the terms of Yahoo do not allow it.
      redistributable: source !== 'yahoo' && adapter.capabilities().redistributable,
      instruments,
      calendars: [...new Set(instruments.map(({ calendar }) => calendar))].sort(),
      actions: await this.tap.actions(instruments.map(({ symbol }): Symbol => symbol)),
    };
  }

  #tell(terms: JobTerms, recorder: TapeRecorder, { until }: RecordTapeBody): void {
    const { records, startTs } = recorder.status;
    const end = until === undefined ? null : Date.parse(until);
    const ratio =
      end === null || startTs === null || end <= startTs ? null : (this.market.now() - startTs) / (end - startTs);
    terms.progress(ratio === null ? null : Math.min(1, Math.max(0, ratio)), `recording, ${records} records`);
  }
}

/** File of a recording: the title's letters for people, the job's id so that no two meet. */
export function fileOf(jobId: string, title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${words === '' ? 'tape' : words}-${jobId.replace(/^job_/, '').slice(0, 12)}${TAPE_SUFFIX}`;
}

function unknownSymbols(symbols: readonly Symbol[]): JobOutcome {
  const detail = `Nothing was recorded: the market does not know ${symbols.join(', ')}, or does not answer about it.`;
  return { state: 'failed', problem: { code: 'symbol_unknown', detail }, result: null };
}

function aborted(signal: AbortSignal): Promise<StopReason> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(signal.reason as StopReason);
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

function outcomeOf(file: string, { id, end, records, inPart }: RecordedTape, why: TapeEnd | StopReason): JobOutcome {
  const result =
    id === null && !inPart ? null : { tape: id, file: inPart ? `${file}${PART_SUFFIX}` : file, records, end };
  const early = ENDED_EARLY[end] ?? (why === 'stopping' ? STOPPED : null);
  if (early !== null) return { state: 'failed', problem: early, result };
  if (result === null) {
    const detail = 'Nothing was told while it was recorded, so there is no tape.';
    return { state: why === 'canceled' ? 'canceled' : 'failed', problem: { code: 'no_data', detail }, result };
  }
  return { state: why === 'canceled' ? 'canceled' : 'succeeded', problem: null, result };
}

import type { Clock } from '@ziggy/domain';
import { SimulatedSource, TapeSource, YahooSource } from '@ziggy/market-sources';
import type { DriftNote, MarketSource, Timers, WireTapeLine } from '@ziggy/market-sources';
import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { MarketConfig } from '../../config/market.config.ts';
import type { Logger } from '../../platform/logger.ts';
import { TapeLibrary } from './tape-library.ts';

export interface SourceTerms {
  readonly config: MarketConfig;
  readonly wall: Clock;
  readonly log: Logger;
  /** Market time that an earlier run of a market reached, epoch ms; `null` for a new one. */
  readonly clockOf: (market: string) => Promise<number | null>;
  /** The newest run of a tape and how far it came; `null` for one that was never played. */
  readonly lastRunOf: (tapeId: string) => Promise<LastRun | null>;
  /** Counts a request that left the process, by endpoint and outcome. */
  readonly onRequest: (endpoint: string, code: string) => void;
  /** Told when an answer of the vendor does not have the known form. */
  readonly onDrift: (note: DriftNote) => void;
}

export interface LastRun {
  readonly run: number;
  readonly clockAt: number | null;
}

export interface OpenedSource {
  readonly adapter: MarketSource;
  readonly chosenBy: 'auto' | 'configuration';
  /** Why this source, in words for people. */
  readonly reason: string;
}

/** Makes the one active source of the process. */
export type OpenSource = (terms: SourceTerms) => Promise<OpenedSource>;

/** Bytes of recorded traffic that may wait for the disk. */
const MOST_UNWRITTEN = 32 * 1024 * 1024;

const timers: Timers = {
  set: (run, delayMs) => setTimeout(run, delayMs),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Opens what `MARKET_SOURCE` names. */
export const openSource: OpenSource = async (terms) => {
  const { source } = terms.config;
  const named = { chosenBy: 'configuration', reason: `MARKET_SOURCE is ${source}.` } as const;
  if (source === 'auto') return openAuto(terms);
  if (source === 'simulated') return { adapter: await openSimulated(terms), ...named };
  if (source === 'yahoo') return { adapter: openYahoo(terms), ...named };
  return { adapter: await openTape(terms), ...named };
};

/** Asks Yahoo once. Whatever comes of it holds for the life of the process: a market never turns into another one. */
async function openAuto(terms: SourceTerms): Promise<OpenedSource> {
  const simulated = async (reason: string): Promise<OpenedSource> => ({
    adapter: await openSimulated(terms),
    chosenBy: 'auto',
    reason,
  });
  if (!terms.config.yahoo.probe) return simulated('YAHOO_PROBE is false, so Yahoo Finance was not asked.');
  const yahoo = openYahoo(terms);
  const probe = await yahoo.probe();
  if (probe.ok)
    return { adapter: yahoo, chosenBy: 'auto', reason: 'Yahoo Finance answered when it was asked at start.' };
  await yahoo.close();
  return simulated(`Yahoo Finance did not answer when it was asked at start (${probe.error.code}).`);
}

function openYahoo({ config, wall, log, onRequest, onDrift }: SourceTerms): YahooSource {
  const { recordFile } = config.yahoo;
  return new YahooSource({
    fetch: globalThis.fetch,
    wallClock: wall,
    timers,
    random: () => randomInt(1_000_000) / 1_000_000,
    logger: { warn: (message) => log.warn({ context: 'Yahoo' }, message) },
    onRecord: (record) => onRequest(endpointOf(record.path), record.failure ?? String(record.status)),
    onDrift,
    ...(recordFile === null ? {} : { onTape: recorder(recordFile, log) }),
  });
}

/** Kind of a request by its path; symbols are in paths, and must not become labels. */
function endpointOf(path: string): string {
  const known = ['chart', 'quoteSummary', 'quote', 'search', 'getcrumb'];
  return known.find((name) => path.includes(`/${name}`)) ?? 'page';
}

/** Appends each line to a file; a file that cannot be written ends the recording, not the market. */
function recorder(path: string, log: Logger): (line: WireTapeLine) => void {
  const file = createWriteStream(path, { flags: 'a' });
  file.on('error', (error) => log.error({ err: error, context: 'Yahoo' }, 'the traffic is no longer recorded'));
  return (line) => {
    // A full buffer means a slow disk: then the tape has a hole rather than the process a leak.
    if (!file.errored && file.writableLength < MOST_UNWRITTEN) file.write(`${JSON.stringify(line)}\n`);
  };
}

/** A simulated market goes on where it stopped: its clock begins at or after what was stored. */
async function openSimulated({ config, wall, clockOf }: SourceTerms): Promise<MarketSource> {
  const { universe, ...rest } = config.simulated;
  const options = { ...rest, universeSize: universe, wallClock: wall, timers };
  const fresh = new SimulatedSource(options);
  const resumeAt = await clockOf(fresh.market);
  if (resumeAt === null) return fresh;
  await fresh.close();
  return new SimulatedSource({ ...options, resumeAt });
}

/**
 * A tape goes on where its newest run stopped; one that was played to its end begins anew, as the next run and a market
 * of its own.
 */
async function openTape({ config, wall, lastRunOf }: SourceTerms): Promise<MarketSource> {
  const { tapesDir, dir, start, speed, paused } = config.tape;
  const tape = await new TapeLibrary(tapesDir, dir).open(config.source.slice('tape:'.length));
  const last = await lastRunOf(tape.id);
  const reached = last?.clockAt ?? null;
  const over = reached !== null && reached >= tape.header.endTs;
  const beginAt = over || reached === null ? start : reached;
  const source = new TapeSource({
    tape,
    wallClock: wall,
    monotonic: { now: () => performance.now() },
    timers,
    run: last === null ? 1 : last.run + (over ? 1 : 0),
    paused,
    ...(speed === null ? {} : { speed }),
    ...(beginAt === null ? {} : { startAt: beginAt }),
  });
  await source.ready();
  return source;
}

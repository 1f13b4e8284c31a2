import type { Clock } from '@ziggy/domain';
import { loadSp500Daily, SimulatedSource, TapeSource } from '@ziggy/market-sources';
import type { MarketSource, Timers } from '@ziggy/market-sources';
import type { MarketConfig } from '../config/market.config.ts';
import type { Logger } from '../platform/logger.ts';

export interface SourceTerms {
  readonly config: MarketConfig;
  readonly wall: Clock;
  readonly log: Logger;
  /** Market time that an earlier run of a market reached, epoch ms; `null` for a new one. */
  readonly clockOf: (market: string) => Promise<number | null>;
}

export interface OpenedSource {
  readonly adapter: MarketSource;
  readonly chosenBy: 'auto' | 'configuration';
  /** Why this source, in words for people. */
  readonly reason: string;
}

/** Makes the one active source of the process. */
export type OpenSource = (terms: SourceTerms) => Promise<OpenedSource>;

const timers: Timers = {
  set: (run, delayMs) => setTimeout(run, delayMs),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Opens what `MARKET_SOURCE` names. */
export const openSource: OpenSource = async (terms) => {
  const { source } = terms.config;
  const named = { chosenBy: 'configuration', reason: `MARKET_SOURCE is ${source}.` } as const;
  if (source === 'simulated') return { adapter: await openSimulated(terms), ...named };
  if (source === 'auto') {
    return { adapter: await openSimulated(terms), chosenBy: 'auto', reason: 'No live source is part of this build.' };
  }
  return { adapter: await openTape(terms), ...named };
};

/** A simulated market goes on where it stopped: its clock begins at or after what was stored. */
async function openSimulated({ config, wall, clockOf }: SourceTerms): Promise<MarketSource> {
  const { seed, speed, start, tickHz } = config.simulated;
  const options = { seed, speed, start, tickHz, wallClock: wall, timers };
  const fresh = new SimulatedSource(options);
  const resumeAt = await clockOf(fresh.market);
  if (resumeAt === null) return fresh;
  await fresh.close();
  return new SimulatedSource({ ...options, resumeAt });
}

/** A tape goes on where it stopped; one that was played to its end begins anew, as the next run and a market of its own. */
async function openTape({ config, wall, clockOf }: SourceTerms): Promise<MarketSource> {
  const tape = await loadSp500Daily(config.tape.dir);
  const startAt = config.tape.start;
  for (let run = 1; ; run++) {
    const options = { tape, wallClock: wall, timers, speed: config.tape.speed, run };
    const fresh = new TapeSource({ ...options, ...(startAt === null ? {} : { startAt }) });
    const reached = await clockOf(fresh.market);
    if (reached === null) return fresh;
    await fresh.close();
    if (reached < tape.header.endTs)
      return new TapeSource({ ...options, startAt: Math.max(reached, startAt ?? reached) });
  }
}

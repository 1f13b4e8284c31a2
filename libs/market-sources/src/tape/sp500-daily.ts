import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Instrument, Session, Symbol } from '@ziggy/domain';
import { calendarOf, parseSymbol, toMicro } from '@ziggy/domain';
import type { MemoryTape, TapeEvent } from './tape.ts';
import { makeTape, TapeError } from './tape.ts';

/** Name of the tape in `MARKET_SOURCE=tape:sp500-daily`. */
export const SP500_TAPE = 'sp500-daily';
const FILE = 'sp500-2000.csv';
const SHA256 = '9409e9342d0657c747324e4cfabce8a8c7f663bc485b95a3378f36b0a160f8c8';
const ROWS = 5_105;
/** The first year in which the opens are recorded; before, most repeat the previous close. Eight years lie before it. */
const PLAY_FROM_DATE = '2008-01-02';

const INSTRUMENT: Instrument = {
  symbol: parseSymbol('^GSPC') as Symbol,
  name: 'S&P 500 (recorded 2000 to 2020)',
  assetClass: 'index',
  mic: 'XNYS',
  currency: 'USD',
  tick: 10_000,
  calendar: 'XNYS',
  sector: null,
  validFrom: null,
  validTo: null,
  aliases: ['SPX', 'GSPC'],
};

const LICENCE =
  'S&P 500 daily values, 2000-01-03 to 2020-04-17, played from the npm package vega-datasets 3.2.1 (BSD-3-Clause), ' +
  'which names Yahoo Finance as their origin. Recorded history, not a market of today.';

/**
 * Reads the recorded series of the S&P 500 and makes it a tape: at each session's open a quote of the open, at its close
 * a quote and a finished bar of the day. High, low and volume are known at the close alone: they get no invented times.
 * @param dir folder that holds the file; default: the data folder of the installed package.
 * @throws TapeError `tape_absent` when the file is not installed, `tape_corrupt` when it is not the file that was checked.
 */
export async function loadSp500Daily(dir: string | null = null): Promise<MemoryTape> {
  const bytes = await read(join(dir ?? packageFolder(), FILE));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== SHA256) {
    throw new TapeError('tape_corrupt', `${FILE} has SHA-256 ${found}; the series that was checked has ${SHA256}.`);
  }
  return dailyTape(bytes.toString('utf8'));
}

/** Makes the tape of the file's text; exported for its tests. */
export function dailyTape(csv: string): MemoryTape {
  const [head, ...lines] = csv.trimEnd().split('\n');
  if (head?.trim() !== 'date,open,high,low,close,adjclose,volume') {
    throw new TapeError('tape_corrupt', `${FILE} has unknown columns.`);
  }
  const days = lines.map((line, i) => dayOf(line, i + 2));
  if (days.length !== ROWS) throw new TapeError('tape_corrupt', `${FILE} has ${days.length} rows, not ${ROWS}.`);
  const events = days.flatMap((day, i) => eventsOf(day, days[i - 1] ?? null));
  const playFrom = calendarOf('XNYS').session(PLAY_FROM_DATE)?.open;
  if (playFrom === undefined) throw new TapeError('tape_corrupt', `${PLAY_FROM_DATE} is not a session.`);
  return makeTape(
    {
      title: 'S&P 500, daily, 2000 to 2020',
      sourceMarket: 'vega-datasets/sp500-2000',
      originKind: 'end_of_day',
      licence: LICENCE,
      redistributable: false,
      instruments: [INSTRUMENT],
      calendars: ['XNYS'],
      actions: [],
    },
    events,
    playFrom,
  );
}

interface Day {
  readonly session: Session;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

function dayOf(line: string, row: number): Day {
  const cells = line.trim().split(',');
  const [date = ''] = cells;
  const session = /^\d{4}-\d{2}-\d{2}$/.test(date) ? calendarOf('XNYS').session(date) : null;
  if (!session)
    throw new TapeError(
      'tape_corrupt',
      `Row ${row} of ${FILE}: ${date.slice(0, 16)} is not a session of the exchange.`,
    );
  const [open, high, low, close] = cells.slice(1, 5).map((cell) => toMicro(Number(cell)));
  const volume = Number(cells[6]);
  const sound =
    open && high && low && close && high >= Math.max(open, close) && low <= Math.min(open, close) && low > 0;
  if (!sound || !(volume >= 0))
    throw new TapeError('tape_corrupt', `Row ${row} of ${FILE}: the prices do not fit together.`);
  return { session, open, high, low, close, volume };
}

function eventsOf(day: Day, before: Day | null): TapeEvent[] {
  const { symbol } = INSTRUMENT;
  const { session, open, high, low, close, volume } = day;
  const quote = {
    symbol,
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
    open,
    prevClose: before?.close ?? null,
    delayMinutes: 0,
  };
  const atOpen = {
    ...quote,
    price: open,
    high: null,
    low: null,
    volume: null,
    marketState: 'open' as const,
    exchangeAt: session.open,
  };
  const atClose = {
    ...quote,
    price: close,
    high,
    low,
    volume,
    marketState: 'post' as const,
    exchangeAt: session.close,
  };
  const bar = {
    symbol,
    interval: '1d' as const,
    openTime: session.open,
    closeTime: session.close,
    availableAt: session.close,
    o: open,
    h: high,
    l: low,
    c: close,
    volume,
    complete: true,
    extended: false,
    // The vendor had no opening value for the index then and repeated the last close: not a price of that morning.
    flags: before !== null && open === before.close ? (['open_carried'] as const) : [],
  };
  return [
    { t: session.open, k: 'q', quote: atOpen },
    { t: session.close, k: 'b', bar },
    { t: session.close, k: 'q', quote: atClose },
  ];
}

function packageFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('vega-datasets');
    return join(dirname(entry), '..', 'data');
  } catch (error) {
    throw absent(error);
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw absent(error);
  }
}

function absent(cause: unknown): TapeError {
  return new TapeError(
    'tape_absent',
    `tape:${SP500_TAPE} plays ${FILE} of the npm package vega-datasets 3.2.1, a development dependency that container ` +
      'images leave out. Install the development dependencies, give its folder in TAPE_DIR, or choose another MARKET_SOURCE.',
    { cause },
  );
}

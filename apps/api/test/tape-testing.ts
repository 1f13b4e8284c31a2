import { calendarOf } from '@ziggy/domain';
import type { Symbol } from '@ziggy/domain';
import { TapeWriter } from '@ziggy/market-sources';
import type { CorporateAction, TapeEvent, TapeQuote } from '@ziggy/market-sources';
import { anInstrument } from './market-testing.ts';

const SYMBOLS = ['AAA', 'BBB', 'COIN-USD'] as Symbol[];
/** The first seconds of the session of 2026-03-04. */
export const TAPE_OPEN = calendarOf('XNYS').session('2026-03-04')?.open ?? 0;

/** A chain of numbers that looks like chance and is the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/**
 * Writes a tape of some minutes: walks of three symbols, one of which falls silent for a while; a price that nothing
 * confirms; and a recorded bar that differs from the one that its ticks make.
 */
export async function writeWalk(path: string, minutes: number): Promise<string> {
  const next = numbers(7);
  const writer = await TapeWriter.open(path, {
    title: 'A walk',
    sourceMarket: 'test',
    originKind: 'simulated',
    licence: 'Made by a test',
    redistributable: true,
    instruments: SYMBOLS.map((symbol) =>
      anInstrument(symbol, symbol === 'COIN-USD' ? { calendar: '24x7', mic: '24x7', assetClass: 'crypto' } : {}),
    ),
    calendars: ['24x7', 'XNYS'],
    actions: [],
  });
  const prices = SYMBOLS.map(() => 100_000_000);
  const volumes = SYMBOLS.map(() => 0);
  const end = TAPE_OPEN + minutes * 60_000;
  for (let t = TAPE_OPEN; t < end; t += 200 + Math.floor(next() * 1_800)) {
    const i = Math.floor(next() * SYMBOLS.length);
    const silent = SYMBOLS[i] === 'BBB' && t > TAPE_OPEN + 120_000 && t < TAPE_OPEN + 240_000;
    if (silent) continue;
    const wild = next() < 0.005;
    const price = Math.round(((prices[i] as number) * (1 + (next() - 0.5) * 0.002)) / 10_000) * 10_000;
    if (!wild) prices[i] = price;
    volumes[i] = (volumes[i] as number) + Math.floor(next() * 100);
    await writer.add(quoteEvent(SYMBOLS[i] as Symbol, wild ? price * 3 : price, volumes[i] as number, t));
  }
  const bar = {
    symbol: 'AAA' as Symbol,
    interval: '1m' as const,
    openTime: end - 120_000,
    closeTime: end - 60_000,
    availableAt: end,
    o: 1_000_000,
    h: 3_000_000,
    l: 1_000_000,
    c: 2_000_000,
    volume: 12,
    complete: true,
    extended: false,
    flags: [],
  };
  await writer.add({ t: end, k: 'b', bar });
  return (await writer.finish('complete')) as string;
}

const MINUTE_MS = 60_000;
/** The close of the session before that of {@link TAPE_OPEN}. */
const EVENING = calendarOf('XNYS').session('2026-03-03')?.close ?? 0;

/**
 * Writes the last minutes of an evening and the first of the morning after. AAA is split 4:1 over night, which is told while
 * the tape runs; BBB 1:2, which was known before; COIN-USD leaps as far without any split, once and for all.
 */
export async function writeSplit(path: string): Promise<string> {
  const split = (symbol: string, ratio: number, knownAt: number): CorporateAction => {
    return { symbol: symbol as Symbol, type: 'split', exAt: TAPE_OPEN, ratio, amount: null, knownAt };
  };
  const writer = await TapeWriter.open(path, {
    ...{ title: 'A split', sourceMarket: 'test', originKind: 'simulated', licence: 'Made by a test' },
    redistributable: true,
    instruments: SYMBOLS.map((symbol) =>
      anInstrument(symbol, symbol === 'COIN-USD' ? { calendar: '24x7', mic: '24x7', assetClass: 'crypto' } : {}),
    ),
    calendars: ['24x7', 'XNYS'],
    actions: [split('BBB', 0.5, EVENING - 3_600_000)],
  });
  const next = numbers(11);
  const minutes = async (from: number, count: number, levels: readonly number[]): Promise<void> => {
    for (let second = 1; second < count * 60; second += 2) {
      const i = Math.floor(next() * SYMBOLS.length);
      const price = Math.round((levels[i] as number) * (1 + (next() - 0.5) * 0.002)) * 10_000;
      await writer.add(quoteEvent(SYMBOLS[i] as Symbol, price, second * 10, from + second * 1_000));
    }
  };
  await minutes(EVENING - 4 * MINUTE_MS, 2, [10_000, 10_000, 10_000]);
  await writer.add({ t: EVENING - 2 * MINUTE_MS, k: 'c', action: split('AAA', 4, EVENING - 2 * MINUTE_MS) });
  await minutes(EVENING - 2 * MINUTE_MS, 2, [10_000, 10_000, 10_000]);
  await minutes(TAPE_OPEN, 3, [2_500, 20_000, 2_500]);
  return (await writer.finish('complete')) as string;
}

function quoteEvent(symbol: Symbol, price: number, volume: number, t: number): TapeEvent {
  const quote: TapeQuote = {
    symbol,
    price,
    bid: price - 10_000,
    ask: price + 10_000,
    bidSize: 100,
    askSize: 100,
    open: null,
    high: null,
    low: null,
    prevClose: 99_000_000,
    volume,
    marketState: 'open',
    exchangeAt: t - 150,
    delayMinutes: 0,
  };
  return { t, k: 'q', quote };
}

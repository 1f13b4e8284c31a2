import { INTERVALS } from '@ziggy/domain';
import type { QuoteUpdate, Symbol } from '@ziggy/domain';
import type { SourceCapabilities, SourceClock } from '../port.ts';
import type { TapePlayer } from './tape-player.ts';
import { recordedIntervals } from './tape.ts';
import type { Tape, TapeQuote } from './tape.ts';

/** Names one series of bars. */
export function seriesKey(symbol: Symbol, interval: string): string {
  return `${symbol} ${interval}`;
}

/** What a tape can give, by what it holds. */
export function capabilitiesOf(tape: Tape): SourceCapabilities {
  const recorded = recordedIntervals(tape.bars);
  const intervals = tape.intraday ? INTERVALS : INTERVALS.filter((interval) => recorded.has(interval));
  return {
    intervals,
    maxSymbols: Math.max(1, tape.header.instruments.length),
    push: true,
    search: true,
    news: tape.headlines.length > 0,
    actions: tape.header.actions.length > 0 || tape.facts.some(({ k }) => k === 'c'),
    events: [],
    historyDays: Object.fromEntries(intervals.map((interval) => [interval, null])),
    redistributable: tape.header.redistributable,
    bestKind: 'recorded',
  };
}

/** A recorded quote as it is told now. Written out: a spread of sixteen members would be half the cost of playing a record. */
export function playedQuote(quote: TapeQuote, t: number, n: number): QuoteUpdate {
  return {
    symbol: quote.symbol,
    price: quote.price,
    bid: quote.bid,
    ask: quote.ask,
    bidSize: quote.bidSize,
    askSize: quote.askSize,
    open: quote.open,
    high: quote.high,
    low: quote.low,
    prevClose: quote.prevClose,
    volume: quote.volume,
    marketState: quote.marketState,
    exchangeAt: quote.exchangeAt,
    delayMinutes: quote.delayMinutes,
    receivedAt: t,
    kind: 'recorded',
    seq: n,
  };
}

/** The market clock that a player is. */
export function clockOf(player: TapePlayer): SourceClock {
  return {
    now: () => player.now(),
    speed: () => player.speed(),
    state: () => (player.state() === 'playing' ? 'running' : (player.state() as 'paused' | 'ended')),
  };
}

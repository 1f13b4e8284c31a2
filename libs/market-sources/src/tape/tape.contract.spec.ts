import { describe } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import { marketSourceContract } from '../testing/contract.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { loadSp500Daily } from './sp500-daily.ts';
import { TapeSource } from './tape-source.ts';

const GSPC = '^GSPC' as Symbol;
const tape = loadSp500Daily();

describe('TapeSource', () => {
  marketSourceContract(
    async () => {
      const time = new VirtualTime(Date.UTC(2026, 2, 2, 15));
      const source = new TapeSource({ tape: await tape, wallClock: time, timers: time });
      return {
        source,
        time,
        known: [GSPC],
        unknown: 'NOSUCH' as Symbol,
        ranges: { '1d': { symbol: GSPC, from: Date.UTC(2006, 5, 1), to: Date.UTC(2007, 11, 1) } },
        // Closed after the attacks of 2001-09-11.
        closedRange: { symbol: GSPC, from: Date.UTC(2001, 8, 11), to: Date.UTC(2001, 8, 17) },
        quoteEveryMs: 1_300,
      };
    },
    { intraday: false, actions: false, search: true, upstream: false, repeatable: true },
  );
});

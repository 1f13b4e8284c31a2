import { describe } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import { marketSourceContract } from '../testing/contract.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { SimulatedSource } from './simulated-source.ts';

const AAPL = 'AAPL' as Symbol;

describe('SimulatedSource', () => {
  marketSourceContract(
    () => {
      // Tuesday 2026-03-03, 11:00 in New York.
      const time = new VirtualTime(Date.UTC(2026, 2, 3, 16));
      const source = new SimulatedSource({ seed: 1, wallClock: time, timers: time });
      const month = { symbol: AAPL, from: Date.UTC(2026, 1, 17), to: Date.UTC(2026, 2, 3) };
      const days = { symbol: AAPL, from: Date.UTC(2026, 1, 24), to: Date.UTC(2026, 1, 28) };
      return {
        source,
        time,
        known: [AAPL, 'BTC-USD' as Symbol, '^GSPC' as Symbol],
        unknown: 'NOSUCH' as Symbol,
        ranges: { '1m': days, '5m': days, '15m': days, '1h': month, '1d': month },
        // Presidents' Day and the weekend before it.
        closedRange: { symbol: AAPL, from: Date.UTC(2026, 1, 14), to: Date.UTC(2026, 1, 17, 12) },
        // A split 4:1 on 2025-06-26, and dividends each quarter.
        actionsRange: { symbol: 'ORCL' as Symbol, from: Date.UTC(2025, 2, 3), to: Date.UTC(2025, 8, 1) },
        quoteEveryMs: 1_200,
      };
    },
    { intraday: true, actions: true, search: true, upstream: false, repeatable: true },
  );
});

import { describe, expect, it } from '@jest/globals';
import type { OverviewItem } from '@ziggy/contracts';
import { macroItems } from './macro-strip.ts';

const listed = (symbol: string, assetClass: OverviewItem['assetClass']) => ({ symbol, assetClass });

describe('macro strip', () => {
  it('takes a few of each class that moves the rest, indices first, in the order of the universe', () => {
    const items = [
      listed('AAPL', 'equity'),
      listed('BTC-USD', 'crypto'),
      listed('^GSPC', 'index'),
      listed('EURUSD=X', 'fx'),
      listed('^DJI', 'index'),
      listed('^IXIC', 'index'),
      listed('^RUT', 'index'),
      listed('SPY', 'etf'),
    ];
    expect(macroItems(items).map(({ symbol }) => symbol)).toEqual(['^GSPC', '^DJI', '^IXIC', 'EURUSD=X', 'BTC-USD']);
  });

  it('is nothing where the universe holds stocks alone', () => {
    expect(macroItems([listed('AAPL', 'equity'), listed('BRK-B', null)])).toEqual([]);
  });
});

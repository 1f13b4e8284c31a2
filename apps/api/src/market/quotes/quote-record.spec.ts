import { describe, expect, it } from '@jest/globals';
import { marketDataFrame } from '@ziggy/contracts';
import type { BrainFields } from '@ziggy/contracts';
import { anInstrument, aQuoteUpdate } from '../../../test/market-testing.ts';
import { QuoteRecord, quoteFrame } from './quote-record.ts';

const AT = Date.UTC(2026, 2, 4, 15);
const BRAIN: BrainFields = {
  regime: 'RiskOff',
  regimeConfidence: 0.9123,
  volatility: 0.2134,
  z20: 1.234,
  relativeVolume: 1.123,
  moveSigma: 0.4321,
  confidence: null,
  why: 'not_configured',
};

function aRecord(brain: BrainFields): QuoteRecord {
  const more = { bid: 187_450_000, ask: 187_470_000, volume: 48_123_456, prevClose: 185_120_000 };
  const record = new QuoteRecord(anInstrument('MSFT'), aQuoteUpdate('MSFT', 187.46, AT, more), true);
  record.v = 4_294_980_321;
  record.brain = brain;
  return record;
}

describe('the frame of a quote', () => {
  it('guarantee 21: has at most 400 bytes with all that the brain knows, and parses to the same', () => {
    const live = quoteFrame(aRecord(BRAIN), 'simulated', AT);
    expect(Buffer.byteLength(JSON.stringify(live))).toBeLessThanOrEqual(400);
    const parsed = marketDataFrame.parse(JSON.parse(JSON.stringify(live)));
    expect(parsed.data.brain).toEqual(BRAIN);
  });

  it('leaves out of a live frame what is unknown, never of an image, and always says why', () => {
    const nothing = { ...BRAIN, regime: null, regimeConfidence: null, z20: null, why: 'warm_up' } as const;
    const live = quoteFrame(aRecord(nothing), 'simulated', AT);
    expect(Object.keys(live.data.brain).sort()).toEqual(['moveSigma', 'relativeVolume', 'volatility', 'why']);
    expect(quoteFrame(aRecord(nothing), 'simulated', AT, true).data.brain).toEqual(nothing);
  });
});

import { describe, expect, it } from '@jest/globals';
import { quotesAnswer } from '@ziggy/contracts';
import type { BrainFields } from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import { anInstrument, aQuoteUpdate } from '../../../test/market-testing.ts';
import { QuoteRecord } from './quote-record.ts';
import { QuoteTexts } from './quote-text.ts';
import { quoteEntry } from './quote-view.ts';
import type { AskedQuote } from './quote-view.ts';
import { Venues } from '../calendar/venues.ts';

const AT = Date.UTC(2026, 2, 4, 15);
const CLOSE = Date.UTC(2026, 2, 4, 21);
const venues = new Venues();
const at = (marketNow: number) => ({ market: 'sim:1:test', sourceId: 'simulated', venues, marketNow });

const BRAIN: BrainFields = {
  regime: 'RiskOff',
  regimeConfidence: 0.9123,
  volatility: null,
  z20: 1.234,
  relativeVolume: null,
  moveSigma: 0.4321,
  confidence: null,
  why: 'warm_up',
};

function aRecord(symbol = 'MSFT'): QuoteRecord {
  const update = aQuoteUpdate(symbol, 187.46, AT, { bid: 187_450_000, ask: null, volume: 1, prevClose: 185_120_000 });
  const record = new QuoteRecord(
    { ...anInstrument(symbol), name: 'Müller "Söhne" \\ \u2028 {"ageMs":1}' },
    update,
    true,
  );
  record.v = 7;
  record.brain = BRAIN;
  return record;
}

const asked = (name: string, record: QuoteRecord | undefined): AskedQuote => ({
  symbol: name as Symbol,
  record,
  missing: 'unknown_symbol',
  expired: 'source_unavailable',
});

/** What the answer has to be, byte for byte. */
function plainly(all: readonly AskedQuote[], withBrain: boolean, now: number): string {
  return JSON.stringify({ items: all.map((one) => quoteEntry(one, withBrain, at(now))), nextCursor: null });
}

/** Everything that can happen to a record; each changes what the answer says. */
const CHANGES: readonly [string, (record: QuoteRecord) => void][] = [
  ['a new quote', (record) => record.take(aQuoteUpdate(record.instrument.symbol, 187.5, AT + 5))],
  ['the same price received again', (record) => (record.update = { ...record.update, receivedAt: AT + 10 })],
  ['a new version', (record) => (record.v = 8)],
  ['another brain', (record) => (record.brain = { ...BRAIN, z20: 2 })],
  ['no brain', (record) => (record.brain = null)],
  ['stale', (record) => (record.stale = true)],
  ['expired', (record) => (record.expired = true)],
  ['a mean volume', (record) => (record.avgVolume20 = 12)],
  ['another ingest batch', (record) => (record.batchId = 3)],
];

describe('the text of quotes', () => {
  it.each([true, false])('is byte for byte the JSON of the view, and fits the contract (brain: %s)', (withBrain) => {
    const texts = new QuoteTexts();
    const expired = aRecord('OLD');
    expired.expired = true;
    const all = [asked('MSFT', aRecord()), asked('NIL', undefined), asked('OLD', expired), asked('BRK-B', aRecord())];
    for (const now of [AT - 5, AT, AT + 1_234, AT + 1_235.4, CLOSE + 60_000]) {
      const { text } = texts.answer(all, withBrain, at(now));
      expect(text).toBe(plainly(all, withBrain, now));
      expect(quotesAnswer.safeParse(JSON.parse(text)).success).toBe(true);
    }
  });

  it.each(CHANGES)('is made anew after %s, with another tag', (_name, change) => {
    const texts = new QuoteTexts();
    const record = aRecord();
    const all = [asked('MSFT', record)];
    const before = texts.answer(all, true, at(AT + 20));
    change(record);
    const after = texts.answer(all, true, at(AT + 20));
    expect(after.text).toBe(plainly(all, true, AT + 20));
    expect(after.text).not.toBe(before.text);
    expect(after.tag).not.toBe(before.tag);
  });

  it('keeps its tag while only the clock moves, and changes it when the session does', () => {
    const texts = new QuoteTexts();
    const all = [asked('MSFT', aRecord())];
    const tag = (now: number) => texts.answer(all, false, at(now)).tag;
    expect(tag(AT + 1)).toBe(tag(AT + 60_000));
    expect(tag(CLOSE + 1)).not.toBe(tag(AT + 1));
  });

  it('gives another tag to another order, to other symbols and to the brain', () => {
    const texts = new QuoteTexts();
    const [one, two] = [asked('MSFT', aRecord()), asked('AAPL', aRecord('AAPL'))] as const;
    const answers = [[one, two], [two, one], [one], [two], [one, asked('NIL', undefined)]];
    const tags = answers.flatMap((all) => [true, false].map((brain) => texts.answer(all, brain, at(AT)).tag));
    expect(new Set(tags).size).toBe(tags.length);
  });

  it('gives equal states the same tag in every process', () => {
    const tag = () => new QuoteTexts().answer([asked('MSFT', aRecord())], true, at(AT)).tag;
    expect(tag()).toBe(tag());
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { barPoints } from './contract-bars.ts';
import { faultPoints } from './contract-faults.ts';
import { quotePoints } from './contract-quotes.ts';
import type { ContractSubject, ContractTraits } from './contract-subject.ts';
import { context, query, QuoteLog, settled } from './contract-subject.ts';

/**
 * Registers the 17 points that every {@link MarketSource} keeps (market-data.md section 1), as Jest tests named by number.
 * Call it inside a `describe`. A point that a source's traits rule out becomes a test that proves the reason, so that
 * nothing is passed over in silence.
 * @param make builds a fresh source with its world for each test; the suite closes the source.
 */
export function marketSourceContract(
  make: () => ContractSubject | Promise<ContractSubject>,
  traits: ContractTraits,
  { randomCalls = 10_000 } = {},
): void {
  // Thousands of bars and calls on a busy machine; what must be quick is measured in virtual time.
  jest.setTimeout(60_000);
  const use = (run: (subject: ContractSubject) => Promise<void>) => async (): Promise<void> => {
    const subject = await make();
    try {
      await run(subject);
    } finally {
      await subject.source.close();
    }
  };

  describe('market source contract', () => {
    it(
      '0 · the traits agree with the capabilities',
      use(async (subject) => {
        const capabilities = subject.source.capabilities();
        expect(capabilities.intervals.length).toBeGreaterThan(0);
        expect({
          intraday: capabilities.intervals.includes('1m') && capabilities.intervals.includes('5m'),
          actions: capabilities.actions,
          search: capabilities.search,
          upstream: subject.upstream !== undefined,
          repeatable: capabilities.bestKind === 'simulated' || capabilities.bestKind === 'recorded',
        }).toEqual(traits);
      }),
    );

    barPoints(use, traits);
    quotePoints(use);
    faultPoints(use, traits, randomCalls);
    repeatPoint(make, traits, use);
  });
}

function repeatPoint(
  make: () => ContractSubject | Promise<ContractSubject>,
  traits: ContractTraits,
  use: (run: (subject: ContractSubject) => Promise<void>) => () => Promise<void>,
): void {
  if (!traits.repeatable) {
    it(
      '15 · does not apply: a live market never repeats',
      use(async (subject) => {
        expect(['live', 'delayed', 'end_of_day']).toContain(subject.source.capabilities().bestKind);
      }),
    );
    return;
  }
  it('15 · same inputs give equal bytes', async () => {
    const [first, second] = [await story(make), await story(make)];
    expect(first.length).toBeGreaterThan(500);
    expect(second).toBe(first);
  });
}

/** All bars of the subject's ranges and a stretch of quotes, as text. */
async function story(make: () => ContractSubject | Promise<ContractSubject>): Promise<string> {
  const subject = await make();
  const { source } = subject;
  const parts: string[] = [source.market];
  for (const interval of source.capabilities().intervals) {
    const bars = await settled(subject, source.bars(query(subject.ranges[interval]!, interval), context(subject)));
    parts.push(JSON.stringify(bars));
  }
  if (subject.actionsRange) {
    parts.push(JSON.stringify(await settled(subject, source.actions(subject.actionsRange, context(subject)))));
  }
  const news: unknown[] = [];
  const headlines = source.news$().subscribe((batch) => news.push(...batch));
  const log = new QuoteLog(source, subject.known);
  await subject.time.advance(5 * subject.quoteEveryMs);
  log.stop();
  headlines.unsubscribe();
  parts.push(JSON.stringify(news), JSON.stringify(log.quotes));
  await source.close();
  return parts.join('\n');
}

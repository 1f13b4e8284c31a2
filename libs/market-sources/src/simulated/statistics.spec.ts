import { describe, expect, it, jest } from '@jest/globals';
import { factsOf, holds } from '../testing/market-facts.ts';

// 50 equities over ten years; a busy machine may take its time.
jest.setTimeout(60_000);

/** Table 4.4 for seed 1; `npx nx run market-sources:nightly` does seeds 1 to 20. */
describe('the simulated market of seed 1', () => {
  const { facts } = factsOf('1');

  it.each(facts.map((fact) => [`${fact.row}: ${fact.fact}`, fact] as const))('%s', (_name, fact) => {
    expect({ ...fact, holds: holds(fact) }).toEqual({ ...fact, holds: true });
  });

  it('was asked for every row of the table', () => {
    expect([...new Set(facts.map(({ row }) => row))]).toEqual([
      'fat tails',
      'no autocorrelation',
      'clustering',
      'leverage',
      'level and correlation',
      'day shape',
    ]);
  });
});

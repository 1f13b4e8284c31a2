/**
 * The acceptance table of the simulated market (market-data.md 4.4) for seeds 1 to 20, and the bounds over all of them.
 * Some 25 s; the tests do seed 1. Ends with 1 when a bound does not hold.
 * Run: npx nx run market-sources:nightly, or node --conditions=@ziggy/source tools/nightly/simulated-market.ts [seeds]
 */
import { factsOf, factsOverSeeds, holds } from '../../libs/market-sources/src/testing/market-facts.ts';
import type { Fact, SeedFacts } from '../../libs/market-sources/src/testing/market-facts.ts';

const SEEDS = Number(process.argv[2] ?? 20);

function show(who: string, { row, fact, value, least, most }: Fact): void {
  process.stdout.write(`FAILED ${who}: ${row}: ${fact} is ${value.toPrecision(4)}, outside ${least} to ${most}\n`);
}

const seeds: SeedFacts[] = [];
let failed = 0;
const check = (who: string, facts: readonly Fact[]): void => {
  for (const fact of facts.filter((candidate) => !holds(candidate))) {
    failed++;
    show(who, fact);
  }
};
for (let seed = 1; seed <= SEEDS; seed++) {
  const facts = factsOf(String(seed));
  seeds.push(facts);
  check(`seed ${seed}`, facts.facts);
}
const together = factsOverSeeds(seeds);
check('all seeds', together);
for (const { fact, value } of together) process.stdout.write(`${fact}: ${value.toPrecision(3)}\n`);
const bounds = seeds.reduce((sum, { facts }) => sum + facts.length, together.length);
process.stdout.write(`${bounds - failed} of ${bounds} bounds hold over ${SEEDS} seeds.\n`);
process.exitCode = failed === 0 ? 0 : 1;

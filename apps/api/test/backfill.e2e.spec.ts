import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer } from '@ziggy/contracts';
import { Backfill } from '../src/charts/history/backfill.ts';
import { createDatabase, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { aBar, HandSource, handDriven } from './market-testing.ts';

const HOUR = 3_600_000;
/** Friday 6 March 2026, 15:59 and 16:00 in New York. */
const LAST = Date.UTC(2026, 2, 6, 20, 59);
const BELL = LAST + 60_000;
/** Monday, 09:30 there: the clocks have changed. */
const MONDAY = Date.UTC(2026, 2, 9, 13, 30);

describe('holes of the history', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let app: TestApp;
  let source: HandSource;
  const start = async (at: number): Promise<void> => {
    source = new HandSource(at);
    app = await startApp({ database, features: handDriven(source) });
  };
  const asked = () =>
    source.barsAsked
      .filter(({ symbol, interval }) => symbol === 'AAA' && interval === '1m')
      .map(({ from, to }) => [from, to]);
  beforeAll(async () => {
    database = await createDatabase();
    await start(BELL + HOUR);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('are not looked for where the calendar knows of no trading', async () => {
    source.bars_ = [aBar('AAA', '1m', LAST, BELL, 100)];
    await app.get('/market/bars/AAA?interval=1m&from=2026-03-06T14:30:00Z&limit=1');
    expect(asked()).toHaveLength(1);
    await app.close();

    await start(BELL + 30 * HOUR);
    await app.app.get(Backfill).run();
    expect(asked()).toEqual([]);
    await app.close();
  });

  it('of a time when nobody listened are filled by the next leader, once', async () => {
    const now = MONDAY + 10 * 60_000;
    await start(now);
    source.bars_ = [0, 1, 2].map((n) => aBar('AAA', '1m', MONDAY + n * 60_000, MONDAY + (n + 1) * 60_000, 101 + n));
    await app.app.get(Backfill).run();
    const [[from = 0, to = 0] = []] = asked();
    expect([from >= BELL && from <= MONDAY, to, asked().length]).toEqual([true, now, 1]);
    source.failing = true;
    const page = barsAnswer.parse(
      (await app.get('/market/bars/AAA?interval=1m&from=2026-03-06T20:59:00Z&to=2026-03-09T13:33:00Z')).json(),
    );
    expect(page.items.map(({ close }) => close)).toEqual([100, 101, 102, 103]);
    expect(page).toMatchObject({ gaps: [], coverage: { expected: 4, present: 4, reason: null } });
    source.failing = false;
    await app.app.get(Backfill).run();
    expect(asked()).toHaveLength(1);
  });
});

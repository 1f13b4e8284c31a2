import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer } from '@ziggy/contracts';
import { WebSocket } from 'ws';
import { ask } from './harness.ts';
import { endServers, requireBuild, signInAt, startServer } from './process-testing.ts';
import { speakerAt } from './speaker.ts';
import { StreamProbe } from './stream-testing.ts';

const SIM = { SIM_SEED: '7', SIM_START: '2026-03-04T14:50:00Z', SIM_SPEED: '1', LOG_LEVEL: 'info' };
/** Around a change of New York's clocks; none of it depends on when the test runs. */
const DAYS = '/market/bars/AAPL?interval=1d&from=2025-10-30T00:00:00Z&to=2025-11-05T00:00:00Z';
const HOURS = '/market/bars/AAPL?interval=1h&from=2026-03-02T00:00:00Z&to=2026-03-04T00:00:00Z';

beforeAll(requireBuild);
afterEach(endServers);

/** What a server in a time zone says of fixed times. */
async function timesUnder(zone: string) {
  const origin = await signInAt(await startServer({ ...SIM, TZ: zone }));
  const items = async (path: string) => barsAnswer.parse((await ask(`${origin}${path}`)).json()).items;
  const [days, hours] = [await items(DAYS), await items(HOURS)];
  const headers = await speakerAt(origin);
  const probe = new StreamProbe(new WebSocket(`${origin.replace('http', 'ws')}/ws/charts`, { headers }));
  await probe.next('hello');
  probe.send({ type: 'subscribe', symbols: ['AAPL'], timeframe: '1m' });
  const snapshot = await probe.next('chart_update', 10_000);
  expect(probe.invalid).toEqual([]);
  probe.terminate();
  if (!('bars' in snapshot.data)) throw new Error('The first frame is no snapshot.');
  const minutes = snapshot.data.bars.filter(({ openTime }) => openTime < Date.parse(SIM.SIM_START)).slice(-20);
  return { days, hours, minutes: minutes.map(({ openTime, closeTime }) => [openTime, closeTime]) };
}

describe('guarantee 31: times are UTC wherever the process believes to be', () => {
  it('says the same under America/New_York and Asia/Kolkata: the exchange opens at 13:30 and 14:30 UTC', async () => {
    const [newYork, kolkata] = await Promise.all(['America/New_York', 'Asia/Kolkata'].map(timesUnder));
    expect(kolkata).toEqual(newYork);
    expect(newYork?.days.map(({ openTime }) => openTime)).toEqual([
      '2025-10-30T13:30:00.000Z',
      '2025-10-31T13:30:00.000Z',
      '2025-11-03T14:30:00.000Z',
      '2025-11-04T14:30:00.000Z',
    ]);
    expect(newYork?.hours[0]?.openTime).toBe('2026-03-02T14:30:00.000Z');
    expect(newYork?.minutes.at(-1)?.[1]).toBe(Date.parse(SIM.SIM_START));
  }, 90_000);
});

import { describe, expect, it } from '@jest/globals';
import { goodbye } from './stream-drain.ts';
import type { Leaver } from './stream-drain.ts';

class Client implements Leaver {
  ended = false;
  warnedAt = Number.NaN;
  endedAt = Number.NaN;
  terminated = false;
  readonly #open: Set<Client>;

  constructor(open: Set<Client>) {
    this.#open = open;
    open.add(this);
  }

  warn(): void {
    this.warnedAt = performance.now();
  }

  end(): void {
    this.ended = true;
    this.endedAt = performance.now();
    this.#open.delete(this);
  }

  terminate(): void {
    this.terminated = true;
  }
}

/** @param cutMs when the test has seen enough */
async function drain(count: number, withinMs: number, cutMs = withinMs): Promise<Client[]> {
  const open = new Set<Client>();
  const clients = Array.from({ length: count }, () => new Client(open));
  await goodbye(open, (client) => client.warn(), { signal: AbortSignal.timeout(cutMs), withinMs });
  return clients;
}

/** Keeps the event loop from everything else. */
function hold(milliseconds: number): void {
  for (const until = performance.now() + milliseconds; performance.now() < until;);
}

describe('guarantee 22: the stop of the streams', () => {
  it('says goodbye to everybody within its time though the event loop is held up, and cuts nobody off', async () => {
    const held = setInterval(() => hold(150), 200);
    const clients = await drain(100, 2_500);
    clearInterval(held);
    expect(clients.every(({ ended, terminated }) => ended && !terminated)).toBe(true);
    for (const { warnedAt, endedAt } of clients) expect(warnedAt).toBeLessThanOrEqual(endedAt);
  });

  it('closes few clients one at a time, a second apart however late it wakes up', async () => {
    const held = setInterval(() => hold(300), 700);
    const clients = await drain(4, 30_000);
    clearInterval(held);
    const times = clients.map(({ endedAt }) => endedAt).sort((a, b) => a - b);
    const gaps = times.slice(1).map((at, i) => at - (times[i] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(999);
  }, 20_000);

  it('lets no second of a crowd have more than 8 % of the closes', async () => {
    const held = setInterval(() => hold(250), 900);
    const clients = await drain(1_000, 30_000, 4_000);
    clearInterval(held);
    const times = clients.filter(({ ended }) => ended).map(({ endedAt }) => endedAt);
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
    expect(most).toBeLessThanOrEqual(80);
    // It does go on: 5 % a second.
    expect(times.length).toBeGreaterThan(100);
  }, 20_000);
});

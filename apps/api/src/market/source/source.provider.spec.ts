import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readConfig } from '../../config/config.ts';
import { createLogger } from '../../platform/logger.ts';
import { openSource } from './source.provider.ts';
import type { OpenedSource, SourceTerms } from './source.provider.ts';

const NOW = Date.UTC(2026, 2, 4, 15);
const realFetch = globalThis.fetch;
const opened: OpenedSource[] = [];
afterEach(async () => {
  globalThis.fetch = realFetch;
  for (const { adapter } of opened.splice(0)) await adapter.close();
});

async function open(env: Record<string, string>, stored: Record<string, number> = {}): Promise<OpenedSource> {
  const terms: SourceTerms = {
    config: readConfig(env).market,
    wall: { now: () => NOW },
    log: createLogger({ level: 'silent' }),
    clockOf: async (market) => stored[market] ?? null,
    lastRunOf: async (tapeId) => {
      const runs = Object.entries(stored).filter(([market]) => market.startsWith(`tape:${tapeId.slice(0, 12)}/`));
      const [market, clockAt] = runs.at(-1) ?? [];
      return market === undefined || clockAt === undefined ? null : { run: Number(market.split('/')[1]), clockAt };
    },
    onRequest: () => undefined,
    onDrift: () => undefined,
  };
  const source = await openSource(terms);
  opened.push(source);
  return source;
}

describe('the source', () => {
  it('is simulated when auto gets no answer from Yahoo, and says why', async () => {
    const asked: string[] = [];
    globalThis.fetch = async (input) => {
      asked.push(String(input));
      throw new TypeError('fetch failed');
    };
    const { adapter, chosenBy, reason } = await open({ MARKET_SOURCE: 'auto' });
    expect([adapter.id, chosenBy]).toEqual(['simulated', 'auto']);
    expect(reason).toMatch(/Yahoo Finance did not answer .* \(UpstreamDown\)/);
    expect(asked.every((url) => new URL(url).hostname.endsWith('.yahoo.com'))).toBe(true);
    expect(asked.length).toBeGreaterThan(0);
  });

  it('is simulated without a request when auto may not ask', async () => {
    const fetch = jest.fn<typeof globalThis.fetch>();
    globalThis.fetch = fetch;
    const { adapter, reason } = await open({ MARKET_SOURCE: 'auto', YAHOO_PROBE: 'false' });
    expect(adapter.id).toBe('simulated');
    expect(reason).toContain('YAHOO_PROBE');
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is Yahoo when it is named, without asking first', async () => {
    const { adapter, chosenBy } = await open({ MARKET_SOURCE: 'yahoo' });
    expect([adapter.id, adapter.market, chosenBy]).toEqual(['yahoo', 'yahoo', 'configuration']);
  });

  it('goes on where a simulated market stopped, but not before SIM_START', async () => {
    const env = { MARKET_SOURCE: 'simulated', SIM_START: '2026-03-04T15:00:00Z', SIM_SEED: 'x' };
    const first = await open(env);
    const later = Date.UTC(2026, 2, 4, 17);
    expect((await open(env, { [first.adapter.market]: later })).adapter.clock.now()).toBe(later);
    expect((await open(env, { [first.adapter.market]: later - 9e6 })).adapter.clock.now()).toBe(NOW);
  });

  it('goes on where a tape stopped, and plays it anew as the next run when it was over', async () => {
    const env = { MARKET_SOURCE: 'tape:sp500-daily' };
    const first = await open(env);
    expect(first.adapter.market).toMatch(/^tape:[0-9a-f]{12}\/1$/);
    const middle = Date.UTC(2012, 5, 6, 18);
    const resumed = await open(env, { [first.adapter.market]: middle });
    expect([resumed.adapter.market, resumed.adapter.clock.now()]).toEqual([first.adapter.market, middle]);
    const over = await open(env, { [first.adapter.market]: Date.UTC(2020, 3, 18) });
    expect(over.adapter.market).toBe(first.adapter.market.replace('/1', '/2'));
  });

  it('is no market when the tape is not there', async () => {
    await expect(open({ MARKET_SOURCE: 'tape:nosuch', TAPES_DIR: '/nowhere' })).rejects.toMatchObject({
      code: 'tape_absent',
      message: expect.stringContaining('nosuch'),
    });
  });

  it('is a fault of the configuration when it is unknown', () => {
    for (const text of ['bloomberg', 'tape:', 'tape:../x', 'tape:a/b', 'YAHOO', 'simulated ,yahoo']) {
      expect(() => readConfig({ MARKET_SOURCE: text })).toThrow(/MARKET_SOURCE/);
    }
    expect(() => readConfig({ SIM_SPEED: '2000' })).toThrow(/SIM_SPEED/);
    expect(() => readConfig({ SIM_START: 'tomorrow' })).toThrow(/SIM_START/);
    expect(() => readConfig({ SIM_UNIVERSE: '10001' })).toThrow(/SIM_UNIVERSE/);
    expect(() => readConfig({ SIM_TICK_HZ: '5001' })).toThrow(/SIM_TICK_HZ/);
    expect(() => readConfig({ SIM_NEWS_LEAD: 'maybe' })).toThrow(/SIM_NEWS_LEAD/);
    expect(() => readConfig({ SIM_FAULTS: 'stall,explode' })).toThrow(/SIM_FAULTS: "explode" is no fault/);
  });
});

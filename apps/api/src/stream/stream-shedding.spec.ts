import { afterEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../config/config.ts';
import { WallClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { Metrics } from '../platform/metrics.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import { StreamPulse } from './stream-pulse.ts';
import { StreamShedding } from './stream-shedding.ts';

const { stream } = readConfig({ NODE_ENV: 'test', WS_SHED_ABOVE_MS: '50' });
const pulse = new StreamPulse();
const hub = pulse.hub('market', { flushMs: 100, wall: new WallClock(), retryMs: 50, limits: {} });
afterEach(() => pulse.onApplicationShutdown());

function seconds(shedding: StreamShedding, count: number, p99: number): void {
  for (let second = 0; second < count; second++) shedding.look(p99);
}

describe('shedding', () => {
  it('gives up in steps while the loop is late, and takes back in steps when it is not', () => {
    const log = createLogger({ level: 'silent' });
    const shedding = new StreamShedding(stream, pulse, new ConnectionLedger(stream), new Metrics(), log);
    const client = hub.attach({ bufferedAmount: 0, write: () => undefined, close: () => undefined });
    expect([shedding.level, hub.rateOf(client)]).toEqual(['none', 10]);
    // A moment is no reason, and neither is one that is interrupted.
    seconds(shedding, 2, 80);
    seconds(shedding, 1, 40);
    seconds(shedding, 2, 80);
    expect(shedding.level).toBe('none');
    seconds(shedding, 1, 80);
    expect([shedding.level, hub.rateOf(client), shedding.refuses(false)]).toEqual(['half_rate', 5, false]);
    seconds(shedding, 10, 80);
    expect([shedding.level, shedding.refuses(false), shedding.refuses(true)]).toEqual(['no_strangers', true, false]);
    seconds(shedding, 10, 80);
    expect([shedding.level, shedding.refuses(true)]).toEqual(['nobody_new', true]);
    seconds(shedding, 20, 80);
    expect(shedding.level).toBe('close_strangers');
    seconds(shedding, 20, 10);
    expect([shedding.level, shedding.refuses(false), hub.rateOf(client)]).toEqual(['none', false, 10]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import { CHANNELS } from '@ziggy/contracts';
import type { WsStatusAnswer } from '@ziggy/contracts';
import { aPortal, settle } from '../testing/portal-bed.ts';
import { StreamStatusStore } from './stream-status.store.ts';

const none = { p50: null, p95: null, p99: null };

function aStatus(now: string, sent: number, node = 'n1'): WsStatusAnswer {
  const channel = {
    connections: 1,
    subscriptions: 2,
    dirtyKeys: 0,
    queueDepth: 0,
    sent,
    conflated: 0,
    dropped: {},
    pausedClients: 0,
    latencyMs: none,
    resumeHits: 0,
    resumeMisses: 0,
    pruned: 0,
  };
  return {
    node,
    now,
    channels: Object.fromEntries(CHANNELS.map((name) => [name, channel])),
    totals: {
      connections: 1,
      sent,
      bytesSent: 0,
      encoded: 0,
      commands: 0,
      errors: 0,
      rejectedUpgrades: {},
      closes: {},
    },
    eventLoopLagMs: none,
    source: { id: 'simulated', state: 'ok' },
  } as WsStatusAnswer;
}

describe("the server's count of its streams", () => {
  it('makes a rate of two readings of one node, and none of one', async () => {
    const answers = [
      aStatus('2026-03-04T15:00:00.000Z', 100),
      aStatus('2026-03-04T15:00:02.000Z', 150),
      aStatus('2026-03-04T15:00:04.000Z', 10, 'n2'),
    ];
    const portal = aPortal((path) => (path === '/ws/status' ? answers.shift() : undefined), [StreamStatusStore]);
    const store = TestBed.inject(StreamStatusStore);
    await settle();
    await settle();
    expect(store.channels().map(({ sentPerSecond }) => sentPerSecond)).toEqual(CHANNELS.map(() => null));
    store.retry();
    await settle();
    await settle();
    expect(store.channels()[0]?.sentPerSecond).toBe(25);
    store.retry();
    await settle();
    await settle();
    expect(store.channels()[0]?.sentPerSecond).toBeNull();
    portal.client.disconnect();
  });
});

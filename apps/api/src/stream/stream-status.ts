import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { ChannelStatus, WsStatusAnswer } from '@ziggy/contracts';
import type { LatestValueHub } from '@ziggy/streaming';
import { Leadership } from '../persistence/leadership.ts';
import { RunningMarket } from '../platform/running-market.ts';
import { StreamCore } from './stream-core.ts';
import { StreamShedding } from './stream-shedding.ts';

const LAG_RESOLUTION_MS = 20;
const LAG_WINDOW_MS = 60_000;

/** What `/ws/status` says. Every key is there from the start. */
@Injectable()
export class StreamStatus implements OnApplicationShutdown {
  readonly #core: StreamCore;
  readonly #shedding: StreamShedding;
  readonly #modules: ModuleRef;
  readonly #lag: ReturnType<typeof monitorEventLoopDelay>;
  readonly #window: NodeJS.Timeout;

  constructor(core: StreamCore, shedding: StreamShedding, modules: ModuleRef) {
    this.#shedding = shedding;
    this.#core = core;
    this.#modules = modules;
    this.#lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
    this.#lag.enable();
    this.#window = setInterval(() => this.#lag.reset(), LAG_WINDOW_MS);
    this.#window.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#window);
    this.#lag.disable();
  }

  read(): WsStatusAnswer {
    const { node, wall, pulse, ledger } = this.#core;
    const now = wall.now();
    const hubs = [...pulse.hubs];
    const sum = (of: (hub: LatestValueHub) => number) => hubs.reduce((total, [, hub]) => total + of(hub), 0);
    return {
      node,
      now: new Date(now).toISOString(),
      channels: Object.fromEntries(hubs.map(([channel, hub]) => [channel, statusOf(hub, now)])),
      totals: {
        connections: ledger.open.size,
        sent: sum(({ counters }) => counters.sent + counters.ordered + counters.control),
        bytesSent: sum(({ counters }) => counters.bytes),
        encoded: sum(({ counters }) => counters.encoded),
        commands: ledger.commands,
        errors: ledger.errorTotal,
        rejectedUpgrades: { ...ledger.rejectedUpgrades },
        closes: { ...ledger.closes },
      },
      eventLoopLagMs: this.#lagPercentiles(),
      leader: this.#leader(),
      // One process serves alone; a second one brings its bus with it.
      bus: { kind: 'in_process', state: 'ok' },
      shedding: this.#shedding.level,
      source: this.#source(hubs.map(([, hub]) => hub)),
    };
  }

  /** The histogram holds the distance of its own ticks, so an idle loop reads as the resolution; that is taken off. */
  #lagPercentiles(): WsStatusAnswer['eventLoopLagMs'] {
    if (this.#lag.count === 0) return { p50: null, p95: null, p99: null };
    const at = (percentile: number) =>
      Math.max(0, Math.round((this.#lag.percentile(percentile) / 1e6 - LAG_RESOLUTION_MS) * 10) / 10);
    return { p50: at(50), p95: at(95), p99: at(99) };
  }

  /** Applications without a source of their own (tests, benches) choose nobody. */
  #leader(): WsStatusAnswer['leader'] {
    try {
      const { standing, row } = this.#modules.get(Leadership, { strict: false });
      return { standing, node: row?.node ?? null };
    } catch {
      return null;
    }
  }

  #source(hubs: readonly LatestValueHub[]): WsStatusAnswer['source'] {
    const last = hubs.map(({ sourceStatus }) => sourceStatus).find((status) => status !== null);
    // The market module stands above this one, so it is looked up, not imported.
    const { source } = this.#modules.get(RunningMarket, { strict: false });
    return { id: source, state: last?.data.state ?? 'ok' };
  }
}

function statusOf(hub: LatestValueHub, now: number): ChannelStatus {
  const { counters } = hub;
  return {
    connections: hub.clients.size,
    subscriptions: hub.subscriptions,
    ...hub.backlog(),
    sent: counters.sent + counters.ordered,
    conflated: counters.conflated,
    dropped: { ...counters.dropped, closed: counters.dropped.closed + counters.orderedLost },
    latencyMs: hub.latency.read(now),
    resumeHits: counters.resumeHits,
    resumeMisses: counters.resumeMisses,
    pruned: counters.pruned,
  };
}

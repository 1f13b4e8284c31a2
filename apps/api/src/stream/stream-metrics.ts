import { Injectable } from '@nestjs/common';
import type { Channel } from '@ziggy/contracts';
import { DROP_REASONS, REFUSAL_REASONS } from '@ziggy/streaming';
import type { LatestValueHub } from '@ziggy/streaming';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics } from '../platform/metrics.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import { StreamPulse } from './stream-pulse.ts';

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.06, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10];
/** One flush in so many is put into the histogram: at 10 000 flushes a second each one would cost a hundredth of a core. */
const SAMPLE_EVERY = 8;

/** The streams in Prometheus. Counts live in the hubs and are read when the page is; every series exists from the start. */
@Injectable()
export class StreamMetrics {
  readonly #pulse: StreamPulse;
  readonly #ledger: ConnectionLedger;
  readonly #eventToWire: Histogram<'channel'>;
  readonly #roundTrip: Histogram<'channel'>;
  #flushes = 0;

  constructor(metrics: Metrics, pulse: StreamPulse, ledger: ConnectionLedger) {
    this.#pulse = pulse;
    this.#ledger = ledger;
    this.#eventToWire = metrics.histogram({
      name: 'ziggy_stream_event_to_wire_seconds',
      help: 'Time from event to socket of the oldest value of a flush; one flush in eight.',
      labelNames: ['channel'],
      buckets: SECONDS,
    });
    this.#roundTrip = metrics.histogram({
      name: 'ziggy_stream_round_trip_seconds',
      help: 'Time from ping to pong.',
      labelNames: ['channel'],
      buckets: SECONDS,
    });
    this.#registerGauges(metrics);
    this.#registerCounters(metrics);
    pulse.onHub((channel, hub) => {
      this.#eventToWire.zero({ channel });
      this.#roundTrip.zero({ channel });
      hub.onDelivered = (milliseconds) => this.#delivered(channel, milliseconds);
    });
  }

  roundTrip(channel: Channel, milliseconds: number): void {
    this.#roundTrip.observe({ channel }, milliseconds / 1_000);
  }

  #delivered(channel: Channel, milliseconds: number): void {
    if (++this.#flushes % SAMPLE_EVERY === 0) this.#eventToWire.observe({ channel }, Math.max(0, milliseconds) / 1_000);
  }

  #registerGauges(metrics: Metrics): void {
    const gauge = (name: string, help: string, value: (hub: LatestValueHub) => number) => {
      const collect = (target: Gauge<'channel'>) => {
        for (const [channel, hub] of this.#pulse.hubs) target.set({ channel }, value(hub));
      };
      metrics.gauge({
        name: `ziggy_stream_${name}`,
        help,
        labelNames: ['channel'],
        collect() {
          collect(this);
        },
      });
    };
    gauge('connections', 'Open sockets.', (hub) => hub.clients.size);
    gauge('subscriptions', 'Subscriptions of all sockets.', (hub) => hub.subscriptions);
    gauge('dirty_keys', 'Values that wait for their flush.', (hub) => hub.backlog().dirtyKeys);
    gauge('queue_depth', 'Ordered frames that wait.', (hub) => hub.backlog().queueDepth);
    gauge('paused_clients', 'Sockets above their soft buffer limit.', (hub) => hub.backlog().pausedClients);
  }

  #registerCounters(metrics: Metrics): void {
    const counter = (
      name: string,
      help: string,
      label: string | null,
      read: (add: (value: number, labels: Record<string, string>) => void) => void,
    ) => {
      const collect = (target: Counter) => {
        target.reset();
        read((value, labels) => target.inc(labels, value));
      };
      metrics.counter({
        name: `ziggy_stream_${name}`,
        help,
        labelNames: label === null ? [] : label.split(','),
        collect() {
          collect(this);
        },
      });
    };
    const perHub = (name: string, help: string, value: (hub: LatestValueHub) => number) =>
      counter(name, help, 'channel', (add) => {
        for (const [channel, hub] of this.#pulse.hubs) add(value(hub), { channel });
      });
    perHub('published_total', 'Frames that producers published.', (hub) => hub.counters.published);
    perHub(
      'encoded_total',
      'Frames turned into bytes; at most one per published frame, plus control frames and snapshots.',
      (hub) => hub.counters.encoded,
    );
    perHub(
      'offered_total',
      'Values, closed bars and events offered to clients: sent, conflated, dropped or waiting.',
      (hub) => hub.counters.offered + hub.counters.orderedOffered,
    );
    perHub(
      'sent_total',
      'Values, closed bars and events written to sockets.',
      (hub) => hub.counters.sent + hub.counters.ordered,
    );
    perHub(
      'conflated_total',
      'Values replaced by newer ones before they were written.',
      (hub) => hub.counters.conflated,
    );
    perHub('resume_hits_total', 'Positions that clients went on from.', (hub) => hub.counters.resumeHits);
    perHub('resume_misses_total', 'Positions that could not be gone on from.', (hub) => hub.counters.resumeMisses);
    perHub('pruned_total', 'Events that retention let go.', (hub) => hub.counters.pruned);
    perHub('bytes_total', 'Bytes written to sockets.', (hub) => hub.counters.bytes);
    perHub('writes_total', 'Writes to sockets.', (hub) => hub.counters.writes);
    counter('dropped_total', 'Values that were queued and not sent, by reason.', 'channel,reason', (add) => {
      for (const [channel, hub] of this.#pulse.hubs)
        for (const reason of DROP_REASONS) {
          const lost = reason === 'closed' ? hub.counters.orderedLost : 0;
          add(hub.counters.dropped[reason] + lost, { channel, reason });
        }
    });
    counter('refused_total', 'Published frames that went to nobody, by reason.', 'channel,reason', (add) => {
      for (const [channel, hub] of this.#pulse.hubs)
        for (const reason of REFUSAL_REASONS) add(hub.counters.refused[reason], { channel, reason });
    });
    counter('commands_total', 'Frames of clients.', null, (add) => add(this.#ledger.commands, {}));
    counter('errors_total', 'Error frames, by name.', 'name', (add) => {
      for (const [name, value] of Object.entries(this.#ledger.errors)) add(value, { name });
    });
    counter('closes_total', 'Ended sockets, by close name.', 'name', (add) => {
      for (const [name, value] of Object.entries(this.#ledger.closes)) add(value, { name });
    });
    counter('rejected_upgrades_total', 'Upgrades not granted, by reason.', 'reason', (add) => {
      for (const [reason, value] of Object.entries(this.#ledger.rejectedUpgrades)) add(value, { reason });
    });
  }
}

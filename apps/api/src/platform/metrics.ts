import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { CounterConfiguration, GaugeConfiguration, HistogramConfiguration } from 'prom-client';

/**
 * The process's Prometheus registry; one per application, so that two applications in one test never share a counter.
 * No symbol and no user in a label: the number of series must not grow with the data.
 */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<Label extends string = string>(options: Omit<CounterConfiguration<Label>, 'registers'>): Counter<Label> {
    return new Counter<Label>({ ...options, registers: [this.registry] });
  }

  gauge<Label extends string = string>(options: Omit<GaugeConfiguration<Label>, 'registers'>): Gauge<Label> {
    return new Gauge<Label>({ ...options, registers: [this.registry] });
  }

  histogram<Label extends string = string>(
    options: Omit<HistogramConfiguration<Label>, 'registers'>,
  ): Histogram<Label> {
    return new Histogram<Label>({ ...options, registers: [this.registry] });
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}

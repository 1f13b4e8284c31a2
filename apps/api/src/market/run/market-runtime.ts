import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { BarWriter } from '../../charts/store/bar-writer.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { MarketStore } from './market-store.ts';
import { MarketBeat } from './market-beat.ts';
import { MarketFlow } from './market-flow.ts';

/**
 * Starts and stops the market. While this process leads, the source's ticks go into the pipeline, time into bars and
 * freshness, and both into the database; while another does, what that one stored is read and shown as old.
 */
@Injectable()
export class MarketRuntime implements OnApplicationBootstrap, OnModuleDestroy {
  #stopped = false;

  constructor(
    private readonly market: ActiveMarket,
    private readonly beat: MarketBeat,
    private readonly flow: MarketFlow,
    private readonly store: MarketStore,
    private readonly writer: BarWriter,
    private readonly lifecycle: Lifecycle,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.lifecycle.onStop('sources', 'market source', () => this.#silence());
    this.lifecycle.onStop('stores', 'market stores', () => this.#flush());
    this.beat.start();
    await this.flow.start();
    this.beat.startSeconds();
  }

  /** When the start fails half way there is no shutdown hook: timers and sockets must still end. */
  async onModuleDestroy(): Promise<void> {
    if (!this.#stopped) await this.#silence();
  }

  async #silence(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.flow.stop(), this.beat.stop()]);
    await this.store.store();
    // The first may have been under way with what was before the silence.
    await this.store.store();
    await this.market.adapter.close();
  }

  async #flush(): Promise<void> {
    await this.writer.close();
    await this.flow.flush();
  }
}

import { Injectable } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import type { Standing } from '../../persistence/leadership.ts';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { MarketStore } from './market-store.ts';

const STORE_EVERY_MS = 5_000;
/** A new leader waits at most so long for its market clock to reach its predecessor's, looking so often. */
const CATCH_UP_MAX_MS = 8_000;
const CATCH_UP_LOOK_MS = 50;

/** What leading means for one part of the market. */
export interface LeadSteps {
  /**
   * The stored state is read; ticks may flow from here on. Steps are taken in order of registration, and the rest are
   * left out when the lead is lost meanwhile.
   * @param again whether this process has followed before
   */
  readonly lead?: (again: boolean) => void | Promise<void>;
  /** The lead is lost, now: nothing may flow any more. */
  readonly silence?: () => void;
  /** Another process leads, after this one did. */
  readonly follow?: () => void;
}

/**
 * Who of the processes on this database runs the market: the leader takes ticks and stores, the others read what it stored.
 * Changes of standing are worked off one after the other.
 */
@Injectable()
export class MarketLead {
  readonly #log: Logger;
  readonly #steps: LeadSteps[] = [];
  #subscription: Subscription | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Whether ticks flow here, or are about to. */
  #leading = false;
  #followed = false;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly market: ActiveMarket,
    private readonly store: MarketStore,
    private readonly wall: WallClock,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'Market' });
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Whether what is stored is this process's to store. */
  get stores(): boolean {
    return this.market.leadership.leads;
  }

  /** Registers what a part does; before {@link start}. */
  on(steps: LeadSteps): void {
    this.#steps.push(steps);
  }

  /** Takes the standing that this process has, and follows it. Resolves when the first turn is done. */
  async start(): Promise<void> {
    this.#subscription = this.market.leadership.standing$.subscribe((standing) => this.#turn(standing));
    this.#timer = setInterval(() => this.#exchange(), STORE_EVERY_MS);
    await this.#turning;
  }

  /** Nothing flows any more; resolves when no turn is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#subscription?.unsubscribe();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#silence();
    await this.#turning;
  }

  #turn(standing: Standing): void {
    if (standing === 'leader') this.store.takeFence();
    const leads = standing !== 'follower';
    // Silence comes at once, whatever the way to the lead was waiting for.
    if (!leads) this.#silence();
    this.#turning = this.#turning
      .then(() => (leads ? this.#lead() : this.#follow()))
      .catch((error: unknown) => this.#log.error({ err: error }, 'the state of the market was not read back'));
  }

  async #lead(): Promise<void> {
    if (this.#leading || !this.#may()) return;
    await this.#catchUp();
    await this.store.restore();
    if (!this.#may()) return;
    this.#leading = true;
    for (const { lead } of this.#steps) {
      await lead?.(this.#followed);
      if (!this.#may()) return this.#silence();
    }
    // A process that starts now must find where the market clock is.
    void this.store.store();
  }

  async #follow(): Promise<void> {
    this.#followed = true;
    if (this.#leading) {
      this.#leading = false;
      // The way to the lead may have gone on for a moment when it was lost and won again.
      this.#silence();
      for (const { follow } of this.#steps) follow?.();
    }
    await this.store.restore();
  }

  #may(): boolean {
    return this.market.leadership.feeds && !this.#stopped;
  }

  #silence(): void {
    for (const { silence } of this.#steps) silence?.();
  }

  /**
   * The market clock never goes back: what the predecessor has seen must be past here too. A leader that was killed had
   * gone on for at most one store since it stored its time.
   */
  async #catchUp(): Promise<void> {
    const { clock } = this.market.adapter;
    const unstored = this.#followed && clock.state() === 'running' ? STORE_EVERY_MS * clock.speed() : 0;
    const reached = await this.store.reached();
    const endsAt = this.wall.now() + CATCH_UP_MAX_MS;
    const isBehind = (): boolean => reached !== null && this.market.now() < reached + unstored;
    while (isBehind() && this.wall.now() < endsAt && !this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, CATCH_UP_LOOK_MS));
    }
  }

  /** The leader stores, the others read. */
  #exchange(): void {
    if (this.#leading) void this.store.store();
    else this.#turn(this.market.leadership.standing);
  }
}

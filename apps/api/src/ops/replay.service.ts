import { Injectable } from '@nestjs/common';
import type { ReplayAnswer, ReplaySeekBody, ReplaySpeedBody, ReplayStepBody } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import { tapeMarket } from '@ziggy/market-sources';
import type { Replay } from '@ziggy/market-sources';
import { AuditTrail } from '../identity/audit/audit-trail.ts';
import type { Origin, Principal } from '../identity/caller.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { MarketRepository } from '../market/run/market.repository.ts';
import { iso } from '../market/quotes/wire-provenance.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import { ReplayHash } from './replay-hash.ts';

/** A seek is waited for so long; then the answer says where it is going. */
const SEEK_ANSWER_MS = 2_000;

/** Who turns a control, and from where. */
export interface Hand {
  readonly caller: Principal;
  readonly origin: Origin;
}

/** The control of a recorded market, each turn of it in the audit. Where the running market is none, every call is `invalid_state`. */
@Injectable()
export class ReplayService {
  readonly #log: Logger;

  constructor(
    private readonly market: ActiveMarket,
    private readonly repository: MarketRepository,
    private readonly hash: ReplayHash,
    private readonly lifecycle: Lifecycle,
    private readonly audit: AuditTrail,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'Replay' });
  }

  status(): ReplayAnswer {
    return this.#answer(this.#replay());
  }

  async play(hand: Hand): Promise<ReplayAnswer> {
    const replay = this.#replay();
    if (replay.status().state === 'ended') {
      throw new DomainError('invalid_state', 'The tape has ended; seek to an earlier time to begin its next run.', {
        extra: { state: 'ended', allowed: ['seek'] },
      });
    }
    await this.#note(hand, 'played');
    replay.play();
    return this.#answer(replay);
  }

  async pause(hand: Hand): Promise<ReplayAnswer> {
    const replay = this.#replay();
    await this.#note(hand, 'paused');
    replay.pause();
    return this.#answer(replay);
  }

  async step(hand: Hand, { by }: ReplayStepBody): Promise<ReplayAnswer> {
    const replay = this.#replay();
    await replay.step(by);
    await this.#note(hand, 'stepped', { by });
    return this.#answer(replay);
  }

  async speed(hand: Hand, { speed }: ReplaySpeedBody): Promise<ReplayAnswer> {
    const replay = this.#replay();
    await this.#note(hand, 'speed_set', { speed });
    replay.setSpeed(speed);
    return this.#answer(replay);
  }

  async seek(hand: Hand, body: ReplaySeekBody): Promise<ReplayAnswer> {
    const replay = this.#replay();
    const at = Date.parse(body.at);
    if (at < replay.status().now) return this.#nextRun(replay, hand, at);
    // The record of what was done comes first: a seek may take a while.
    await this.#note(hand, 'sought', { at: instant(at) });
    const sought = replay.seek(at);
    await Promise.race([sought, new Promise((resolve) => setTimeout(resolve, SEEK_ANSWER_MS).unref())]);
    sought.catch((error: unknown) => this.#log.error({ err: error }, 'the seek failed'));
    return this.#answer(replay);
  }

  /** Going back: a market's clock never does, so the next run is a market of its own, in an application of its own. */
  async #nextRun(replay: Replay, hand: Hand, asked: number): Promise<ReplayAnswer> {
    const { tapeId, run, startTs } = replay.status();
    const at = Math.max(asked, startTs);
    const key = tapeMarket(tapeId, run + 1);
    await this.repository.beginRun({ key, kind: this.market.kind, source: this.market.source }, at);
    await this.#note(hand, 'run_begun', { run: run + 1, at: instant(at) });
    if (!this.lifecycle.restart()) {
      throw new DomainError('invalid_state', 'The next run begins when this process is started again.', {
        extra: { state: replay.status().state, allowed: [] },
      });
    }
    return { ...this.#answer(replay), nextRun: { run: run + 1, at: instant(at) } };
  }

  #replay(): Replay {
    const { replay } = this.market.adapter;
    if (replay === null) {
      throw new DomainError('invalid_state', `The running market is ${this.market.source}, not a tape.`, {
        extra: { state: this.market.source, allowed: ['tape'] },
      });
    }
    return replay;
  }

  #note({ caller, origin }: Hand, what: string, after?: object): Promise<void> {
    this.#log.info({ userId: caller.userId, market: this.market.id, what, ...after }, 'replay');
    return this.audit.note(caller, origin, { action: `replay.${what}`, target: this.market.id, after });
  }

  #answer(replay: Replay): ReplayAnswer {
    const { tapeId, title, run, state, now, startTs, endTs, setting, played, records, seekingTo } = replay.status();
    return {
      tapeId,
      title,
      market: this.market.id,
      run,
      state,
      at: instant(now),
      startTs: instant(startTs),
      endTs: instant(endTs),
      speed: setting,
      progressRatio: records === 0 ? 0 : played / records,
      played,
      records,
      seekingTo: iso(seekingTo),
      nextRun: null,
      hash: this.hash.value(),
      hashFrom: iso(this.hash.from),
    };
  }
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

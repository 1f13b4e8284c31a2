import { drawBlocks, drawMinutes, emptyParts } from './components.ts';
import type { Parts } from './components.ts';
import type { Factor } from './factors.ts';
import { LruMap } from './lru-map.ts';
import { MODEL } from './params.ts';
import { HashPrefix } from './sha256.ts';
import { shapeOf } from './session-shape.ts';
import type { SessionTable } from './sessions.ts';
import { Stream } from './stream.ts';

const MINUTE_PATHS_KEPT = 64;
const SESSIONS_KEPT = 8192;

/** A factor's move inside one session. */
export interface FactorSession {
  /** Move between the close before and the open. */
  readonly overnight: number;
  /** Moves inside without the jump. */
  readonly blocks: Parts;
  readonly jump: number;
  /** Minute of the session in which the jump falls. */
  readonly jumpMinute: number;
}

/** Lays a factor's sessions out once for all symbols that load on it. */
export class FactorSessions {
  readonly factor: Factor;
  readonly #insideKey: HashPrefix;
  readonly #minutesKey: HashPrefix;
  readonly #sessions: SessionTable;
  readonly #known = new LruMap<number, FactorSession>(SESSIONS_KEPT);
  readonly #minutes = new LruMap<number, Parts>(MINUTE_PATHS_KEPT);
  readonly #stream = new Stream('');

  constructor(seed: string, factor: Factor, sessions: SessionTable) {
    this.#insideKey = new HashPrefix(`${seed}|inside|${factor.name}|`);
    this.#minutesKey = new HashPrefix(`${seed}|minutes|${factor.name}|`);
    this.factor = factor;
    this.#sessions = sessions;
  }

  session(index: number): FactorSession {
    return this.#known.getOr(index, () => this.#draw(index));
  }

  /** Moves by minute, the jump left out. */
  minutes(index: number): Parts {
    return this.#minutes.getOr(index, () => {
      const session = this.#sessions.at(index);
      const stream = this.#stream.rekey(this.#minutesKey, session.date);
      const shape = shapeOf(this.#sessions.calendar.id, session);
      return drawMinutes(stream, shape, this.session(index).blocks, emptyParts(shape.minutes));
    });
  }

  #draw(index: number): FactorSession {
    const session = this.#sessions.at(index);
    const day = this.factor.day(index);
    const shape = shapeOf(this.#sessions.calendar.id, session);
    const stream = this.#stream.rekey(this.#insideKey, session.date);
    const move = day.move - day.jump;
    const share = MODEL.overnight[this.#sessions.calendar.id as 'XNYS' | '24x7' | 'FX24x5'];
    const overnight = share * move + Math.sqrt(share * (1 - share) * day.variance) * stream.normal();
    const blocks = emptyParts(shape.blocks.length);
    drawBlocks(stream, shape, move - overnight, (1 - share) * day.variance, blocks);
    return {
      overnight,
      blocks,
      jump: day.jump,
      jumpMinute: Math.floor(day.jumpAt * shape.minutes),
    };
  }
}

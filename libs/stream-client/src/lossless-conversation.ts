import type {
  ClientCommand,
  ErrorFrame,
  EventFrame,
  HelloFrame,
  ResumeAckFrame,
  ResyncFrame,
  ServerFrame,
  StreamPosition,
} from '@ziggy/contracts';
import type { Conversation, Link } from './connection.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { StreamClientDeps, TimerHandle } from './deps.ts';
import type { Resync } from './event-memory.ts';

/** What the conversation of a lossless channel tells its owner. */
export interface LosslessEvents {
  /** Where to go on from; `null` asks for an image. */
  position(): StreamPosition | null;
  /** An image begins: what came before is replaced. */
  image(): void;
  /** The image is complete as of `position`. */
  imaged(position: StreamPosition): void;
  event(frame: EventFrame): void;
  /** `frame` is a repeat of what was applied. */
  repeated(): void;
  resync(resync: Resync): void;
}

type Asked = Extract<ClientCommand, { type: 'subscribe' | 'resume' }>;

/**
 * A lossless channel: an image for a fresh client, a resume by position for one that was here before, then events in order. A
 * hole - `prev` is not the last position - holds everything back until the log has filled it.
 */
export class LosslessConversation implements Conversation {
  readonly #link: Link;
  readonly #deps: StreamClientDeps;
  readonly #events: LosslessEvents;
  #asked: { readonly command: Asked; deadline: number; retried: boolean } | null = null;
  /** Replayed events that must come before all is live. */
  #replaysDue = 0;
  #again: TimerHandle | null = null;
  #nextId = 1;

  constructor(link: Link, deps: StreamClientDeps, events: LosslessEvents) {
    this.#link = link;
    this.#deps = deps;
    this.#events = events;
  }

  begin(_hello: HelloFrame): void {
    this.#restore();
  }

  hear(frame: ServerFrame): void {
    switch (frame.type) {
      case 'news_update':
      case 'alert_triggered':
      case 'alert_changed':
      case 'notification':
      case 'signal_generated':
      case 'portfolio_update':
        return this.#event(frame);
      case 'snapshot_end':
        if (this.#asked?.command.type !== 'subscribe') return;
        this.#asked = null;
        if (frame.epoch !== undefined && frame.seq !== undefined)
          this.#events.imaged({ epoch: frame.epoch, seq: frame.seq });
        return this.#link.restored();
      case 'resume_ack':
        return this.#resumed(frame);
      case 'resync':
        return this.#lost(frame);
      case 'error':
        return this.#failed(frame);
    }
  }

  overdue(now: number): string | null {
    const asked = this.#asked;
    if (asked === null || now < asked.deadline) return null;
    if (asked.retried) return 'a command was not answered';
    asked.retried = true;
    asked.deadline = now + CLIENT_LIMITS.commandMs;
    this.#link.send(asked.command);
    return null;
  }

  end(): void {
    this.#asked = null;
    this.#replaysDue = 0;
    if (this.#again !== null) this.#deps.timers.clear(this.#again);
    this.#again = null;
  }

  #restore(): void {
    const position = this.#events.position();
    const id = `c${this.#nextId++}`;
    if (position !== null) return this.#ask({ type: 'resume', ...position, id });
    this.#events.image();
    this.#ask({ type: 'subscribe', symbols: ['*'], id });
  }

  #ask(command: Asked): void {
    const deadline = this.#deps.clock.now() + CLIENT_LIMITS.commandMs;
    this.#asked = { command, deadline, retried: false };
    this.#replaysDue = 0;
    this.#link.send(command);
  }

  #event(frame: EventFrame): void {
    if (frame.snap === true) {
      if (this.#asked?.command.type === 'subscribe') this.#events.event(frame);
      return;
    }
    // What is sent before the answer to a resume will be sent again after it, in its place.
    if (this.#asked !== null) return;
    const position = this.#events.position();
    if (position !== null && frame.epoch === position.epoch && frame.seq <= position.seq) {
      this.#events.repeated();
    } else if (position === null || frame.epoch !== position.epoch || frame.prev !== position.seq) {
      return this.#restore();
    } else this.#events.event(frame);
    if (this.#replaysDue > 0 && frame.replay === true && --this.#replaysDue === 0) this.#link.restored();
  }

  #resumed(frame: ResumeAckFrame): void {
    if (this.#asked?.command.type !== 'resume' || frame.id !== this.#asked.command.id) return;
    this.#asked = null;
    if (!frame.data.recovered) return this.#lost(frame);
    this.#replaysDue = frame.data.replayed;
    if (this.#replaysDue === 0) this.#link.restored();
  }

  /** The log no longer reaches back to our position: whoever listens reads the state over REST, we go on from the new place. */
  #lost(frame: ResumeAckFrame | ResyncFrame): void {
    const { epoch, seq } = frame;
    this.#events.resync({ reason: frame.data.reason ?? 'trimmed', position: { epoch, seq } });
    this.#restore();
  }

  #failed(frame: ErrorFrame): void {
    if (this.#asked === null || frame.id !== this.#asked.command.id) return;
    this.#asked = null;
    const { temporary, retryAfterMs, name } = frame.data;
    if (!temporary) return this.#link.giveUp(name.replaceAll('_', ' '));
    this.#again = this.#deps.timers.set(() => {
      this.#again = null;
      this.#restore();
    }, retryAfterMs ?? CLIENT_LIMITS.tickMs);
  }
}

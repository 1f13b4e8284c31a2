import type { EventFrame } from '@ziggy/contracts';
import { ResumeLog } from './resume-log.ts';
import type { LogPage, LogPosition, LoggedEvent, PageLimits } from './resume-log.ts';

interface Line {
  epoch: string;
  head: number;
  events: LoggedEvent[];
}

/** The log in memory, for engines that run without a database: benches, replays, tests. It is gone with the process. */
export class MemoryLog extends ResumeLog {
  readonly #lines = new Map<string, Line>();
  readonly #epoch: string;
  readonly #kept: number;

  /** @param kept newest events of a partition that are kept */
  constructor(epoch: string, kept = 10_000) {
    super();
    this.#epoch = epoch;
    this.#kept = kept;
  }

  /** Appends one event and returns it with its position. */
  append(partition: string, frame: Omit<EventFrame, 'seq' | 'prev' | 'epoch'>): LoggedEvent {
    const line = this.#line(partition);
    const prev = line.head;
    const seq = ++line.head;
    const event: LoggedEvent = {
      seq,
      prev,
      bytes: JSON.stringify(frame.data).length,
      frame: { ...frame, epoch: line.epoch, seq, prev } as EventFrame,
    };
    line.events.push(event);
    if (line.events.length > this.#kept) line.events.splice(0, line.events.length - this.#kept);
    return event;
  }

  async heads(partitions: readonly string[]): Promise<LogPosition[]> {
    return partitions.map((partition) => headOf(this.#line(partition)));
  }

  async read(partition: string, after: LogPosition, limits: PageLimits): Promise<LogPage> {
    const line = this.#line(partition);
    const head = headOf(line);
    if (after.epoch !== line.epoch || after.seq > line.head) return { lost: 'epoch', events: [], head };
    const floor = line.events[0]?.prev ?? line.head;
    if (after.seq < floor) return { lost: 'trimmed', events: [], head };
    const events = line.events.slice(after.seq - floor, after.seq - floor + limits.events);
    return { lost: null, events: within(events, limits.bytes), head };
  }

  async before(
    partition: string,
    seq: number | null,
    limits: PageLimits,
  ): Promise<{ events: readonly LoggedEvent[]; head: LogPosition }> {
    const line = this.#line(partition);
    const older = line.events.filter((event) => seq === null || event.seq < seq).slice(-limits.events);
    return { events: [...within(older.reverse(), limits.bytes)].reverse(), head: headOf(line) };
  }

  #line(partition: string): Line {
    let line = this.#lines.get(partition);
    if (line === undefined) this.#lines.set(partition, (line = { epoch: this.#epoch, head: 0, events: [] }));
    return line;
  }
}

function headOf({ epoch, head }: Line): LogPosition {
  return { epoch, seq: head };
}

function within(events: readonly LoggedEvent[], bytes: number): readonly LoggedEvent[] {
  let left = bytes;
  const end = events.findIndex((event, i) => (left -= event.bytes) < 0 && i > 0);
  return end === -1 ? events : events.slice(0, end);
}

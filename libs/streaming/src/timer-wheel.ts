/** A pending call of the wheel; `cancel` is idempotent. */
export interface WheelTimer {
  readonly dueAt: number;
  cancel(): void;
}

interface Entry extends WheelTimer {
  readonly fire: () => void;
}

/**
 * One timer for any number of deadlines: a ring of slots, each with the calls that fall into it. It owns no clock; the
 * host calls `advance(now)`. Deadlines beyond one turn stay in their slot and are looked at once a turn.
 * A call fires late by at most one slot plus the host's own delay, never early.
 */
export class TimerWheel {
  readonly #slots: Set<Entry>[];
  readonly #slotMs: number;
  #position: number;
  #size = 0;

  constructor(now: number, options: { slotMs?: number; slots?: number } = {}) {
    this.#slotMs = options.slotMs ?? 100;
    this.#slots = Array.from({ length: options.slots ?? 512 }, () => new Set<Entry>());
    this.#position = Math.floor(now / this.#slotMs);
  }

  /** Deadlines that wait. */
  get size(): number {
    return this.#size;
  }

  /** Calls `fire` at the first `advance` at or after `dueAt`, in the units of `advance`. */
  schedule(dueAt: number, fire: () => void): WheelTimer {
    const index = Math.max(Math.ceil(dueAt / this.#slotMs), this.#position + 1);
    const slot = this.#slots[index % this.#slots.length] as Set<Entry>;
    const entry: Entry = {
      dueAt,
      fire,
      cancel: () => {
        if (slot.delete(entry)) this.#size--;
      },
    };
    slot.add(entry);
    this.#size++;
    return entry;
  }

  /** Fires everything due by `now`. A clock that went back changes nothing; a long pause visits each slot once. */
  advance(now: number): number {
    const target = Math.floor(now / this.#slotMs);
    const from = Math.max(this.#position + 1, target - this.#slots.length + 1);
    this.#position = Math.max(this.#position, target);
    let fired = 0;
    for (let at = from; at <= target; at++) {
      const slot = this.#slots[at % this.#slots.length] as Set<Entry>;
      if (slot.size === 0) continue;
      // Entries added while firing land in later slots, so this loop ends.
      for (const entry of [...slot]) {
        if (entry.dueAt > now || !slot.delete(entry)) continue;
        this.#size--;
        fired++;
        entry.fire();
      }
    }
    return fired;
  }
}

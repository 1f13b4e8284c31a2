/** A pending call of the wheel; `cancel` is idempotent. */
export interface WheelTimer {
  readonly dueAt: number;
  cancel(): void;
}

/** Plain data and one shared method: ten thousand sockets hold one of these each. */
class Entry implements WheelTimer {
  readonly dueAt: number;
  readonly fire: () => void;
  readonly #slot: Set<Entry>;

  constructor(dueAt: number, fire: () => void, slot: Set<Entry>) {
    this.dueAt = dueAt;
    this.fire = fire;
    this.#slot = slot;
    slot.add(this);
  }

  cancel(): void {
    this.#slot.delete(this);
  }
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

  constructor(now: number, options: { slotMs?: number; slots?: number } = {}) {
    this.#slotMs = options.slotMs ?? 100;
    this.#slots = Array.from({ length: options.slots ?? 512 }, () => new Set<Entry>());
    this.#position = Math.floor(now / this.#slotMs);
  }

  /** Deadlines that wait. */
  get size(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.size, 0);
  }

  /** Calls `fire` at the first `advance` at or after `dueAt`, in the units of `advance`. */
  schedule(dueAt: number, fire: () => void): WheelTimer {
    const index = Math.max(Math.ceil(dueAt / this.#slotMs), this.#position + 1);
    const slot = this.#slots[index % this.#slots.length] as Set<Entry>;
    return new Entry(dueAt, fire, slot);
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
        fired++;
        entry.fire();
      }
    }
    return fired;
  }
}

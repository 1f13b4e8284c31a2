/** Work at a market time. Periodic work leaves out what a skipped silence would have held; single work never is left out. */
interface Timer {
  readonly order: number;
  readonly stepMs: number | null;
  readonly run: () => void;
  t: number;
}

/** Timers on a played market's clock, in the order of (time, registration). Times are market time, epoch ms. */
export class MarketTimers {
  readonly #timers = new Set<Timer>();
  #next: Timer | null = null;
  #order = 0;

  get size(): number {
    return this.#timers.size;
  }

  /**
   * Runs work at every whole multiple of `stepMs` after `now`, moved by `offsetMs`.
   * @returns stops it.
   */
  every(stepMs: number, offsetMs: number, now: number, run: () => void): () => void {
    const t = firstAfter(now, stepMs, offsetMs);
    return this.#add({ order: ++this.#order, stepMs, run, t });
  }

  /** Runs work once, when market time reaches `t`. */
  at(t: number, run: () => void): () => void {
    return this.#add({ order: ++this.#order, stepMs: null, run, t });
  }

  /** Time of the next timer; `Infinity` without one. */
  next(): number {
    return this.#next?.t ?? Infinity;
  }

  /** Time of the next single timer: a skipped silence ends there at the latest. */
  nextSingle(): number {
    let first = Infinity;
    for (const { stepMs, t } of this.#timers) if (stepMs === null && t < first) first = t;
    return first;
  }

  /** Runs the next timer; periodic ones are set anew first, so that their work may stop them. */
  fire(): void {
    const timer = this.#next;
    if (timer === null) return;
    if (timer.stepMs === null) this.#timers.delete(timer);
    else timer.t += timer.stepMs;
    this.#find();
    timer.run();
  }

  /** Market time jumps: periodic work that lies before `t` is left out. */
  skipTo(t: number): void {
    for (const timer of this.#timers) {
      if (timer.stepMs === null || timer.t >= t) continue;
      timer.t += Math.ceil((t - timer.t) / timer.stepMs) * timer.stepMs;
    }
    this.#find();
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    this.#find();
    return () => {
      this.#timers.delete(timer);
      this.#find();
    };
  }

  #find(): void {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (first === null || timer.t < first.t || (timer.t === first.t && timer.order < first.order)) first = timer;
    }
    this.#next = first;
  }
}

function firstAfter(now: number, stepMs: number, offsetMs: number): number {
  return (Math.floor((now - offsetMs) / stepMs) + 1) * stepMs + offsetMs;
}

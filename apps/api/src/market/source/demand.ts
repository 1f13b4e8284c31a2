import type { Symbol } from '@ziggy/domain';
import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';

/** Who wants a symbol's quotes. */
export const DEMAND_REASONS = ['universe', 'index', 'subscribed', 'charts', 'watchlist', 'recorded', 'rest'] as const;
export type DemandReason = (typeof DEMAND_REASONS)[number];

/** A symbol is given back to the source this long (wall ms) after its last interest ended. */
export const RELEASE_AFTER_MS = 30_000;

interface Interest {
  readonly counts: Map<DemandReason, number>;
  /** Wall time when the last interest ended; `null` while there is one. */
  idleSince: number | null;
  /** Interest of a single read, until this wall time. */
  askedUntil: number;
}

/**
 * Which symbols the source must keep fresh, and why. Interests are counted; a symbol stays wanted for 30 s after the
 * last one, so that a page change costs the source nothing. Changes are told once per turn.
 */
export class Demand {
  /** The wanted set; each emission is a new set. */
  readonly wanted$: Observable<ReadonlySet<Symbol>>;
  readonly #subject = new BehaviorSubject<ReadonlySet<Symbol>>(new Set());
  readonly #interests = new Map<Symbol, Interest>();
  readonly #options: { readonly maxSymbols: number; readonly now: () => number };
  #changed = false;

  constructor(options: { maxSymbols: number; now: () => number }) {
    this.#options = options;
    this.wanted$ = this.#subject;
  }

  get wanted(): ReadonlySet<Symbol> {
    return this.#subject.value;
  }

  get size(): number {
    return this.#interests.size;
  }

  /** Counts one more interest. @returns false when the source cannot track another symbol. */
  acquire(symbol: Symbol, reason: DemandReason): boolean {
    const interest = this.#open(symbol);
    if (interest === null) return false;
    interest.counts.set(reason, (interest.counts.get(reason) ?? 0) + 1);
    interest.idleSince = null;
    return true;
  }

  /** Gives one interest back. More releases than acquisitions are ignored. */
  release(symbol: Symbol, reason: DemandReason): void {
    const interest = this.#interests.get(symbol);
    const count = interest?.counts.get(reason) ?? 0;
    if (interest === undefined || count === 0) return;
    if (count === 1) interest.counts.delete(reason);
    else interest.counts.set(reason, count - 1);
    if (interest.counts.size === 0) interest.idleSince = this.#options.now();
  }

  /** Interest of one read: the symbol stays wanted for 30 s from now. @returns false when there is no room. */
  ask(symbol: Symbol): boolean {
    const interest = this.#open(symbol);
    if (interest === null) return false;
    interest.askedUntil = this.#options.now() + RELEASE_AFTER_MS;
    return true;
  }

  isWanted(symbol: Symbol): boolean {
    return this.#interests.has(symbol);
  }

  /** Drops what nobody has wanted for 30 s; returns it. Call about once a second. */
  sweep(): readonly Symbol[] {
    const now = this.#options.now();
    const gone: Symbol[] = [];
    for (const [symbol, interest] of this.#interests) {
      if (interest.counts.size > 0 || interest.askedUntil > now) continue;
      if (interest.idleSince !== null && now - interest.idleSince < RELEASE_AFTER_MS) continue;
      this.#interests.delete(symbol);
      gone.push(symbol);
    }
    if (gone.length > 0) this.#change();
    return gone;
  }

  /** Symbols by reason; one symbol may stand under several. */
  byReason(): Record<DemandReason, number> {
    const result = Object.fromEntries(DEMAND_REASONS.map((reason) => [reason, 0])) as Record<DemandReason, number>;
    const now = this.#options.now();
    for (const interest of this.#interests.values()) {
      for (const reason of interest.counts.keys()) result[reason]++;
      if (interest.askedUntil > now) result.rest++;
    }
    return result;
  }

  close(): void {
    this.#subject.complete();
  }

  #open(symbol: Symbol): Interest | null {
    let interest = this.#interests.get(symbol);
    if (interest !== undefined) return interest;
    if (this.#interests.size >= this.#options.maxSymbols) return null;
    interest = { counts: new Map(), idleSince: null, askedUntil: 0 };
    this.#interests.set(symbol, interest);
    this.#change();
    return interest;
  }

  #change(): void {
    if (this.#changed) return;
    this.#changed = true;
    // One emission for a whole command: a source may make a request per change.
    queueMicrotask(() => {
      this.#changed = false;
      if (!this.#subject.closed) this.#subject.next(new Set(this.#interests.keys()));
    });
  }
}

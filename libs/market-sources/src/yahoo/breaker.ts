import type { SourceErrorCode } from '../port.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Wall time and chance passed in. */
export interface BreakerDeps {
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const FIRST_MS = 60_000;
const LONGEST_MS = 30 * 60_000;
/** What a vendor says is believed up to here: a slip of its clock must not close the source for good. */
const LONGEST_SAID_MS = 6 * 3_600_000;
const SPREAD = 0.2;

/**
 * Guards the whole source after a refusal (429, or a session that cannot be had): 60 s, doubling up to 30 min with
 * 20 % spread, longer when `Retry-After` says so, up to 6 h. After that one call of a chart goes first, alone.
 */
export class GlobalBreaker {
  readonly #deps: BreakerDeps;
  #until: number | null = null;
  #cause: 'wire' | 'crumb' = 'wire';
  #openings = 0;
  #trying = false;

  constructor(deps: BreakerDeps) {
    this.#deps = deps;
  }

  state(): BreakerState {
    if (this.#until === null) return 'closed';
    return this.#deps.now() < this.#until ? 'open' : 'half_open';
  }

  /** When calls may go on (epoch ms); null while closed. */
  until(): number | null {
    return this.#until;
  }

  /** True when only the session is refused: endpoints that need none may be asked. */
  onlyCrumb(): boolean {
    return this.#until !== null && this.#cause === 'crumb';
  }

  /** Whether a call may go out now. While half open the first chart call may, and takes that place until it ends. */
  allows(call: { needsCrumb: boolean; isChart: boolean }): boolean {
    const state = this.state();
    if (state === 'closed') return true;
    if (state === 'open') return this.#cause === 'crumb' && !call.needsCrumb;
    if (!call.isChart || this.#trying) return this.#cause === 'crumb' && !call.needsCrumb;
    this.#trying = true;
    return true;
  }

  open(cause: 'wire' | 'crumb', retryAfterMs: number | null): void {
    const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#openings);
    const spread = base * (1 + SPREAD * (2 * this.#deps.random() - 1));
    this.#openings = Math.min(this.#openings + 1, 16);
    this.#until =
      this.#deps.now() + Math.max(Math.min(LONGEST_MS, spread), Math.min(LONGEST_SAID_MS, retryAfterMs ?? 0));
    this.#cause = cause;
    this.#trying = false;
  }

  /** A call succeeded. The doubling ends only with a success of the kind that had failed. */
  succeeded(call: { needsCrumb: boolean }): void {
    const proves = this.#cause === 'wire' || call.needsCrumb;
    if (this.state() === 'half_open' || (this.#until !== null && proves)) this.#until = null;
    this.#trying = false;
    if (proves && this.#until === null) this.#openings = 0;
  }

  /** A call failed for another reason: the trial call's place is free again. */
  failedOtherwise(): void {
    this.#trying = false;
  }
}

const HALF_OPEN_MS = 30_000;
const IN_A_ROW = 5;
/** A page instead of data is seldom one accident. */
const SHAPES_IN_A_ROW = 3;
const WINDOW = 20;
const SHARE = 0.5;

/**
 * Guards one endpoint: opens after 5 failures in a row (3 of the wrong shape) or when half of the last 20 failed; after
 * 30 s one call tries.
 */
export class EndpointBreaker {
  readonly #now: () => number;
  readonly #last: boolean[] = [];
  #row = 0;
  #shapes = 0;
  #until: number | null = null;
  #trying = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  state(): BreakerState {
    if (this.#until === null) return 'closed';
    return this.#now() < this.#until ? 'open' : 'half_open';
  }

  until(): number | null {
    return this.#until;
  }

  allows(): boolean {
    const state = this.state();
    if (state === 'closed') return true;
    if (state === 'open' || this.#trying) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#trying = false;
    this.#row = 0;
    this.#shapes = 0;
    if (this.#until !== null) this.#last.length = 0;
    this.#until = null;
    this.#note(true);
  }

  failed(code: SourceErrorCode): void {
    this.#row += 1;
    this.#shapes = code === 'UpstreamShape' ? this.#shapes + 1 : 0;
    this.#note(false);
    const failures = this.#last.filter((ok) => !ok).length;
    const often = this.#last.length === WINDOW && failures >= SHARE * WINDOW;
    const again = this.#trying;
    this.#trying = false;
    if (again || this.#row >= IN_A_ROW || this.#shapes >= SHAPES_IN_A_ROW || often) {
      this.#until = this.#now() + HALF_OPEN_MS;
    }
  }

  /** The trial call ended without saying anything about the endpoint (cancelled). */
  undecided(): void {
    this.#trying = false;
  }

  #note(ok: boolean): void {
    this.#last.push(ok);
    if (this.#last.length > WINDOW) this.#last.shift();
  }
}

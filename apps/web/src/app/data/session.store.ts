import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import type { SessionAnswer } from '@ziggy/contracts';
import type { Phase } from '@ziggy/domain';
import type { VenueSession } from '@ziggy/ui';
import { ClockStore } from './clock.store.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';
import { StreamStore } from './stream.store.ts';

const REFRESH_MS = 300_000;
const RETRY_MS = 10_000;
const NAMES: Readonly<Record<SessionAnswer['exchange'], string>> = {
  XNYS: 'NYSE',
  XNAS: 'Nasdaq',
  XLON: 'London',
  XETR: 'Xetra',
  '24x7': 'Crypto',
  FX24x5: 'FX',
};

/** The next change of phase after `now`, from the server's instants. */
export function nextChange(session: SessionAnswer, now: number): { at: number; phase: Phase } | null {
  const steps: [string | null, Phase][] = [
    [session.preOpen, 'pre'],
    [session.open, 'open'],
    [session.close, session.postClose === null ? 'closed' : 'post'],
    [session.postClose, 'closed'],
    [session.nextOpen, 'open'],
  ];
  let next: { at: number; phase: Phase } | null = null;
  for (const [instant, phase] of steps) {
    const at = instant === null ? Number.NaN : Date.parse(instant);
    if (at > now && (next === null || at < next.at)) next = { at, phase };
  }
  return next;
}

/** The trading day of the main venue: phase, and when it changes. The server's instants; here they are only subtracted. */
@Injectable({ providedIn: 'root' })
export class SessionStore {
  readonly #rest = inject(Rest);
  readonly #clock = inject(ClockStore);
  readonly #answer = new LatestRequest<SessionAnswer>();
  readonly #askedAt = signal(-Infinity);

  readonly answer = this.#answer.value;
  /** Market time, epoch ms: by the market clock, else by the last answer. */
  readonly marketNow = computed(
    () => this.#clock.marketNow() ?? (this.answer() ? Date.parse(this.answer()?.marketNow ?? '') : null),
  );
  readonly venue = computed<VenueSession | null>(() => {
    const session = this.answer();
    const now = this.marketNow();
    if (!session || now === null) return null;
    const next = nextChange(session, now);
    return {
      venue: NAMES[session.exchange],
      phase: session.phase,
      zone: session.timezone,
      nextAt: next?.at ?? null,
      nextPhase: next?.phase ?? null,
      halfDay: session.halfDay,
      continuous: session.exchange === '24x7',
    };
  });

  /** The venue and the time to count from, as the session clock wants them. */
  readonly shown = computed(() => {
    const venue = this.venue();
    const now = this.marketNow();
    return venue !== null && now !== null ? { venue, now } : null;
  });

  constructor() {
    const market = inject(StreamStore).market;
    effect(() => {
      market();
      untracked(() => this.#ask());
    });
    // Asked again when the phase has changed by the clock, and now and then for good measure.
    effect(() => {
      const now = this.#clock.now();
      const marketNow = this.marketNow();
      untracked(() => {
        const since = now - this.#askedAt();
        const session = this.answer();
        const asked = session ? nextChange(session, Date.parse(session.marketNow)) : null;
        const passed = asked !== null && marketNow !== null && marketNow >= asked.at;
        if (!this.#answer.loading() && since >= RETRY_MS && (session === null || passed || since >= REFRESH_MS))
          this.#ask();
      });
    });
  }

  #ask(): void {
    this.#askedAt.set(this.#clock.now());
    void this.#answer.run((signal) => this.#rest.session('XNYS', signal));
  }
}

import { Component, computed, input } from '@angular/core';
import type { Phase } from '@ziggy/domain';
import { formatDuration, formatTime, zonePlace } from '../format/times.ts';

/** A venue's day as the server states it; instants in epoch ms, zone an IANA name. */
export interface VenueSession {
  readonly venue: string;
  readonly phase: Phase;
  readonly zone: string;
  /** When the phase changes next, and to what; null when unknown or never. */
  readonly nextAt: number | null;
  readonly nextPhase: Phase | null;
  readonly halfDay?: boolean;
  /** Trades round the clock: no countdown. */
  readonly continuous?: boolean;
}

const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  pre: 'pre-market',
  open: 'open',
  post: 'after hours',
  closed: 'closed',
};
const NEXT_WORDS: Readonly<Record<Phase, string>> = {
  pre: 'pre-market in',
  open: 'opens in',
  post: 'closes in',
  closed: 'closes in',
};

/** Venue, phase and the time to its next change. */
@Component({
  selector: 'z-session-clock',
  template: `<i aria-hidden="true"></i><b>{{ session().venue }}</b
    ><span class="phase">{{ words() }}</span>
    @if (next(); as change) {
      <span class="next" data-field="session.nextAt" data-format="duration">{{ change }}</span>
    }`,
  host: { '[attr.data-phase]': 'session().phase', '[attr.title]': 'title()' },
  styles: `
    :host {
      display: inline-flex;
      align-items: baseline;
      gap: var(--z-space-4);
      font-size: var(--z-font-12);
      font-variant-numeric: tabular-nums slashed-zero;
      line-height: var(--z-line-figure);
      white-space: nowrap;
    }
    i {
      align-self: center;
      inline-size: 7px;
      block-size: 7px;
      border: 1.5px solid var(--z-muted);
      border-radius: 50%;
    }
    :host([data-phase='open']) i {
      border-color: var(--z-gain);
      background: var(--z-gain);
    }
    :host([data-phase='pre']) i,
    :host([data-phase='post']) i {
      border-color: var(--z-warning);
    }
    b {
      font-weight: 600;
    }
    .phase,
    .next {
      color: var(--z-muted);
    }
    .next::before {
      content: '· ';
    }
    .next {
      min-inline-size: 15ch;
    }
  `,
})
export class SessionClock {
  readonly session = input.required<VenueSession>();
  /** The corrected now, epoch ms; from the page's one clock. */
  readonly now = input.required<number>();
  protected readonly words = computed(() => {
    const { phase, halfDay, continuous } = this.session();
    const phaseWords = continuous && phase === 'open' ? 'open, round the clock' : PHASE_WORDS[phase];
    return halfDay ? `${phaseWords}, half day` : phaseWords;
  });
  protected readonly next = computed(() => {
    const { nextAt, nextPhase, continuous, phase } = this.session();
    if (continuous || nextAt === null || nextPhase === null) return '';
    const words =
      nextPhase === 'post' || (nextPhase === 'closed' && phase === 'open')
        ? NEXT_WORDS.closed
        : nextPhase === 'closed'
          ? 'ends in'
          : NEXT_WORDS[nextPhase];
    return `${words} ${formatDuration(nextAt - this.now()).text}`;
  });
  protected readonly title = computed(() => {
    const { zone, nextAt, venue } = this.session();
    const place = `${formatTime(this.now(), zone, 'minute').text} ${zonePlace(zone)}`;
    return nextAt === null
      ? `${venue}, ${place}`
      : `${venue}, ${place}; next change ${formatTime(nextAt, zone, 'datetime').text}`;
  });
}

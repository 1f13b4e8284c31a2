import { Component, computed, input } from '@angular/core';
import type { Kind } from '@ziggy/domain';

/** What kind of market the whole page shows. */
export interface Environment {
  readonly kind: Kind;
  readonly delayMinutes?: number | null;
  /** Day of a recording and its speed, or why it stands: `2026-03-04` and 10. */
  readonly tapeDate?: string | null;
  readonly speed?: number | 'max' | 'paused' | 'ended' | null;
  /** The account's trading is stopped; outranks the kind in colour, not in words. */
  readonly halted?: boolean;
}

/** The words of an environment, without the account. */
export function environmentText(environment: Environment): string {
  switch (environment.kind) {
    case 'live':
      return 'Live market';
    case 'delayed':
      return typeof environment.delayMinutes === 'number' ? `Delayed ${environment.delayMinutes} min` : 'Delayed';
    case 'end_of_day':
      return 'End of day';
    case 'recorded': {
      const { speed: pace = null } = environment;
      const speed = pace === null ? '' : ` ${typeof pace === 'number' ? `${pace}x` : pace}`;
      return `Recorded${environment.tapeDate ? ` ${environment.tapeDate}` : ''}${speed}`;
    }
    case 'simulated':
      return 'Simulated';
  }
}

/** Prefix of title and favicon; the live market has none. */
export function environmentPrefix(kind: Kind): '' | '[SIM]' | '[REC]' | '[DLY]' | '[EOD]' {
  return ({ live: '', delayed: '[DLY]', end_of_day: '[EOD]', recorded: '[REC]', simulated: '[SIM]' } as const)[kind];
}

const KIND_STYLES = `
  :host { --frame: var(--z-frame-live); }
  :host([data-kind='delayed']) { --frame: var(--z-frame-delayed); }
  :host([data-kind='end_of_day']) { --frame: var(--z-frame-end-of-day); }
  :host([data-kind='recorded']) { --frame: var(--z-frame-recorded); }
  :host([data-kind='simulated']) { --frame: var(--z-frame-simulated); }
  :host([data-halted]) { --frame: var(--z-frame-halted); }
  :host([data-kind='recorded']), :host([data-kind='simulated']) {
    --hatch: repeating-linear-gradient(-45deg, transparent 0 5px, color-mix(in srgb, var(--z-frame-text) 24%, transparent) 5px 7px);
  }
`;

/** The 3 px line round the page. It lets every pointer through. */
@Component({
  selector: 'z-environment-frame',
  template: `<i class="t"></i><i class="b"></i><i class="s"></i><i class="e"></i>`,
  host: {
    'aria-hidden': 'true',
    '[attr.data-kind]': 'value().kind',
    '[attr.data-halted]': 'value().halted ? "" : null',
  },
  styles: [
    KIND_STYLES,
    `
      :host {
        position: fixed;
        inset: 0;
        z-index: var(--z-layer-frame);
        pointer-events: none;
      }
      i {
        position: absolute;
        background: var(--hatch, none) var(--frame);
        forced-color-adjust: none;
      }
      .t,
      .b {
        inset-inline: 0;
        block-size: var(--z-frame-width);
      }
      .t {
        inset-block-start: 0;
      }
      .b {
        inset-block-end: 0;
      }
      .s,
      .e {
        inset-block: 0;
        inline-size: var(--z-frame-width);
      }
      .s {
        inset-inline-start: 0;
      }
      .e {
        inset-inline-end: 0;
      }
    `,
  ],
})
export class EnvironmentFrame {
  readonly value = input.required<Environment>();
}

/** The frame's words; put it in a button to let people ask why. */
@Component({
  selector: 'z-environment-chip',
  template: `<b>{{ text() }}</b
    ><span class="account"><span class="dot" aria-hidden="true">·</span> {{ account() }}</span>`,
  host: {
    '[attr.data-kind]': 'value().kind',
    '[attr.data-halted]': 'value().halted ? "" : null',
    class: 'z-chip-environment',
  },
  styles: [
    KIND_STYLES,
    `
      :host {
        display: inline-flex;
        align-items: center;
        gap: var(--z-space-4);
        block-size: var(--z-chip-height);
        padding: 0 var(--z-space-8);
        border-radius: var(--z-radius-4);
        background: var(--frame);
        color: var(--z-frame-text);
        font-size: var(--z-font-11);
        line-height: 1;
        white-space: nowrap;
        forced-color-adjust: none;
      }
      /* Hatched at the edge only: stripes under words would cost contrast. */
      :host([data-kind='recorded'])::before,
      :host([data-kind='simulated'])::before {
        content: '';
        align-self: stretch;
        inline-size: 12px;
        margin-inline-start: calc(-1 * var(--z-space-8));
        border-radius: var(--z-radius-4) 0 0 var(--z-radius-4);
        background: var(--hatch);
      }
      /* On a phone the account stands under the market: neither may be cut off. */
      @media (width < 480px) {
        :host {
          display: inline-grid;
          grid-template-columns: auto auto;
          gap: 1px 0;
          block-size: auto;
          padding-block: var(--z-space-4);
        }
        :host([data-kind='recorded'])::before,
        :host([data-kind='simulated'])::before {
          grid-row: 1 / 3;
          margin-block: calc(-1 * var(--z-space-4));
          margin-inline-end: var(--z-space-4);
        }
        b,
        .account {
          grid-column: 2;
          text-align: start;
        }
        .dot {
          display: none;
        }
      }
      b {
        font-weight: 600;
        font-variant-numeric: tabular-nums slashed-zero;
      }
    `,
  ],
})
export class EnvironmentChip {
  readonly value = input.required<Environment>();
  readonly account = input('Paper account');
  protected readonly text = computed(() => environmentText(this.value()));
}

/** Repeats the kind over simulated and recorded charts and tables; nothing for the other kinds. No setting hides it. */
@Component({
  selector: 'z-watermark',
  template: '',
  host: { 'aria-hidden': 'true', '[attr.data-kind]': 'kind()', '[attr.data-word]': 'word()' },
  styles: `
    :host {
      position: absolute;
      inset: 0;
      z-index: 2;
      display: flex;
      align-items: center;
      justify-content: center;
      overflow: hidden;
      pointer-events: none;
    }
    /* Generated: it repeats what badge and frame say in text, and is faint on purpose. */
    :host([data-word])::after {
      content: attr(data-word);
      color: var(--z-watermark);
      font-size: clamp(1.25rem, 6cqi, 3.5rem);
      font-weight: 700;
      letter-spacing: 0.18em;
      text-transform: uppercase;
      white-space: nowrap;
      rotate: -12deg;
    }
  `,
})
export class KindWatermark {
  readonly kind = input.required<Kind | null>();
  protected readonly word = computed(() => {
    const kind = this.kind();
    return kind === 'simulated' || kind === 'recorded' ? kind : null;
  });
}

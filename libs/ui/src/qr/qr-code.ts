import { Component, computed, input } from '@angular/core';
import { encode } from 'uqr';

/** Modules of quiet zone that scanners need round the code. */
const QUIET = 4;

/** A QR code, drawn here as one SVG path: what is in it goes to no server. Always dark on light, as scanners expect. */
@Component({
  selector: 'z-qr-code',
  template: `<svg
    role="img"
    shape-rendering="crispEdges"
    [attr.aria-label]="label()"
    [attr.viewBox]="'0 0 ' + shape().size + ' ' + shape().size"
  >
    <path [attr.d]="shape().path" />
  </svg>`,
  styles: `
    :host {
      display: block;
      inline-size: 200px;
      max-inline-size: 100%;
    }
    svg {
      display: block;
      background: var(--z-qr-light);
      border-radius: var(--z-radius-4);
      forced-color-adjust: none;
    }
    path {
      fill: var(--z-qr-dark);
    }
  `,
})
export class QrCode {
  readonly value = input.required<string>();
  readonly label = input.required<string>();
  protected readonly shape = computed(() => shapeOf(this.value()));
}

/** One subpath for each run of dark modules in a row. */
function shapeOf(value: string): { readonly size: number; readonly path: string } {
  const { size, data } = encode(value, { ecc: 'M', border: QUIET });
  const path = data
    .flatMap((row, y) =>
      row.flatMap((dark, x) => {
        if (!dark || row[x - 1] === true) return [];
        const end = row.indexOf(false, x);
        return [`M${x} ${y}h${(end === -1 ? row.length : end) - x}v1H${x}z`];
      }),
    )
    .join('');
  return { size, path };
}

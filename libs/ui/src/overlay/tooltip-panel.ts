import { Component, input } from '@angular/core';

/** The look of a tooltip; its words are spoken as the description of what it belongs to. */
@Component({
  selector: 'z-tooltip-panel',
  template: `{{ text() }}`,
  host: { class: 'z-overlay', role: 'tooltip' },
  styles: `
    :host {
      max-inline-size: 32ch;
      padding: var(--z-space-4) var(--z-space-8);
      font-size: var(--z-font-12);
      overflow-wrap: anywhere;
    }
  `,
})
export class TooltipPanel {
  readonly text = input.required<string>();
}

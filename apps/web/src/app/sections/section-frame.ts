import { Component, input } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { Icon } from '@ziggy/ui';
import type { IconName } from '@ziggy/ui';
import { FreshSignInDialog } from '../identity/fresh-sign-in.ts';

/** One place of a section; `path` is absolute. */
export interface SectionPlace {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
}

/** Pages that belong together, with the way between them. Each page brings its own heading. */
@Component({
  selector: 'z-section-frame',
  imports: [FreshSignInDialog, Icon, RouterLink, RouterLinkActive, RouterOutlet],
  host: { '[attr.data-alone]': 'places().length === 0 ? "" : null' },
  template: `@if (places().length > 0) {
      <nav [attr.aria-label]="label()">
        <ul>
          @for (place of places(); track place.path) {
            <li>
              <a [routerLink]="place.path" routerLinkActive="here" ariaCurrentWhenActive="page"
                ><z-icon [name]="place.icon" />{{ place.label }}</a
              >
            </li>
          }
        </ul>
      </nav>
    }
    <div class="page"><router-outlet /><z-fresh-sign-in /></div>`,
  styles: `
    :host {
      display: grid;
      grid-template-columns: 184px minmax(0, 1fr);
      min-block-size: calc(100dvh - var(--z-header-height) - var(--z-status-height) - 2 * var(--z-frame-width));
    }
    :host([data-alone]) {
      grid-template-columns: minmax(0, 1fr);
    }
    nav {
      padding: var(--z-space-8);
      border-inline-end: 1px solid var(--z-separator);
    }
    ul {
      display: grid;
      gap: 2px;
    }
    a {
      display: flex;
      align-items: center;
      gap: var(--z-space-8);
      min-block-size: 32px;
      padding-inline: var(--z-space-8);
      border-radius: var(--z-radius-4);
      color: var(--z-muted);
      font-size: var(--z-font-12);
      font-weight: 500;
      text-decoration: none;
      white-space: nowrap;
    }
    a:hover {
      background: var(--z-hover);
      color: var(--z-text);
    }
    .here {
      background: var(--z-selected);
      color: var(--z-text);
    }
    .page {
      min-inline-size: 0;
    }
    @media (width < 768px) {
      :host {
        grid-template-columns: minmax(0, 1fr);
        grid-template-rows: auto 1fr;
        min-block-size: 0;
      }
      nav {
        padding: 0;
        border-inline-end: 0;
        border-block-end: 1px solid var(--z-separator);
        overflow: auto hidden;
        scrollbar-width: none;
      }
      ul {
        display: flex;
        gap: 0;
      }
      a {
        min-block-size: 44px;
        padding-inline: var(--z-space-12);
        border-radius: 0;
      }
      .here {
        box-shadow: inset 0 -2px 0 var(--z-accent);
      }
    }
  `,
})
export class SectionFrame {
  readonly label = input.required<string>();
  readonly places = input.required<readonly SectionPlace[]>();
}

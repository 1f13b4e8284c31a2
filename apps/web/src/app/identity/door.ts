import { Component, inject, input } from '@angular/core';
import { EnvironmentChip, EnvironmentFrame, Icon } from '@ziggy/ui';
import type { Environment } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { PrefsStore } from '../data/prefs.store.ts';

/** The pages that strangers see: one quiet card, and of which kind the market behind it is. */
@Component({
  selector: 'z-door',
  imports: [EnvironmentChip, EnvironmentFrame, Icon],
  template: `<z-environment-frame [value]="environment" />
    <main>
      <p class="brand"><z-icon name="logo" [size]="20" /><b>ZiggyAI</b></p>
      <section>
        <h1 tabindex="-1">{{ title() }}</h1>
        <ng-content />
      </section>
    </main>
    <footer>
      <z-environment-chip [value]="environment" />
      <span>Paper trading and research only; not advice.</span>
    </footer>`,
  styleUrl: './door.scss',
})
export class Door {
  readonly title = input.required<string>();
  protected readonly environment: Environment = { kind: inject(PORTAL_CONFIG).market.kind };
  /** Applies the theme. */
  protected readonly prefs = inject(PrefsStore);
}

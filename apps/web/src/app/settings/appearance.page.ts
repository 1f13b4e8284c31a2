import { Component, inject } from '@angular/core';
import { PageHeader, PercentCell, Segmented, Tile } from '@ziggy/ui';
import type { Choice, Density, GainMode, ThemeChoice } from '@ziggy/ui';
import { PrefsStore } from '../data/prefs.store.ts';
import { CopyLink } from '../shell/copy-link.ts';

const THEMES: readonly Choice<ThemeChoice>[] = [
  { id: 'system', label: 'As the device', icon: 'monitor' },
  { id: 'dark', label: 'Dark', icon: 'moon' },
  { id: 'light', label: 'Light', icon: 'sun' },
  { id: 'contrast', label: 'High contrast', icon: 'contrast' },
];
const DENSITIES: readonly Choice<Density>[] = [
  { id: 'compact', label: 'Compact' },
  { id: 'cosy', label: 'Cosy' },
  { id: 'comfortable', label: 'Comfortable' },
];
const GAINS: readonly Choice<GainMode>[] = [
  { id: 'safe', label: 'Safe for all eyes' },
  { id: 'green-red', label: 'Green up, red down' },
  { id: 'red-up', label: 'Red up, green down' },
];

/** How the portal looks in this browser. */
@Component({
  selector: 'z-appearance-page',
  imports: [CopyLink, PageHeader, PercentCell, Segmented, Tile],
  template: `<z-page-header title="Appearance"><z-copy-link zActions /></z-page-header>
    <div class="content">
      <p class="muted">Kept in this browser; it applies at once and in this browser only.</p>
      <z-tile title="Theme">
        <z-segmented label="Theme" [choices]="themes" [(value)]="prefs.theme" />
      </z-tile>
      <z-tile title="Density">
        <div class="stack">
          <z-segmented label="Density" [choices]="densities" [(value)]="prefs.density" />
          <p class="muted">How close rows and controls stand. On a touch screen controls stay as large as a finger.</p>
        </div>
      </z-tile>
      <z-tile title="Gains and losses">
        <div class="stack">
          <z-segmented label="Colours of gains and losses" [choices]="gains" [(value)]="prefs.gain" />
          <p class="muted">
            The safe pair differs for red-, green- and blue-blind eyes. Sign and triangle say the direction in each.
          </p>
          <p class="acts" aria-label="Example">
            <z-percent field="appearance.example.up" of="pct" [value]="example" />
            <z-percent field="appearance.example.down" of="pct" [value]="-example" />
          </p>
        </div>
      </z-tile>
    </div>`,
  styleUrl: '../sections/section.scss',
})
export class AppearancePage {
  protected readonly prefs = inject(PrefsStore);
  protected readonly themes = THEMES;
  protected readonly densities = DENSITIES;
  protected readonly gains = GAINS;
  /** Stands for nothing; it shows the colours. */
  protected readonly example = 1.25;
}

import { Component, DOCUMENT, computed, effect, inject, signal } from '@angular/core';
import { PageHeader, Segmented, ThemeSwitch, applyTheme, resolveTheme } from '@ziggy/ui';
import type { Choice, Density, GainMode, ThemeChoice } from '@ziggy/ui';
import { ControlsSection } from './controls.section.ts';
import { DataSection } from './data.section.ts';
import { FiguresSection } from './figures.section.ts';
import { StatesSection } from './states.section.ts';

/** Every primitive of the design system in every state it can be in. All figures are specimens. */
@Component({
  selector: 'z-gallery-page',
  imports: [ControlsSection, DataSection, FiguresSection, PageHeader, Segmented, StatesSection, ThemeSwitch],
  template: `<z-page-header title="Gallery">
      Specimens only: no figure here is a market value.
      <ng-container zActions>
        <z-segmented label="Density" [choices]="densities" [(value)]="density" />
        <z-segmented label="Gain and loss" [choices]="gains" [(value)]="gain" />
        <z-theme-switch [(value)]="theme" />
      </ng-container>
    </z-page-header>
    <div class="body">
      <z-gallery-figures />
      <z-gallery-states />
      <z-gallery-controls />
      <z-gallery-data [theme]="resolved()" [gain]="gain()" [density]="density()" />
    </div>`,
  styles: `
    .body {
      display: flex;
      flex-direction: column;
      gap: var(--z-space-24);
      padding: var(--z-space-16) var(--z-space-12) var(--z-space-32);
    }
    z-page-header {
      position: sticky;
      inset-block-start: 0;
      z-index: var(--z-layer-sticky);
    }
  `,
})
export class GalleryPage {
  private readonly root = inject(DOCUMENT).documentElement;
  protected readonly theme = signal<ThemeChoice>((this.root.dataset['theme'] as ThemeChoice | undefined) ?? 'system');
  protected readonly resolved = computed(() =>
    resolveTheme(this.theme(), (query) => this.root.ownerDocument.defaultView?.matchMedia(query).matches ?? false),
  );
  protected readonly density = signal<Density>('compact');
  protected readonly gain = signal<GainMode>('safe');
  protected readonly densities: readonly Choice<Density>[] = [
    { id: 'compact', label: 'Compact' },
    { id: 'cosy', label: 'Cosy' },
    { id: 'comfortable', label: 'Comfortable' },
  ];
  protected readonly gains: readonly Choice<GainMode>[] = [
    { id: 'safe', label: 'Safe' },
    { id: 'green-red', label: 'Green up' },
    { id: 'red-up', label: 'Red up' },
  ];

  constructor() {
    effect(() => {
      applyTheme(this.root, this.theme());
      this.root.dataset['density'] = this.density();
      this.root.dataset['gain'] = this.gain();
    });
  }
}

import { Component } from '@angular/core';
import { SectionFrame } from '../sections/section-frame.ts';
import type { SectionPlace } from '../sections/section-frame.ts';

const PLACES: readonly SectionPlace[] = [
  { path: '/settings/profile', label: 'Profile', icon: 'user' },
  { path: '/settings/security', label: 'Security', icon: 'lock' },
  { path: '/settings/sessions', label: 'Sessions', icon: 'monitor' },
  { path: '/settings/api-keys', label: 'API keys', icon: 'plug' },
  { path: '/settings/appearance', label: 'Appearance', icon: 'contrast' },
];

/** What a person sets for oneself. */
@Component({
  selector: 'z-settings-frame',
  imports: [SectionFrame],
  template: `<z-section-frame label="Settings" [places]="places" />`,
  styles: ':host { display: block; }',
})
export class SettingsFrame {
  protected readonly places = PLACES;
}

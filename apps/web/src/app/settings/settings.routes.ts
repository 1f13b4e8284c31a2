import type { Routes } from '@angular/router';
import { SettingsFrame } from './settings.frame.ts';

export const SETTINGS_ROUTES: Routes = [
  {
    path: '',
    component: SettingsFrame,
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'profile' },
      {
        path: 'profile',
        title: 'Profile · Settings',
        loadComponent: () => import('./profile.page.ts').then((module) => module.ProfilePage),
      },
      {
        path: 'security',
        title: 'Security · Settings',
        loadComponent: () => import('./security.page.ts').then((module) => module.SecurityPage),
      },
      {
        path: 'sessions',
        title: 'Sessions · Settings',
        loadComponent: () => import('./sessions.page.ts').then((module) => module.SessionsPage),
      },
      {
        path: 'api-keys',
        title: 'API keys · Settings',
        loadComponent: () => import('./api-keys.page.ts').then((module) => module.ApiKeysPage),
      },
      {
        path: 'appearance',
        title: 'Appearance · Settings',
        loadComponent: () => import('./appearance.page.ts').then((module) => module.AppearancePage),
      },
    ],
  },
];

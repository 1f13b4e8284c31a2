import { Injector, inject, isDevMode } from '@angular/core';
import { Router } from '@angular/router';
import type { Routes } from '@angular/router';
import { PORTAL_CONFIG } from './data/environment.ts';
import { AuthStore } from './identity/auth.store.ts';
import { signedIn, strangersOnly } from './identity/guards.ts';
import { Shell } from './shell/shell.ts';
import { RecentSymbols } from './symbol/recent-symbols.ts';

/** The pages inside the shell, each in a chunk of its own. */
const pages: Routes = [
  { path: '', pathMatch: 'full', redirectTo: 'markets' },
  {
    path: 'markets',
    title: 'Markets',
    loadComponent: () => import('./markets/markets.page.ts').then((module) => module.MarketsPage),
  },
  {
    path: 'symbols',
    pathMatch: 'full',
    redirectTo: async () => {
      const injector = inject(Injector);
      const router = inject(Router);
      if ((await inject(AuthStore).ready()) === 'signedOut')
        return router.createUrlTree(['/sign-in'], { queryParams: { next: '/app/symbols' } });
      const symbol = await injector.get(RecentSymbols).latest();
      return router.createUrlTree(symbol === null ? ['/markets'] : ['/symbols', symbol]);
    },
  },
  {
    path: 'symbols/:symbol',
    title: 'Symbol',
    loadComponent: () => import('./symbol/symbol.page.ts').then((module) => module.SymbolPage),
  },
  {
    path: 'ops',
    title: 'Operations',
    loadComponent: () => import('./ops/ops.page.ts').then((module) => module.OpsPage),
  },
  {
    path: 'settings',
    loadChildren: () => import('./settings/settings.routes.ts').then((module) => module.SETTINGS_ROUTES),
  },
  {
    path: 'admin',
    loadChildren: () => import('./admin/admin.routes.ts').then((module) => module.ADMIN_ROUTES),
  },
  {
    path: 'about',
    title: 'About',
    loadComponent: () => import('./about/about.page.ts').then((module) => module.AboutPage),
  },
  {
    path: 'gallery',
    title: 'Gallery',
    canMatch: [() => isDevMode() || inject(PORTAL_CONFIG).build === 'development'],
    loadComponent: () => import('./gallery/gallery.page.ts').then((module) => module.GalleryPage),
  },
  {
    path: '**',
    title: 'Not found',
    loadComponent: () => import('./not-found/not-found.page.ts').then((module) => module.NotFoundPage),
  },
];

/** Every page of the portal: the doors for strangers, and the shell with its pages for who is signed in. */
export const routes: Routes = [
  {
    path: 'sign-in',
    title: 'Sign in',
    canActivate: [strangersOnly],
    loadComponent: () => import('./identity/sign-in.page.ts').then((module) => module.SignInPage),
  },
  {
    path: 'setup',
    title: 'Set up',
    canActivate: [strangersOnly],
    loadComponent: () => import('./identity/setup.page.ts').then((module) => module.SetupPage),
  },
  {
    path: 'welcome',
    title: 'Choose your password',
    loadComponent: () => import('./identity/welcome.page.ts').then((module) => module.WelcomePage),
  },
  { path: '', component: Shell, canActivate: [signedIn], children: pages },
];

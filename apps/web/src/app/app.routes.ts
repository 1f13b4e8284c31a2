import { inject, isDevMode } from '@angular/core';
import { Router } from '@angular/router';
import type { Routes } from '@angular/router';
import { PORTAL_CONFIG } from './data/environment.ts';
import { RecentSymbols } from './symbol/recent-symbols.ts';

/** Every page of the portal, each in a chunk of its own. */
export const routes: Routes = [
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
      const router = inject(Router);
      const symbol = await inject(RecentSymbols).latest();
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

import { inject } from '@angular/core';
import { Router } from '@angular/router';
import type { Routes } from '@angular/router';
import { AuthStore } from '../identity/auth.store.ts';
import { needing } from '../identity/guards.ts';
import { AdminFrame } from './admin.frame.ts';

export const ADMIN_ROUTES: Routes = [
  {
    path: '',
    component: AdminFrame,
    children: [
      {
        path: '',
        pathMatch: 'full',
        redirectTo: () => {
          const router = inject(Router);
          return router.createUrlTree(['/admin', inject(AuthStore).can('users.list') ? 'members' : 'audit']);
        },
      },
      ...needing('users.list', 'admin', {
        path: 'members',
        title: 'Members · Administration',
        loadComponent: () => import('./members.page.ts').then((module) => module.MembersPage),
      }),
      ...needing('users.changeOrganisation', 'admin', {
        path: 'organisation',
        title: 'Organisation · Administration',
        loadComponent: () => import('./organisation.page.ts').then((module) => module.OrganisationPage),
      }),
      ...needing('audit.list', 'risk', {
        path: 'audit',
        title: 'Audit · Administration',
        loadComponent: () => import('./audit.page.ts').then((module) => module.AuditPage),
      }),
    ],
  },
];

import { inject } from '@angular/core';
import { Router } from '@angular/router';
import type { CanActivateFn, Route, Routes } from '@angular/router';
import type { Role } from '@ziggy/contracts';
import { AuthStore } from './auth.store.ts';
import { HOME, safeNext } from './next.ts';

/** Lets people in who are signed in, once no lock is in front; leads strangers to the sign-in, and from there back to the whole address. */
export const signedIn: CanActivateFn = async (_route, { url }) => {
  const auth = inject(AuthStore);
  const router = inject(Router);
  if ((await auth.ready()) !== 'signedOut') {
    await auth.opened();
    return true;
  }
  const next = safeNext(`/app${url}`);
  return router.createUrlTree(['/sign-in'], next === null || next === '/app/' ? {} : { queryParams: { next } });
};

/** Lets strangers in; who is signed in already goes on to where the page would lead. */
export const strangersOnly: CanActivateFn = async ({ queryParamMap }) => {
  const auth = inject(AuthStore);
  const router = inject(Router);
  if ((await auth.ready()) === 'signedOut') return true;
  return router.parseUrl((safeNext(queryParamMap.get('next')) ?? HOME).slice('/app'.length));
};

/**
 * A page that works only for those who may call an operation of the API. Others get the block that says what it needs, at
 * the same address.
 * @param needs the least role, for the words of that block
 */
export function needing(operationId: string, needs: Role, route: Route): Routes {
  const may = async (): Promise<boolean> => {
    const auth = inject(AuthStore);
    await auth.ready();
    return auth.can(operationId);
  };
  return [
    { ...route, canMatch: [may, ...(route.canMatch ?? [])] },
    {
      path: route.path ?? '',
      title: 'Not allowed',
      children: [
        {
          path: '**',
          data: { needs },
          loadComponent: () => import('./forbidden.page.ts').then((module) => module.ForbiddenPage),
        },
      ],
    },
  ];
}

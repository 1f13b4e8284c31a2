import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { EnvironmentProviders, Provider } from '@angular/core';
import type { PortalConfig } from '@ziggy/contracts';
import { aRig } from '@ziggy/stream-client/testing';
import type { Rig } from '@ziggy/stream-client/testing';
import { CHANCE, FETCH, PORTAL_CONFIG, WALL_CLOCK } from '../data/environment.ts';
import { STREAM } from '../data/stream.ts';
import { Access } from '../identity/access.ts';
import { AuthStore } from '../identity/auth.store.ts';

/** A portal of a simulated market. */
export const CONFIG: PortalConfig = {
  version: '0.0.0-test',
  build: 'production',
  apiBase: '',
  market: {
    id: 'sim:1:0',
    source: 'simulated',
    kind: 'simulated',
    chosenBy: 'configuration',
    reason: 'a test',
    since: '2026-03-04T14:30:00.000Z',
  },
  wsMaxReconnectAttempts: 0,
  idleLockMinutes: 30,
};

/** Access of a session that does not end. */
const SIGNED_IN: Partial<Access> = {
  state: signal('signedIn' as const),
  current: signal('token'),
  token: () => Promise.resolve('token'),
  renew: () => Promise.resolve(null),
};

/** Somebody who may do everything. */
const MAY_ALL: Partial<AuthStore> = {
  me: signal(null),
  state: signal('signedIn' as const),
  can: () => true,
};

/** A portal whose stream, clock, chance and REST are in the hands of the test. `answer` maps a path with query to a body. */
export function aPortal(
  answer: (path: string) => unknown = () => undefined,
  more: (Provider | EnvironmentProviders)[] = [],
): Rig & { readonly asked: string[] } {
  const rig = aRig();
  const asked: string[] = [];
  const fetcher: typeof fetch = (input) => {
    const path = String(input);
    asked.push(path);
    const body = answer(path);
    if (body instanceof Response) return Promise.resolve(body);
    if (body === undefined) return Promise.reject(new TypeError('Failed to fetch'));
    return Promise.resolve(
      new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' } }),
    );
  };
  TestBed.configureTestingModule({
    providers: [
      { provide: PORTAL_CONFIG, useValue: CONFIG },
      { provide: STREAM, useValue: rig.client },
      { provide: WALL_CLOCK, useValue: rig.time.clock },
      { provide: CHANCE, useValue: () => 0.5 },
      { provide: FETCH, useValue: fetcher },
      { provide: Access, useValue: SIGNED_IN },
      { provide: AuthStore, useValue: MAY_ALL },
      ...more,
    ],
  });
  return Object.assign(rig, { asked });
}

/** Lets promises settle and effects run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
  TestBed.tick();
  for (let i = 0; i < 12; i++) await Promise.resolve();
}

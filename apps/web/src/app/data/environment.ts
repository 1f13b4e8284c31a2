import { InjectionToken } from '@angular/core';
import type { PortalConfig } from '@ziggy/contracts';

/** What the server told this page at start (`/app/config.json`). */
export const PORTAL_CONFIG = new InjectionToken<PortalConfig>('PORTAL_CONFIG');

/** The browser's clock, epoch ms. */
export const WALL_CLOCK = new InjectionToken<{ now(): number }>('WALL_CLOCK', {
  factory: () => ({ now: () => Date.now() }),
});

/** Uniform chance in [0, 1), for jitter only. */
export const CHANCE = new InjectionToken<() => number>('CHANCE', {
  factory: () => {
    const words = new Uint32Array(1);
    return () => (crypto.getRandomValues(words)[0] as number) / 2 ** 32;
  },
});

export const FETCH = new InjectionToken<typeof fetch>('FETCH', { factory: () => (input, init) => fetch(input, init) });

/** A fresh key for a write: the same intent sent twice is done once. 128 random bits, since `randomUUID` needs https. */
export const NEW_KEY = new InjectionToken<() => string>('NEW_KEY', {
  factory: () => () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
});

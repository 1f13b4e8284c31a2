import { DOCUMENT, InjectionToken, inject } from '@angular/core';
import type { Timers } from '@ziggy/stream-client';

/** The part of the Web Locks API that is used; `navigator.locks` fits. */
export interface SessionLocks {
  request<T>(name: string, options: { readonly signal?: AbortSignal }, held: () => Promise<T>): Promise<T>;
}

/** Web Locks; null where the browser keeps them from pages that are neither https nor localhost. */
export const SESSION_LOCKS = new InjectionToken<SessionLocks | null>('SESSION_LOCKS', {
  factory: () => {
    const locks = inject(DOCUMENT).defaultView?.navigator.locks;
    return locks === undefined ? null : (locks as unknown as SessionLocks);
  },
});

/** The part of BroadcastChannel that is used. A tab does not hear itself. */
export interface SessionBroadcast {
  onmessage: { handle(event: { readonly data: unknown }): void }['handle'] | null;
  postMessage(message: unknown): void;
}

/** Opens a channel between the tabs of this browser; null where the browser has none. */
export const BROADCASTS = new InjectionToken<(name: string) => SessionBroadcast | null>('BROADCASTS', {
  factory: () => {
    const Channel = inject(DOCUMENT).defaultView?.BroadcastChannel;
    return (name) => (typeof Channel === 'function' ? new Channel(name) : null);
  },
});

/** Cookies that scripts may see. They hold flags, never an identity. */
export interface Flags {
  has(name: string): boolean;
  set(name: string): void;
  clear(name: string): void;
}

export const FLAGS = new InjectionToken<Flags>('FLAGS', {
  factory: () => {
    const document = inject(DOCUMENT);
    const write = (text: string): void => {
      const secure = document.defaultView?.location.protocol === 'https:' ? '; Secure' : '';
      document.cookie = `${text}; Path=/app; SameSite=Strict${secure}`;
    };
    return {
      has: (name) => document.cookie.split('; ').some((pair) => pair.startsWith(`${name}=`)),
      set: (name) => write(`${name}=1`),
      clear: (name) => write(`${name}=; Max-Age=0`),
    };
  },
});

export const TIMERS = new InjectionToken<Timers>('TIMERS', {
  factory: () => ({
    set: (run, ms) => setTimeout(run, ms),
    clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  }),
});

/** Loads another page of the portal afresh: nothing of the present one stays in memory, no value, no socket. */
export const LOAD_PAGE = new InjectionToken<(path: string) => void>('LOAD_PAGE', {
  factory: () => {
    const window = inject(DOCUMENT).defaultView;
    return (path) => window?.location.assign(path);
  },
});

/** Where this window is: path, query and fragment. */
export const WHERE = new InjectionToken<() => string>('WHERE', {
  factory: () => {
    const window = inject(DOCUMENT).defaultView;
    return () => {
      const { pathname = '/app/', search = '', hash = '' } = window?.location ?? {};
      return pathname + search + hash;
    };
  },
});

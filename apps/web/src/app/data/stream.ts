import { DOCUMENT, DestroyRef, InjectionToken, inject } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import { channelPath, wsTicketAnswer } from '@ziggy/contracts';
import { createSharedStreamClient, createStreamClient } from '@ziggy/stream-client';
import type { StreamClient, StreamClientDeps, TabDeps } from '@ziggy/stream-client';
import { combineLatest, distinctUntilChanged, filter, fromEvent, map, merge, startWith } from 'rxjs';
import { Access } from '../identity/access.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { IdleLock } from '../identity/idle-lock.ts';
import { CHANCE, PORTAL_CONFIG, WALL_CLOCK } from './environment.ts';
import { RestClient } from './rest-client.ts';

/** The portal's one stream client, on the browser's clock, sockets and windows; its sockets serve every tab of the person. */
export const STREAM = new InjectionToken<StreamClient>('STREAM', {
  providedIn: 'root',
  factory: () => {
    const deps = browserDeps();
    const tabs = browserTabs();
    const client = tabs === null ? createStreamClient(deps) : createSharedStreamClient(deps, tabs);
    inject(DestroyRef).onDestroy(() => client.disconnect());
    return client;
  },
});

/** What tabs need to share sockets; null where the browser keeps it from pages that are neither https nor localhost. */
function browserTabs(): TabDeps | null {
  const window = inject(DOCUMENT).defaultView as Window & typeof globalThis;
  const { navigator, crypto, BroadcastChannel } = window;
  const secure = 'locks' in navigator && 'randomUUID' in crypto && typeof BroadcastChannel === 'function';
  if (!secure) return null;
  // One name a person: two people at one browser share nothing.
  const name = `ziggy.streams.${inject(AuthStore).me()?.user.id ?? 'nobody'}`;
  return {
    lockName: name,
    locks: navigator.locks,
    broadcast: new BroadcastChannel(name),
    tabId: crypto.randomUUID(),
  };
}

function browserDeps(): StreamClientDeps {
  const document = inject(DOCUMENT);
  const config = inject(PORTAL_CONFIG);
  const window = document.defaultView as Window & typeof globalThis;
  const rest = inject(RestClient);
  const base = new URL(config.apiBase || '/', document.baseURI);
  const visible = (): boolean => document.visibilityState === 'visible';
  return {
    clock: inject(WALL_CLOCK),
    random: inject(CHANCE),
    timers: { set: (run, ms) => window.setTimeout(run, ms), clear: (handle) => window.clearTimeout(handle as number) },
    nextFrame: (flush) => {
      // Animation frames stop in hidden windows; there a second is soon enough.
      if (!visible()) {
        const timer = window.setTimeout(flush, 1000);
        return () => window.clearTimeout(timer);
      }
      const frame = window.requestAnimationFrame(flush);
      return () => window.cancelAnimationFrame(frame);
    },
    openSocket: (url) => new window.WebSocket(url),
    fetch: (url, init) => rest.fetch(url, init),
    socketUrl: async (channel) => {
      const { ticket } = await rest.post('/auth/ws-ticket', { channels: [channel] }, wsTicketAnswer);
      const url = new URL(base.pathname.replace(/\/$/, '') + channelPath(channel), base);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      url.searchParams.set('ticket', ticket);
      return url.href;
    },
    token$: toObservable(inject(Access).current).pipe(filter((token) => token !== null)),
    restBase: config.apiBase.replace(/\/$/, ''),
    visible$: fromEvent(document, 'visibilitychange').pipe(startWith(null), map(visible), distinctUntilChanged()),
    online$: combineLatest([
      merge(fromEvent(window, 'online'), fromEvent(window, 'offline')).pipe(
        startWith(null),
        map(() => window.navigator.onLine),
      ),
      // Behind the screen lock nothing flows.
      toObservable(inject(IdleLock).locked),
    ]).pipe(
      map(([online, locked]) => online && !locked),
      distinctUntilChanged(),
    ),
    maxAttempts: config.wsMaxReconnectAttempts,
    validation: config.build === 'development' ? 'all' : 'guarded',
    warn: (message) => console.warn(`ziggy stream: ${message}`),
  };
}

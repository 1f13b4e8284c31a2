import { describe, expect, it } from '@jest/globals';
import type { Page, WebSocketRoute } from 'playwright-core';
import { openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { useBrowser, pillState, api, browser, moves } from './harness/scene.ts';

useBrowser();

const reaches = (page: Page, wanted: string, withinMs: number) =>
  eventually(async () => expect(await pillState(page)).toBe(wanted), withinMs);

/** A wall between page and sockets that can be put up and taken away; REST stays open. */
async function socketWall(page: Page) {
  const open = new Set<WebSocketRoute>();
  let up = false;
  await page.routeWebSocket(/\/ws\//, (socket) => {
    if (up) return void socket.close({ code: 4001 });
    open.add(socket);
    const server = socket.connectToServer();
    server.onClose((code, reason) => {
      open.delete(socket);
      void socket.close({ code: code === 1006 ? 1011 : (code ?? 1011), reason: reason ?? '' });
    });
  });
  return {
    raise: async () => {
      up = true;
      await Promise.all([...open].map((socket) => socket.close({ code: 4001 })));
      open.clear();
    },
    take: () => {
      up = false;
    },
    open,
  };
}

describe('guarantee 29: the fallback in a browser', () => {
  it('shows reconnecting, polls while sockets are blocked, and is live again without a reload', async () => {
    const watched = await openPage(browser, { api });
    const { page } = watched;
    try {
      const wall = await socketWall(page);
      await page.goto(`${api.url}/app/markets`);
      await reaches(page, 'live', 30_000);
      await page.evaluate('globalThis.sameDocument = true');
      await wall.raise();
      await reaches(page, 'backoff', 10_000);
      await reaches(page, 'polling', 40_000);
      expect(await page.locator('z-stream-pill button').innerText()).toContain('Polling');
      await moves(page, 30_000);
      wall.take();
      await reaches(page, 'live', 40_000);
      await moves(page, 30_000);
      expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
      expect(wall.open.size).toBe(1);
      expect(watched.complaints).toEqual([]);
    } finally {
      await watched.close();
    }
  });

  it('says offline without a network, asks for nothing, and comes back by itself', async () => {
    const watched = await openPage(browser, { api });
    const { page, context } = watched;
    try {
      await page.goto(`${api.url}/app/markets`);
      await reaches(page, 'live', 30_000);
      watched.allow(/ERR_INTERNET_DISCONNECTED|WebSocket connection to/);
      await context.setOffline(true);
      await reaches(page, 'offline', 10_000);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await eventually(async () => expect(await page.locator('z-quote-grid .z-stale').count()).toBeGreaterThan(0));
      expect(asked.filter((url) => url.includes('/market/quotes'))).toEqual([]);
      await context.setOffline(false);
      await reaches(page, 'live', 15_000);
      await moves(page, 30_000);
      expect(watched.complaints).toEqual([]);
    } finally {
      await watched.close();
    }
  });
});

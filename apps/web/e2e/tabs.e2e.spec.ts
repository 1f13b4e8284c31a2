import { describe, expect, it } from '@jest/globals';
import type { WsStatusAnswer } from '@ziggy/contracts';
import type { Page } from 'playwright-core';
import { openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, browser, useBrowser, live, moves } from './harness/scene.ts';

useBrowser();

const sockets = async (): Promise<number | undefined> => {
  const answer = await api.fetch('/ws/status', { signal: AbortSignal.timeout(5_000) });
  return ((await answer.json()) as WsStatusAnswer).channels['market']?.connections;
};

describe('three tabs of one person', () => {
  it('share one market socket, and the closing of the first leaves the others live', async () => {
    const watched = await openPage(browser, { api });
    const pages = [watched.page, await watched.context.newPage(), await watched.context.newPage()];
    try {
      for (const page of pages) {
        await page.goto(`${api.url}/app/markets`);
        await live(page);
        await moves(page);
      }
      expect(await sockets()).toBe(1);
      await (pages[0] as Page).close();
      for (const page of pages.slice(1)) {
        await eventually(async () => expect(await sockets()).toBe(1));
        await live(page);
        await moves(page);
      }
      expect(await sockets()).toBe(1);
      expect(watched.complaints).toEqual([]);
    } finally {
      await watched.close();
    }
  });
});

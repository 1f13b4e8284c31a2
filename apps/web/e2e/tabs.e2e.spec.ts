import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WsStatusAnswer } from '@ziggy/contracts';
import type { Browser, Page } from 'playwright-core';
import { ApiProcess } from './harness/api-process.ts';
import { openBrowser, openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';

let api: ApiProcess;
let browser: Browser;

beforeAll(async () => {
  [api, browser] = await Promise.all([ApiProcess.start(), openBrowser()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await api?.stop();
}, 120_000);

const sockets = async (): Promise<number | undefined> => {
  const answer = await api.fetch('/ws/status', { signal: AbortSignal.timeout(5_000) });
  return ((await answer.json()) as WsStatusAnswer).channels['market']?.connections;
};
const live = (page: Page) =>
  eventually(
    async () => expect(await page.locator('z-stream-pill button').getAttribute('data-state')).toBe('live'),
    30_000,
  );
const moves = async (page: Page): Promise<void> => {
  const grid = page.locator('z-quote-grid');
  const before = await grid.innerText();
  await eventually(async () => expect(await grid.innerText()).not.toBe(before), 30_000);
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

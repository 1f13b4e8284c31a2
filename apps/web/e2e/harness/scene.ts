import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { ApiProcess } from './api-process.ts';
import { seriousFindings } from './axe.ts';
import { openBrowser, openPage } from './browser.ts';
import type { WatchedPage } from './browser.ts';
import { eventually } from './eventually.ts';

// A spec file has its modules to itself, and an import follows the variable: `page` is always the one of the present test.

/** The server of this spec. */
export let api: ApiProcess;
export let browser: Browser;
/** The administrator's page of the present test, with {@link usePage}. */
export let page: Page;
/** The same with what went wrong in it. */
export let watched: WatchedPage;

/** Starts a server and a browser before the tests of this file and ends them after. */
export function useBrowser(start: () => Promise<ApiProcess> = () => ApiProcess.start()): void {
  beforeAll(async () => {
    [api, browser] = await Promise.all([start(), openBrowser()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.stop();
  }, 120_000);
}

/** Gives each test a page of its own in which the administrator is signed in; what goes wrong in it fails the test. */
export function usePage(): void {
  beforeEach(async () => {
    watched = await openPage(browser, { api });
    page = watched.page;
  });
  afterEach(async () => {
    const { complaints } = watched;
    await watched.close();
    expect(complaints).toEqual([]);
  });
}

/** @param path below `/app/` */
export const open = (path: string, on = page) => on.goto(`${api.url}/app/${path}`);
export const pillState = (on = page) => on.locator('z-stream-pill button').getAttribute('data-state');
/** Waits until the streams of a page are live. */
export const live = (on = page) => eventually(async () => expect(await pillState(on)).toBe('live'), 30_000);
/** Waits until the page with this heading is there. */
export const arrives = (title: string, on = page) =>
  eventually(async () => expect(await on.locator('h1').first().innerText()).toBe(title), 30_000);
export const textOf = async (selector: string, on = page): Promise<string> =>
  (await on.locator(selector).first().innerText()).trim();
/** Waits until the quotes of the grid are others. */
export async function moves(on = page, withinMs = 30_000): Promise<void> {
  const grid = on.locator('z-quote-grid');
  const before = await grid.innerText();
  await eventually(async () => expect(await grid.innerText()).not.toBe(before), withinMs);
}

/** Nothing serious for axe, one heading of the first level, and no sideways scroll. @param what names the page in a failure */
export async function expectTidy(on: Page, what: string): Promise<void> {
  expect([what, await seriousFindings(on)]).toEqual([what, []]);
  expect([what, await on.locator('h1').count()]).toEqual([what, 1]);
  const scrollsSideways = await on.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  expect([what, scrollsSideways]).toEqual([what, false]);
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { ADMIN, ApiProcess } from './harness/api-process.ts';
import { seriousFindings } from './harness/axe.ts';
import { openBrowser, openPage } from './harness/browser.ts';
import type { WatchedPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';

let api: ApiProcess;
let browser: Browser;

beforeAll(async () => {
  [api, browser] = await Promise.all([ApiProcess.startFresh(), openBrowser()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await api?.stop();
}, 120_000);

/** Opens a browser without a session, runs, and expects nothing to have gone wrong in it. */
async function asStranger(run: (page: Page, watched: WatchedPage) => Promise<void>): Promise<void> {
  const watched = await openPage(browser);
  try {
    await run(watched.page, watched);
    expect(watched.complaints).toEqual([]);
  } finally {
    await watched.close();
  }
}
const heading = (page: Page) => page.locator('h1').first().innerText();
const arrives = (page: Page, title: string) => eventually(async () => expect(await heading(page)).toBe(title), 30_000);
const at = (page: Page) => page.url().slice(api.url.length);
async function fillSignIn(page: Page, email = ADMIN.email, password = ADMIN.password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
const live = (page: Page) =>
  eventually(
    async () => expect(await page.locator('z-stream-pill button').getAttribute('data-state')).toBe('live'),
    30_000,
  );

describe('the first run', () => {
  it('says where the setup link is while nobody has set the installation up', () =>
    asStranger(async (page) => {
      await page.goto(`${api.url}/app/`);
      await arrives(page, 'Not set up yet');
      expect(await page.locator('main').innerText()).toContain('npm run ziggy -- setup');
      expect(await seriousFindings(page)).toEqual([]);
      await page.goto(`${api.url}/app/setup`);
      await arrives(page, 'Set up ZiggyAI');
      expect(await page.locator('form').count()).toBe(0);
    }));

  it('leads from the printed link to a page at work, and is over then', () =>
    asStranger(async (page, { allow }) => {
      await page.goto(await eventually(() => api.setupLink));
      await arrives(page, 'Set up ZiggyAI');
      expect(await page.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin');
      await page.getByLabel('Organisation').fill(ADMIN.organisation);
      await page.getByLabel('E-mail address').fill(ADMIN.email);
      await page.getByLabel('Password', { exact: true }).fill('aaaaaaaaaaaaaaaa');
      allow(/answer 422|status of 422/);
      await page.getByRole('button', { name: 'Create and sign in' }).click();
      await eventually(async () =>
        expect(await page.getByRole('alert').innerText()).toContain('at least five different characters'),
      );
      expect(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid')).toBe('true');
      allow();
      await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
      await page.getByRole('button', { name: 'Create and sign in' }).click();
      await arrives(page, 'Markets');
      await live(page);
      await page.goto(`${api.url}/app/setup`);
      await arrives(page, 'Markets');
    }));
});

describe('a stranger', () => {
  it('is led to the sign-in without a complaint in the console, and back to the whole deep link', () =>
    asStranger(async (page) => {
      await page.goto(`${api.url}/app/symbols/AAPL?tf=1h&view=table#legend`);
      await arrives(page, 'Sign in');
      expect(await seriousFindings(page)).toEqual([]);
      await fillSignIn(page);
      await arrives(page, 'AAPL');
      expect(at(page)).toBe('/app/symbols/AAPL?tf=1h&view=table#legend');
      await page.reload();
      await arrives(page, 'AAPL');
    }));

  it('is told that the password does not fit, in the same words for an address that is not there', () =>
    asStranger(async (page, { allow }) => {
      allow(/answer 401|status of 401/);
      const said: string[] = [];
      for (const email of [ADMIN.email, 'nobody@example.com']) {
        await page.goto(`${api.url}/app/sign-in`);
        await arrives(page, 'Sign in');
        await fillSignIn(page, email, 'not the right one');
        said.push(await eventually(() => page.getByRole('alert').innerText({ timeout: 1_000 })));
      }
      expect(said).toEqual([
        'E-mail address, password or code do not fit.',
        'E-mail address, password or code do not fit.',
      ]);
    }));
});

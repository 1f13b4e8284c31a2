import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ADMIN, ApiProcess } from './harness/api-process.ts';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import type { WatchedPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, browser, useBrowser, live, arrives } from './harness/scene.ts';

useBrowser(() => ApiProcess.startFresh());

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
const at = (page: Page) => page.url().slice(api.url.length);
async function fillSignIn(page: Page, email = ADMIN.email, password = ADMIN.password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

describe('the first run', () => {
  it('says where the setup link is while nobody has set the installation up', () =>
    asStranger(async (page) => {
      await page.goto(`${api.url}/app/`);
      await arrives('Not set up yet', page);
      expect(await page.locator('main').innerText()).toContain('npm run ziggy -- setup');
      expect(await seriousFindings(page)).toEqual([]);
      await page.goto(`${api.url}/app/setup`);
      await arrives('Set up ZiggyAI', page);
      expect(await page.locator('form').count()).toBe(0);
    }));

  it('leads from the printed link to a page at work, and is over then', () =>
    asStranger(async (page, { allow }) => {
      await page.goto(await eventually(() => api.setupLink));
      await arrives('Set up ZiggyAI', page);
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
      await arrives('Markets', page);
      await live(page);
      await page.goto(`${api.url}/app/setup`);
      await arrives('Markets', page);
    }));
});

describe('a stranger', () => {
  it('is led to the sign-in without a complaint in the console, and back to the whole deep link', () =>
    asStranger(async (page) => {
      await page.goto(`${api.url}/app/symbols/AAPL?tf=1h&view=table#legend`);
      await arrives('Sign in', page);
      expect(await seriousFindings(page)).toEqual([]);
      await fillSignIn(page);
      await arrives('AAPL', page);
      expect(at(page)).toBe('/app/symbols/AAPL?tf=1h&view=table#legend');
      await page.reload();
      await arrives('AAPL', page);
    }));

  it('is told that the password does not fit, in the same words for an address that is not there', () =>
    asStranger(async (page, { allow }) => {
      allow(/answer 401|status of 401/);
      const said: string[] = [];
      for (const email of [ADMIN.email, 'nobody@example.com']) {
        await page.goto(`${api.url}/app/sign-in`);
        await arrives('Sign in', page);
        await fillSignIn(page, email, 'not the right one');
        said.push(await eventually(() => page.getByRole('alert').innerText({ timeout: 1_000 })));
      }
      expect(said).toEqual([
        'E-mail address, password or code do not fit.',
        'E-mail address, password or code do not fit.',
      ]);
    }));
});

describe('next', () => {
  it.each([
    '//evil.example/app/',
    '/\\evil.example',
    'https://evil.example/app/',
    'javascript:alert(1)',
    '/app/%2e%2e//x',
  ])('never leads to %s', async (next) => {
    await asStranger(async (page) => {
      await page.goto(`${api.url}/app/sign-in?next=${encodeURIComponent(next)}`);
      await arrives('Sign in', page);
      await fillSignIn(page);
      await arrives('Markets', page);
      expect(at(page)).toBe('/app/markets');
    });
  });
});

describe('the pages before the sign-in', () => {
  const TOKEN = 'x'.repeat(40);
  it.each(['sign-in', 'sign-in?error=oidc_refused', `welcome#token=${TOKEN}`, 'welcome'])(
    'are accessible, in dark and light, and fit a small phone: %s',
    async (path) => {
      for (const theme of ['dark', 'light'] as const) {
        const { page, complaints, close } = await openPage(browser, { theme, width: 320, height: 568 });
        try {
          await page.goto(`${api.url}/app/${path}`);
          await page.locator('h1').waitFor();
          expect(await seriousFindings(page)).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
          expect(complaints).toEqual([]);
        } finally {
          await close();
        }
      }
    },
  );

  it('take a person in by keyboard alone', () =>
    asStranger(async (page) => {
      await page.goto(`${api.url}/app/about`);
      await arrives('Sign in', page);
      await eventually(async () => expect(await page.evaluate('document.activeElement.name')).toBe('email'));
      await page.keyboard.type(ADMIN.email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(ADMIN.password);
      await page.keyboard.press('Enter');
      await eventually(() => expect(at(page)).toBe('/app/about'));
      await page.getByRole('button', { name: 'Search symbols, pages, actions' }).waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').locator('input:focus').waitFor();
      await page.keyboard.type('Operations');
      await page.keyboard.press('Enter');
      await eventually(() => expect(at(page)).toContain('/app/ops'));
    }));

  it('say what is missing beside the field and in a summary', () =>
    asStranger(async (page) => {
      await page.goto(`${api.url}/app/sign-in`);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      expect(await page.getByRole('alert').innerText()).toMatch(
        /E-mail address: Fill this in\.\s+Password: Fill this in\./,
      );
      expect(await page.getByLabel('Password').getAttribute('aria-invalid')).toBe('true');
    }));

  it('let an invited person choose a password and sign in with it, once', async () => {
    const answer = await api.fetch('/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'grace@example.com', role: 'analyst' }),
    });
    const { inviteUrl } = (await answer.json()) as { inviteUrl: string };
    await asStranger(async (page, { allow }) => {
      await page.goto(inviteUrl);
      await arrives('Choose your password', page);
      await page.getByLabel('New password').fill('short');
      await page.getByRole('button', { name: 'Set password' }).click();
      expect(await page.getByRole('alert').innerText()).toContain('At least 12 characters.');
      await page.getByLabel('New password').fill('battery horse correct');
      await page.getByRole('button', { name: 'Set password' }).click();
      await arrives('Sign in', page);
      expect(await page.getByRole('status').innerText()).toContain('Your password is set.');
      await fillSignIn(page, 'grace@example.com', 'battery horse correct');
      await arrives('Markets', page);
      allow(/answer 410|status of 410/);
      await page.goto(inviteUrl);
      await page.reload();
      await page.getByLabel('New password').fill('battery horse correct again');
      await page.getByRole('button', { name: 'Set password' }).click();
      await eventually(async () => expect(await page.getByRole('alert').innerText()).toContain('was used already'));
    });
  });
});

describe('the sign-in page', () => {
  it('locks an address after five failures and counts the waiting time down, known address or not', () =>
    asStranger(async (page, { allow }) => {
      allow(/answer 4(?:01|29)|status of 4(?:01|29)/);
      await page.goto(`${api.url}/app/sign-in`);
      for (let i = 0; i < 5; i++) {
        await fillSignIn(page, 'mallory@example.com', `not the right one ${i}`);
        await eventually(async () => expect(await page.getByRole('alert').innerText()).toMatch(/do not fit|Too many/));
        await eventually(async () => expect(await page.getByLabel('Password').isEnabled()).toBe(true));
      }
      await fillSignIn(page, 'mallory@example.com');
      const wait = async (): Promise<string> => page.getByRole('alert').innerText({ timeout: 1_000 });
      await eventually(async () =>
        expect(await wait()).toMatch(/^Too many attempts\. Try again in \d+ (?:seconds?|minutes)\.$/),
      );
      expect(await page.getByRole('button', { name: /^Sign in/ }).getAttribute('aria-disabled')).toBe('true');
      const said = await wait();
      if (said.includes('second')) await eventually(async () => expect(await wait()).not.toBe(said));
    }));

  it('offers the foreign issuer where one is set up, and leads back to where the person wanted to go', () =>
    asStranger(async (page) => {
      await page.route('**/app/config.json', async (route) => {
        const config = (await (await route.fetch()).json()) as { signIn: object };
        await route.fulfill({ json: { ...config, signIn: { ...config.signIn, oidc: 'Example ID' } } });
      });
      await page.goto(`${api.url}/app/sign-in?next=${encodeURIComponent('/app/ops?tab=streams')}&error=oidc_failed`);
      const link = page.getByRole('link', { name: 'Sign in with Example ID' });
      expect(await link.getAttribute('href')).toBe('/auth/oidc/start?next=%2Fapp%2Fops%3Ftab%3Dstreams');
      expect(await page.getByRole('alert').innerText()).toContain('did not work out');
    }));
});

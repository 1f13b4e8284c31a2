import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WsStatusAnswer } from '@ziggy/contracts';
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
/** Open streams of everybody, as the server counts them. */
async function openSockets(): Promise<number> {
  const { channels } = (await (await api.fetch('/ws/status')).json()) as WsStatusAnswer;
  return Object.values(channels).reduce((sum, { connections }) => sum + connections, 0);
}

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
      await arrives(page, 'Sign in');
      await fillSignIn(page);
      await arrives(page, 'Markets');
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
      await arrives(page, 'Sign in');
      await eventually(async () => expect(await page.evaluate('document.activeElement.name')).toBe('email'));
      await page.keyboard.type(ADMIN.email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(ADMIN.password);
      await page.keyboard.press('Enter');
      await eventually(() => expect(at(page)).toBe('/app/about'));
      await page.keyboard.press('Control+k');
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
      await arrives(page, 'Choose your password');
      await page.getByLabel('New password').fill('short');
      await page.getByRole('button', { name: 'Set password' }).click();
      expect(await page.getByRole('alert').innerText()).toContain('At least 12 characters.');
      await page.getByLabel('New password').fill('battery horse correct');
      await page.getByRole('button', { name: 'Set password' }).click();
      await arrives(page, 'Sign in');
      expect(await page.getByRole('status').innerText()).toContain('Your password is set.');
      await fillSignIn(page, 'grace@example.com', 'battery horse correct');
      await arrives(page, 'Markets');
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

describe('a session', () => {
  it('ends in every window when one signs out, sockets and all', async () => {
    const { page, context, complaints, close } = await openPage(browser, { api });
    try {
      const other = await context.newPage();
      await page.goto(`${api.url}/app/markets`);
      await live(page);
      await other.goto(`${api.url}/app/symbols/AAPL`);
      await live(other);
      expect(await openSockets()).toBeGreaterThan(0);
      await page.getByRole('button', { name: 'You', exact: true }).click();
      expect(await page.getByRole('menu').innerText()).toContain(ADMIN.organisation);
      await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
      for (const each of [page, other]) await arrives(each, 'Sign in');
      expect(at(other)).toBe('/app/sign-in?next=%2Fapp%2Fsymbols%2FAAPL');
      await eventually(async () => expect(await openSockets()).toBe(0));
      await other.goto(`${api.url}/app/markets`);
      await arrives(other, 'Sign in');
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });

  it('that was ended elsewhere shows the sign-in within seconds', async () => {
    const session = await api.signIn();
    const { page, allow, close } = await openPage(browser, { session });
    try {
      allow(/answer 401|status of 401/);
      await page.goto(`${api.url}/app/markets`);
      await live(page);
      const listed = await api.fetch('/auth/sessions');
      const { items } = (await listed.json()) as { items: { id: string; current: boolean }[] };
      for (const { id, current } of items) if (!current) await api.fetch(`/auth/sessions/${id}`, { method: 'DELETE' });
      await arrives(page, 'Sign in');
    } finally {
      await close();
    }
  });

  it('renews a refused token unseen, and shows the new one on the socket, which goes on', async () => {
    const { page, complaints, allow, close } = await openPage(browser, { api });
    try {
      let searches = 0;
      const [opened, sent, heard]: [string[], string[], string[]] = [[], [], []];
      page.on('websocket', (socket) => {
        opened.push(socket.url());
        socket.on('framesent', ({ payload }) => sent.push(String(payload)));
        socket.on('framereceived', ({ payload }) => heard.push(String(payload)));
      });
      await page.route('**/market/search?**', async (route) => {
        searches += 1;
        const spoilt = { ...route.request().headers(), authorization: 'Bearer of.no.use' };
        await route.continue(searches === 1 ? { headers: spoilt } : {});
      });
      await page.goto(`${api.url}/app/markets`);
      await live(page);
      const before = opened.length;
      allow(/answer 401.*search|status of 401/);
      // A token is doubted only when it is not brand-new: the next look at the rights comes seconds later.
      await page.waitForResponse((answer) => answer.url().endsWith('/auth/me'));
      await page.keyboard.press('/');
      await page.keyboard.type('AAPL');
      await eventually(() => expect(searches).toBeGreaterThanOrEqual(2));
      await page.getByRole('option').first().waitFor();
      await eventually(() => expect(sent.some((frame) => frame.includes('"auth"'))).toBe(true));
      await eventually(() => expect(heard.some((frame) => frame.includes('"authenticated"'))).toBe(true));
      expect(opened).toHaveLength(before);
      await live(page);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });

  it('stays in two windows whose tokens end at the same time', async () => {
    const { page, context, complaints, close } = await openPage(browser, { api });
    try {
      const pages = [page, await context.newPage()];
      let renewals = 0;
      await context.clock.install();
      for (const each of pages) {
        await each.goto(`${api.url}/app/markets`);
        await live(each);
        each.on('response', (answer) => (renewals += answer.url().endsWith('/auth/refresh') ? 1 : 0));
      }
      await context.clock.fastForward('14:30');
      await eventually(() => expect(renewals).toBeGreaterThan(0));
      for (const each of pages) await live(each);
      expect(renewals).toBeLessThanOrEqual(2);
      for (const each of pages) {
        await each.reload();
        await live(each);
      }
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});

describe('the screen lock', () => {
  it('covers every window after half an hour, survives a reload, and gives the page back as it was', async () => {
    const { page, context, complaints, allow, close } = await openPage(browser, { api });
    try {
      const other = await context.newPage();
      await context.clock.install();
      for (const each of [page, other]) {
        await each.goto(`${api.url}/app/symbols/AAPL?view=table`);
        await live(each);
      }
      await page.getByRole('button', { name: 'Indicators' }).click();
      await context.clock.fastForward('31:00');
      for (const each of [page, other]) {
        await each.locator('z-lock-screen h1').waitFor();
        expect(await each.locator('main h1').first().isVisible()).toBe(false);
        expect(await each.title()).toContain('Locked');
        expect(await each.locator('z-root').innerText()).not.toMatch(/AAPL|\d\d\d\.\d\d/);
      }
      expect(await seriousFindings(page)).toEqual([]);
      await other.reload();
      await other.locator('z-lock-screen h1').waitFor();
      expect(await other.locator('z-shell').count()).toBe(0);

      allow(/answer 401|status of 401/);
      await page.getByLabel('Password').fill('not the right one');
      await page.getByRole('button', { name: 'Unlock' }).click();
      await eventually(async () => expect(await page.getByRole('alert').innerText()).toContain('do not fit'));
      await page.getByLabel('Password').fill(ADMIN.password);
      await page.getByRole('button', { name: 'Unlock' }).click();
      for (const each of [page, other]) {
        await eventually(async () => expect(await each.locator('z-lock-screen').count()).toBe(0));
        await live(each);
      }
      expect(at(page)).toBe('/app/symbols/AAPL?view=table');
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});

describe('each role', () => {
  const EVERYBODY = [
    'symbols/AAPL',
    'ops?tab=streams',
    'ops?tab=sources',
    'about',
    'settings/profile',
    'settings/security',
    'settings/sessions',
    'settings/api-keys',
    'settings/appearance',
  ];
  /** Pages that ask for a role, and the least that it is. */
  const NEEDING = { 'admin/audit': 'risk', 'admin/members': 'admin', 'admin/organisation': 'admin' } as const;

  it.each([
    ['viewer', []],
    ['analyst', []],
    ['trader', []],
    ['risk', ['admin/audit']],
    ['admin', Object.keys(NEEDING)],
  ] as const)(
    '%s opens what it may, by the rail and by its address, and is told what the rest needs',
    async (role, open) => {
      const person = role === 'admin' ? ADMIN : await api.addMember(role);
      const { page, complaints, close } = await openPage(browser, { session: await api.signIn(person) });
      const forbidden = page.locator('z-forbidden');
      try {
        await page.goto(`${api.url}/app/markets`);
        await live(page);
        const rail = page.locator('nav[aria-label]').first().locator('a');
        const names = await rail.allInnerTexts();
        expect(names.some((name) => name.includes('Admin'))).toBe(open.length > 0);
        for (let i = 0; i < names.length; i++) {
          await rail.nth(i).click();
          await page.locator('main h1').first().waitFor();
          expect(await forbidden.count()).toBe(0);
        }
        for (const path of [...EVERYBODY, ...Object.keys(NEEDING)]) {
          await page.goto(`${api.url}/app/${path}`);
          await page.locator('main h1').first().waitFor();
          const needs = NEEDING[path as keyof typeof NEEDING] as string | undefined;
          const refused = needs !== undefined && !(open as readonly string[]).includes(path);
          await eventually(async () => expect([path, await forbidden.count()]).toEqual([path, refused ? 1 : 0]));
          if (refused) expect(await forbidden.innerText()).toContain(`the role ${needs}`);
        }
        expect(complaints).toEqual([]);
      } finally {
        await close();
      }
    },
  );
});

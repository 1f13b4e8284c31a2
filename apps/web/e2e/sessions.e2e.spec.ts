import { describe, expect, it } from '@jest/globals';
import type { WsStatusAnswer } from '@ziggy/contracts';
import type { Page } from 'playwright-core';
import { ADMIN } from './harness/api-process.ts';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, arrives, browser, live, useBrowser } from './harness/scene.ts';

useBrowser();

const at = (page: Page) => page.url().slice(api.url.length);
/** Open streams of everybody, as the server counts them. */
async function openSockets(): Promise<number> {
  const { channels } = (await (await api.fetch('/ws/status')).json()) as WsStatusAnswer;
  return Object.values(channels).reduce((sum, { connections }) => sum + connections, 0);
}

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
      for (const each of [page, other]) await arrives('Sign in', each);
      expect(at(other)).toBe('/app/sign-in?next=%2Fapp%2Fsymbols%2FAAPL');
      await eventually(async () => expect(await openSockets()).toBe(0));
      await other.goto(`${api.url}/app/markets`);
      await arrives('Sign in', other);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });

  it('ends on every device when one signs out everywhere, and leaves nothing behind there', async () => {
    const person = await api.addMember('viewer', 'everywhere@example.com');
    const here = await openPage(browser, { session: await api.signIn(person) });
    const there = await openPage(browser, { session: await api.signIn(person) });
    try {
      there.allow(/answer 401|status of 401/);
      await here.page.goto(`${api.url}/app/markets`);
      await live(here.page);
      await there.page.goto(`${api.url}/app/symbols/AAPL`);
      await live(there.page);
      await here.page.getByRole('button', { name: 'You', exact: true }).click();
      await here.page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
      const asked = here.page.getByRole('dialog', { name: 'Sign out everywhere' });
      await asked.getByRole('button', { name: 'Sign out everywhere' }).click();
      for (const { page } of [here, there]) await arrives('Sign in', page);
      expect(await there.page.locator('z-root').innerText()).not.toMatch(/AAPL|\d\.\d\d/);
      await eventually(async () => expect(await openSockets()).toBe(0));
      for (const { page } of [here, there]) {
        await page.goto(`${api.url}/app/markets`);
        await arrives('Sign in', page);
      }
      expect(here.complaints).toEqual([]);
    } finally {
      await here.close();
      await there.close();
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
      await arrives('Sign in', page);
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
      await page.getByRole('combobox').fill('AAPL');
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

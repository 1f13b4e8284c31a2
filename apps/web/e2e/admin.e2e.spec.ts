import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ADMIN } from './harness/api-process.ts';
import type { Person } from './harness/api-process.ts';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import type { Theme, WatchedPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, browser, page, watched, useBrowser, usePage, open, arrives, expectTidy } from './harness/scene.ts';

let people = 0;
useBrowser();
usePage();

const aPerson = (role: string, displayName = ''): Promise<Person> =>
  api.addMember(role, `person${(people += 1)}@example.com`, displayName);
const says = (text: string | RegExp, on = page) => on.getByText(text).first().waitFor({ timeout: 20_000 });
const press = (name: string | RegExp, on = page) => on.getByRole('button', { name }).click();
const dialog = (on = page) => on.getByRole('dialog').last();
/** The text of what has the focus. */
const focusIn = (text: RegExp) =>
  eventually(async () => expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(text));
const row = (text: string) => page.locator('tbody tr', { hasText: text });
async function act(on: string, name: string): Promise<void> {
  await row(on)
    .getByRole('button', { name: /^Acts on/ })
    .click();
  await page.getByRole('menuitem', { name }).click();
}
const adminEntry = (on: Page) => on.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Admin' });

/** Somebody's own browser, in which mishaps are no complaint of the test. */
async function signedIn(person: { email: string; password: string }): Promise<WatchedPage> {
  const other = await openPage(browser, { session: await api.signIn(person) });
  other.allow(/./);
  return other;
}

describe('an invitation', () => {
  it('leads from its link by the welcome page to a viewer who sees no administration', async () => {
    await open('admin/members');
    await arrives('Members');
    await press('Invite a person');
    await dialog().getByLabel('E-mail address').fill(ADMIN.email.toUpperCase());
    watched.allow(/409/);
    await press(/^Invite$/);
    await says('Somebody with this address is here already.');
    watched.allow();
    await dialog().getByLabel('E-mail address').fill('linus@example.com');
    await dialog().getByLabel('Name').fill('Linus');
    await press(/^Invite$/);
    await says(/not mailed/);
    const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
    expect(await seriousFindings(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Done' }).click();
    await focusIn(/^\s*Invite a person/);
    await row('Linus').getByText('Invited').waitFor();

    const other = await openPage(browser);
    try {
      await other.page.goto(link);
      await other.page.getByLabel('New password').fill('orange paper kites');
      await press('Set password', other.page);
      await other.page.getByLabel('E-mail address').fill('linus@example.com');
      await other.page.getByLabel('Password').fill('orange paper kites');
      await press('Sign in', other.page);
      await arrives('Markets', other.page);
      expect(await adminEntry(other.page).count()).toBe(0);
      for (const path of ['admin', 'admin/members', 'admin/audit']) {
        await open(path, other.page);
        await arrives('Not allowed', other.page);
      }
      expect(other.complaints).toEqual([]);
    } finally {
      await other.close();
    }
    await press(/^Search$/);
    await page.reload();
    await row('Linus').getByText('Active').waitFor();
  }, 120_000);
});

describe('a member', () => {
  it('feels a change of role in an open page within 5 seconds, and being disabled signs out; the audit tells both, unbroken', async () => {
    const person = await aPerson('viewer', 'Barbara');
    const other = await signedIn(person);
    try {
      await open('markets', other.page);
      await arrives('Markets', other.page);
      await open('admin/members?q=barbara');
      await act('Barbara', 'Change role');
      await dialog().getByRole('radio', { name: /^Risk/ }).check();
      await dialog().getByRole('button', { name: 'Change role' }).click();
      await says('Barbara is Risk now.');
      await adminEntry(other.page).waitFor({ timeout: 5_500 });
      await adminEntry(other.page).click();
      await arrives('Audit', other.page);
      expect(await other.page.getByRole('link', { name: 'Members' }).count()).toBe(0);
      await other.page.locator('tbody tr').first().waitFor();
      expect(await other.page.locator('tbody').innerText()).not.toContain('usr_');

      await act('Barbara', 'Disable');
      await dialog().getByRole('button', { name: 'Disable' }).click();
      await says('Barbara is disabled and signed out.');
      await arrives('Sign in', other.page);
      await row('Barbara').getByText('Disabled').waitFor();

      await open(`admin/audit?target=${person.id}`);
      await arrives('Audit');
      await row('Person disabled').waitFor();
      await page.getByRole('button', { name: /^Role changed/ }).click();
      const drawer = dialog();
      await drawer.getByText('What changed').waitFor();
      expect((await drawer.locator('z-diff tbody tr').innerText()).split(/\s+/)).toEqual(['role', 'viewer', 'risk']);
      expect(await seriousFindings(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await focusIn(/^\s*Role changed/);
      await press('Check the chain');
      await says(/The chain is whole: each of/);
    } finally {
      await other.close();
    }
  }, 120_000);

  it('who is oneself cannot be locked out, and a new link is shown once', async () => {
    await aPerson('analyst', 'Ken');
    await open('admin/members');
    await row('(you)')
      .getByRole('button', { name: /^Acts on/ })
      .click();
    for (const name of ['Change role', 'Disable'])
      expect(await page.getByRole('menuitem', { name }).getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Escape');
    await act('Ken', 'Link for a new password');
    await dialog().getByRole('button', { name: 'Make a new link' }).click();
    const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
    expect(link).toMatch(/\/app\/welcome#token=/);
    await dialog().getByRole('button', { name: 'Done' }).click();
    expect(await page.locator('body').innerText()).not.toContain(link);
    await eventually(async () =>
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Acts on Ken'),
    );
  }, 60_000);

  it('is found by name, role and state, which are in the address; the list goes on page by page', async () => {
    for (let at = 0; at < 51; at += 1)
      await api.fetch('/users', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: `crowd${at}@example.com`, role: 'trader' }),
      });
    await open('admin/members');
    await page.getByLabel('Name or e-mail').fill('crowd');
    await page.getByLabel('Name or e-mail').press('Enter');
    await page.getByLabel('Role').selectOption('trader');
    await eventually(() => expect(new URL(page.url()).search).toBe('?q=crowd&role=trader'));
    await eventually(async () => expect(await page.locator('tbody tr').count()).toBe(50));
    await press('Show more');
    await eventually(async () => expect(await page.locator('tbody tr').count()).toBe(51));
    await page.getByLabel('State').selectOption('disabled');
    await says('Nobody fits.');
  }, 120_000);
});

describe('the organisation', () => {
  it('keeps what an administrator sets, refuses what is out of bounds, and goes back to the default', async () => {
    await open('admin/organisation');
    const quota = page.getByLabel('Saved items per user');
    await quota.fill('10001');
    await page.getByLabel('Name').fill('Difference Engines');
    await press('Save');
    await says('A whole number from 0 to 10000, or empty.');
    await quota.fill('300');
    await press('Save');
    await says('Saved.');
    await page.reload();
    await eventually(async () => expect(await quota.inputValue()).toBe('300'));
    expect(await page.getByLabel('Name').inputValue()).toBe('Difference Engines');
    await quota.fill('');
    await press('Save');
    await says('Saved.');
    const stored = (await (await api.fetch('/users/organisation')).json()) as { quotas: Record<string, object> };
    expect(stored.quotas['savedItemsPerUser']).toMatchObject({ value: 200, default: 200 });
  }, 60_000);

  it('keeps what is typed when somebody else stored a change meanwhile, and says which', async () => {
    await open('admin/organisation');
    await eventually(async () => expect(await page.getByLabel('Name').inputValue()).not.toBe(''));
    const { version } = (await (await api.fetch('/users/organisation')).json()) as { version: number };
    const body = JSON.stringify({ timeZone: 'Asia/Tokyo', version });
    const headers = { 'content-type': 'application/json' };
    expect((await api.fetch('/users/organisation', { method: 'PATCH', headers, body })).status).toBe(200);
    await page.getByLabel('Name').fill('Jacquard Looms');
    watched.allow(/409/);
    await press('Save');
    await says(/Stored now: timeZone: Asia\/Tokyo\./);
    await press('Save');
    await says('Saved.');
    const stored = (await (await api.fetch('/users/organisation')).json()) as object;
    expect(stored).toMatchObject({ name: 'Jacquard Looms' });
  }, 60_000);
});

describe('the audit', () => {
  it('is filtered by an address that can be passed on, and exported as the server writes it', async () => {
    await open('admin/audit');
    await page.getByLabel('What').selectOption('user.');
    await press(/^Show$/);
    await eventually(() => expect(new URL(page.url()).search).toBe('?action=user.'));
    await eventually(async () => {
      const acts = await page.locator('tbody th button').allInnerTexts();
      expect(acts.length).toBeGreaterThan(0);
      expect(acts.filter((text) => !/^(?:Person|Role|Link)/.test(text))).toEqual([]);
    });
    const [download] = await Promise.all([page.waitForEvent('download'), press('Export CSV')]);
    expect(download.suggestedFilename()).toMatch(/^ziggy_audit_\d{8}T\d{6}Z\.csv$/);
    const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
    expect(lines[0]).toBe('seq,at,actor,action,target,before,after,requestId,address,hash');
    expect(lines.slice(1, -1).every((line) => line.includes(',user.'))).toBe(true);
    await open('admin/audit?from=2020-01-01&to=2020-01-02&nonsense=1');
    await says('No row fits.');
    await says('Ignored in the address: nonsense.');
  }, 60_000);
});

describe('an answer that does not come', () => {
  it.each([
    ['admin/members', /\/users(?:\?|$)/],
    ['admin/organisation', /\/users\/organisation/],
    ['admin/audit', /\/audit(?:\?|$)/],
    ['settings/sessions', /\/auth\/sessions/],
    ['settings/api-keys', /\/api-keys/],
  ])('%s says why, with the request to ask about, and comes when it is asked again', async (path, asked) => {
    const api500 = (url: URL): boolean => asked.test(url.pathname + url.search) && !url.pathname.startsWith('/app/');
    await page.route(api500, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: '/docs/errors/internal',
          title: 'Internal',
          status: 500,
          code: 'internal',
          detail: 'It broke.',
          requestId: 'req-4711',
          errors: [],
        }),
      }),
    );
    watched.allow(/500/);
    await open(path);
    const block = page.locator('main z-error');
    await eventually(async () => expect(await block.innerText()).toContain('req-4711'));
    expect(await seriousFindings(page)).toEqual([]);
    await page.unroute(api500);
    await block.getByRole('button', { name: 'Retry' }).click();
    await eventually(async () =>
      expect(await page.locator('main :is(table, form, z-empty)').count()).toBeGreaterThan(0),
    );
    await eventually(async () => expect(await block.count()).toBe(0));
  });
});

describe('for everyone', () => {
  it.each<Theme>(['dark', 'light'])(
    'axe finds nothing serious in administration in %s, nothing scrolls sideways',
    async (theme) => {
      for (const width of [1440, 320]) {
        const other = await openPage(browser, { api, theme, width, height: 800 });
        try {
          for (const [path, title] of [
            ['admin/members', 'Members'],
            ['admin/organisation', 'Organisation'],
            ['admin/audit', 'Audit'],
          ] as const) {
            await open(path, other.page);
            await arrives(title, other.page);
            await eventually(async () => expect(await other.page.locator('main z-skeleton').count()).toBe(0));
            await expectTidy(other.page, `${path} at ${width}`);
          }
          expect(other.complaints).toEqual([]);
        } finally {
          await other.close();
        }
      }
    },
    240_000,
  );
});

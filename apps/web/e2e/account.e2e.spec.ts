import { describe, expect, it } from '@jest/globals';
import { TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import type { Person } from './harness/api-process.ts';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import type { Theme, WatchedPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, browser, useBrowser, open, arrives, expectTidy } from './harness/scene.ts';

let people = 0;
useBrowser();

/** Opens a browser in which a person is signed in, runs, and expects nothing to have gone wrong in it. */
async function as(person: Person, run: (page: Page, watched: WatchedPage) => Promise<void>): Promise<void> {
  const watched = await openPage(browser, { session: await api.signIn(person) });
  try {
    await run(watched.page, watched);
    expect(watched.complaints).toEqual([]);
  } finally {
    await watched.close();
  }
}
const aPerson = (role: string, displayName = ''): Promise<Person> =>
  api.addMember(role, `person${(people += 1)}@example.com`, displayName);
const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: 20_000 });
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
const dialog = (page: Page) => page.getByRole('dialog').last();
/** The text of what has the focus. */
const focusIn = (page: Page, text: RegExp) =>
  eventually(async () => expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(text));

async function fillSignIn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
}
async function sendCode(page: Page, code: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Code', exact: true }).fill(code);
  await press(page, 'Go on');
}
/** Signs out where the sessions are listed. */
async function leave(page: Page): Promise<void> {
  await open('settings/sessions', page);
  await page.getByRole('button', { name: /^Sign out/ }).click();
  await arrives('Sign in', page);
}

describe('the password', () => {
  it('changed in one browser signs the other one out, and the old one is of no use', async () => {
    const person = await aPerson('viewer');
    await as(person, (here, watched) =>
      as(person, async (there, other) => {
        await open('markets', there);
        await arrives('Markets', there);
        await open('settings/security', here);
        await here.getByLabel('Present password').fill('not this one');
        await here.getByLabel('New password').fill('nine purple umbrellas');
        watched.allow(/401/);
        await press(here, 'Change password');
        await says(here, 'This is not your present password.');
        watched.allow();
        expect(await here.getByLabel('Present password').getAttribute('aria-invalid')).toBe('true');
        await here.getByLabel('Present password').fill(person.password);
        other.allow(/./);
        await here.getByLabel('Present password').press('Enter');
        await says(here, /Password changed/);
        expect(await here.getByLabel('Present password').inputValue()).toBe('');
        await arrives('Sign in', there);
        await fillSignIn(there, person);
        await says(there, /do not fit/);
        await fillSignIn(there, { ...person, password: 'nine purple umbrellas' });
        await arrives('Markets', there);
      }),
    );
  }, 180_000);
});

describe('the second factor', () => {
  it('is turned on in two steps, asked at the next sign-in, and a recovery code stands in for it once', async () => {
    const person = await aPerson('viewer');
    await as(person, async (page, watched) => {
      await open('settings/security', page);
      await press(page, 'Turn on');
      await page.locator('z-qr-code svg path').waitFor();
      const secret = (await page.getByRole('textbox', { name: 'Secret' }).inputValue()).replaceAll(' ', '');
      const totp = new TOTP({ secret });
      watched.allow(/400|422/);
      await page.getByRole('textbox', { name: 'Code', exact: true }).fill('000000');
      await dialog(page).getByRole('button', { name: 'Turn on' }).click();
      await says(page, /code does not fit/);
      watched.allow();
      await page.getByRole('textbox', { name: 'Code', exact: true }).fill(totp.generate());
      await page.getByRole('textbox', { name: 'Code', exact: true }).press('Enter');
      const codes = (await page.getByRole('textbox', { name: 'Recovery codes' }).inputValue()).split('\n');
      expect(new Set(codes).size).toBe(10);
      const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download')]);
      expect(download.suggestedFilename()).toBe('ziggy_recovery_codes.txt');
      await press(page, 'I have kept them');
      await says(page, 'The second factor is on.');
      await focusIn(page, /^\s*Turn off/);
      expect(await page.locator('body').innerText()).not.toContain(codes[0]);

      await leave(page);
      watched.allow(/401/);
      await fillSignIn(page, person);
      await sendCode(page, '000000');
      await says(page, /do not fit/);
      // The code of this half minute was used; the next one is let in early.
      await sendCode(page, totp.generate({ timestamp: Date.now() + 30_000 }));
      await arrives('Sessions', page);

      await leave(page);
      await fillSignIn(page, person);
      await sendCode(page, codes[3] ?? '');
      await arrives('Sessions', page);
      await leave(page);
      await fillSignIn(page, person);
      await sendCode(page, codes[3] ?? '');
      await says(page, /do not fit/);
      await sendCode(page, codes[4] ?? '');
      await arrives('Sessions', page);
    });
  }, 180_000);

  it('is turned off after a question', async () => {
    const person = await aPerson('viewer');
    await as(person, async (page) => {
      await open('settings/security', page);
      await press(page, 'Turn on');
      const secret = (await page.getByRole('textbox', { name: 'Secret' }).inputValue()).replaceAll(' ', '');
      await page.getByRole('textbox', { name: 'Code', exact: true }).fill(new TOTP({ secret }).generate());
      await page.getByRole('textbox', { name: 'Code', exact: true }).press('Enter');
      await press(page, 'I have kept them');
      await press(page, 'Turn off');
      await dialog(page).getByRole('button', { name: 'Turn off' }).click();
      await says(page, 'The second factor is off.');
      await page.getByRole('button', { name: 'Turn on' }).waitFor();
    });
  }, 120_000);
});

describe('API keys', () => {
  it('made in the page open REST and streams as it says, and are refused once they are revoked', async () => {
    const person = await aPerson('viewer');
    await as(person, async (page) => {
      await open('settings/api-keys', page);
      await says(page, 'You have no API key.');
      await press(page, 'New key');
      expect(
        await dialog(page)
          .getByLabel(/^trade/)
          .isDisabled(),
      ).toBe(true);
      await dialog(page).getByLabel('Allowed addresses').fill('10.0.0.0/40');
      await press(page, 'Make the key');
      await says(page, /the part behind/);
      await dialog(page).getByLabel('Name', { exact: true }).fill('Dashboard');
      await dialog(page).getByLabel('Allowed addresses').fill('127.0.0.0/8\n::1');
      await press(page, 'Make the key');
      const secret = await page.getByLabel('Key', { exact: true }).inputValue();
      const socketText = await page.getByLabel('Stream, in Node.js').inputValue();
      await page.keyboard.press('Escape');
      expect(await page.getByLabel('Key', { exact: true }).isVisible()).toBe(true);
      await press(page, 'I have kept it');
      expect(await page.locator('body').innerText()).not.toContain(secret);

      const [, url = ''] = /"([^"]+)"/.exec(socketText) ?? /'([^']+)'/.exec(socketText) ?? [];
      expect(url).toBe(`${api.url.replace('http', 'ws')}/ws/market`);
      const headers = { 'x-api-key': secret };
      const ask = () => fetch(`${api.url}/market/overview?universe=tracked`, { headers });
      expect((await ask()).status).toBe(200);
      expect(await firstFrame(url, headers)).toBe('hello');
      await page.locator('tbody tr', { hasText: 'Dashboard' }).waitFor();
      await page.getByRole('button', { name: /^Revoke/ }).click();
      await dialog(page).getByRole('button', { name: 'Revoke' }).click();
      await says(page, 'Dashboard was revoked.');
      await focusIn(page, /^API keys$/);
      await eventually(async () => expect((await ask()).status).toBe(401), 5_000);
    });
  }, 120_000);

  it('are replaced by one that follows, which keeps the old one alive for a day', async () => {
    const person = await aPerson('trader');
    await as(person, async (page) => {
      await open('settings/api-keys', page);
      await press(page, 'New key');
      await dialog(page).getByLabel('Name', { exact: true }).fill('Robot');
      await dialog(page)
        .getByLabel(/^trade/)
        .check();
      await press(page, 'Make the key');
      await press(page, 'I have kept it');
      await page.getByRole('button', { name: /^Replace/ }).click();
      await says(page, /lives 24 hours more/);
      expect(
        await dialog(page)
          .getByLabel(/^trade/)
          .isChecked(),
      ).toBe(true);
      await press(page, 'Make the key');
      await press(page, 'I have kept it');
      await eventually(async () => expect(await page.locator('tbody tr').count()).toBe(2));
      expect(await page.locator('tbody tr').last().innerText()).toMatch(/in\s+(?:23 h|24 h|1 d)/);
    });
  }, 120_000);
});

/** Type of the first frame of a stream that a program opens with headers. */
function firstFrame(url: string, headers: Record<string, string>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Node's WebSocket takes headers, which the types of browsers do not know.
    const Socket = WebSocket as unknown as new (to: string, options: object) => WebSocket;
    const socket = new Socket(url, { headers });
    socket.onmessage = ({ data }) => {
      resolve((JSON.parse(String(data)) as { type: unknown }).type);
      socket.close();
    };
    socket.onerror = () => reject(new Error('the socket failed'));
  });
}

describe('acts that need a fresh sign-in', () => {
  it('ask for the password once, tell a wrong one, do the act once, and do nothing when it is refused', async () => {
    const person = await aPerson('viewer');
    await as(person, async (page, watched) => {
      await page.route('**/auth/me', async (route) => {
        const answer = await route.fetch();
        // The portal looks again all the time, and an unchanged answer has no body.
        if (answer.status() !== 200) return route.fulfill({ response: answer });
        const me = (await answer.json()) as { session: { freshUntil: string } };
        if (!proven) me.session.freshUntil = new Date(Date.now() - 60_000).toISOString();
        await route.fulfill({ response: answer, json: me });
      });
      let proven = false;
      await open('settings/api-keys', page);
      await press(page, 'New key');
      await dialog(page).getByLabel('Name', { exact: true }).fill('Once');
      await press(page, 'Make the key');
      await says(page, 'Confirm that it is you');
      await dialog(page).getByRole('button', { name: 'Cancel' }).click();
      await says(page, /It was not done/);
      await press(page, 'Make the key');
      watched.allow(/401/);
      await dialog(page).getByLabel('Password').fill('wrong wrong wrong');
      await dialog(page).getByLabel('Password').press('Enter');
      await says(page, /do not fit/);
      watched.allow();
      expect(await seriousFindings(page)).toEqual([]);
      proven = true;
      await dialog(page).getByLabel('Password').fill(person.password);
      await dialog(page).getByLabel('Password').press('Enter');
      await press(page, 'I have kept it');
      await eventually(async () => expect(await page.locator('tbody tr').count()).toBe(1));
      await page.getByRole('button', { name: /^Replace/ }).click();
      await press(page, 'Make the key');
      await press(page, 'I have kept it');
    });
  }, 120_000);
});

describe('sessions', () => {
  it('are listed with this one marked; one is ended, then all others', async () => {
    const person = await aPerson('viewer');
    await Promise.all([api.signIn(person), api.signIn(person), api.signIn(person)]);
    await as(person, async (page) => {
      await open('settings/sessions', page);
      const rows = page.locator('tbody tr');
      await eventually(async () => expect(await rows.count()).toBe(4));
      expect(await rows.filter({ hasText: 'this one' }).count()).toBe(1);
      await rows.filter({ hasNotText: 'this one' }).first().getByRole('button', { name: /^End/ }).click();
      await says(page, 'Node.js was signed out.');
      await eventually(async () => expect(await rows.count()).toBe(3));
      await focusIn(page, /^Sessions$/);
      await press(page, 'End all other sessions');
      await dialog(page).getByRole('button', { name: 'End them' }).click();
      await says(page, 'All other sessions were ended.');
      expect(await rows.count()).toBe(1);
    });
  }, 60_000);
});

describe('the profile', () => {
  it('keeps what was typed when somebody else stored a change, says which, and stores it when asked again', async () => {
    const person = await aPerson('viewer', 'Grace');
    await as(person, async (page, watched) => {
      await open('settings/profile', page);
      await eventually(async () => expect(await page.getByLabel('Name').inputValue()).toBe('Grace'));
      const { accessToken } = await api.signIn(person);
      const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
      const me = (await (await fetch(`${api.url}/auth/me`, { headers })).json()) as { user: { version: number } };
      const body = JSON.stringify({ displayName: 'Rear Admiral', version: me.user.version });
      watched.allow(/409/);
      await page.getByLabel('Name').fill('Admiral Grace');
      expect((await fetch(`${api.url}/users/me`, { method: 'PATCH', headers, body })).status).toBe(200);
      await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
      // The page hears of the change by itself, and still asks before it writes over it.
      for (let heard = 0; heard < 2; heard += 1) await page.waitForResponse(/\/auth\/me$/);
      await press(page, 'Save');
      await says(page, /Stored now: Name: Rear Admiral\./);
      expect(await page.getByLabel('Name').inputValue()).toBe('Admiral Grace');
      await press(page, 'Save');
      await says(page, 'Saved.');
      await page.reload();
      await eventually(async () => expect(await page.getByLabel('Name').inputValue()).toBe('Admiral Grace'));
      expect(await page.locator('main').innerText()).toContain('GMT+9');
    });
  }, 120_000);
});

const PAGES = {
  'settings/profile': 'Profile',
  'settings/security': 'Security',
  'settings/sessions': 'Sessions',
  'settings/api-keys': 'API keys',
  'settings/appearance': 'Appearance',
};

describe('for everyone', () => {
  it.each<Theme>(['dark', 'light'])(
    'axe finds nothing serious on any page of settings in %s, nothing scrolls sideways',
    async (theme) => {
      for (const width of [1440, 320]) {
        const watched = await openPage(browser, { api, theme, width, height: 800 });
        try {
          for (const [path, title] of Object.entries(PAGES)) {
            await open(path, watched.page);
            await arrives(title, watched.page);
            await eventually(async () => expect(await watched.page.locator('main z-skeleton').count()).toBe(0));
            await expectTidy(watched.page, `${path} at ${width}`);
          }
          expect(watched.complaints).toEqual([]);
        } finally {
          await watched.close();
        }
      }
    },
    240_000,
  );

  it('an appearance that was chosen stays, without a flash of another', async () => {
    const person = await aPerson('viewer');
    const watched = await openPage(browser, { session: await api.signIn(person) });
    try {
      const { page } = watched;
      await open('settings/appearance', page);
      await page.getByRole('radio', { name: 'Comfortable' }).click();
      await page.getByRole('radio', { name: 'Red up, green down' }).click();
      const root = () => page.evaluate(() => ({ ...document.documentElement.dataset }));
      await eventually(async () => expect(await root()).toMatchObject({ density: 'comfortable', gain: 'red-up' }));
      const stored = await page.evaluate(() => localStorage.getItem('ziggy.prefs'));
      expect(JSON.parse(stored ?? '{}')).toMatchObject({ density: 'comfortable', gain: 'red-up' });
    } finally {
      await watched.close();
    }
  }, 60_000);
});

import { afterAll, describe, expect, it } from '@jest/globals';
import { TestIssuer } from '../../api/test/oidc-issuer.ts';
import { ApiProcess } from './harness/api-process.ts';
import { openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, arrives, browser, expectTidy, live, useBrowser } from './harness/scene.ts';

let issuer: TestIssuer;
useBrowser(async () => {
  issuer = await TestIssuer.start();
  return ApiProcess.start({
    OIDC_ISSUER: issuer.url,
    OIDC_CLIENT_ID: TestIssuer.clientId,
    OIDC_CLIENT_SECRET: TestIssuer.clientSecret,
    OIDC_NAME: 'Example Login',
    OIDC_ROLES: 'desk:analyst',
  });
});
afterAll(() => issuer.close());

const grace = { sub: 'person-1', email: 'grace@example.com', email_verified: true, name: 'Grace' };

describe('sign-in at a foreign issuer', () => {
  it('leads from a deep link to the issuer and back to that page, with the role of the groups', async () => {
    const { page, complaints, close } = await openPage(browser);
    try {
      issuer.claims = { ...grace, groups: ['desk'] };
      await page.goto(`${api.url}/app/symbols/AAPL?tf=1d`);
      await arrives('Sign in', page);
      await page.getByRole('link', { name: 'Sign in with Example Login' }).click();
      await live(page);
      expect(page.url()).toBe(`${api.url}/app/symbols/AAPL?tf=1d`);
      await page.getByRole('button', { name: 'You', exact: true }).click();
      expect(await page.getByRole('menu').innerText()).toMatch(/Grace[\s\S]*[Aa]nalyst/);
      await page.keyboard.press('Escape');
      await page.reload();
      await live(page);
      expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toMatch(/eyJ|token/);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });

  it.each([
    ['has no role here', { groups: ['strangers'] }, {}, /this account has no access here/],
    ['is not proven by its token', { groups: ['desk'] }, { nonce: 'another' }, /did not work out/],
  ])('says in words when somebody %s, and offers the way again', async (_, claims, faults, words) => {
    const { page, complaints, close } = await openPage(browser);
    try {
      issuer.claims = { ...grace, sub: 'person-2', email: 'eve@example.com', ...claims };
      issuer.faults = faults;
      await page.goto(`${api.url}/app/sign-in`);
      await page.getByRole('link', { name: 'Sign in with Example Login' }).click();
      await eventually(async () => expect(await page.getByRole('alert').innerText()).toMatch(words));
      await expectTidy(page, `a foreign sign-in that ${_}`);
      await page.getByRole('link', { name: 'Sign in with Example Login' }).waitFor();
      expect(complaints).toEqual([]);
    } finally {
      issuer.faults = {};
      await close();
    }
  });
});

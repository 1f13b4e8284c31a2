import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import { RequestProblem } from '../data/problem.ts';
import { FakeBrowser } from '../testing/session-bed.ts';

const ANY = { safeParse: (body: unknown) => ({ success: true as const, data: body }) };
const MINUTE = 60_000;
const refreshes = (browser: FakeBrowser) => browser.server.asked.filter((path) => path === '/auth/refresh').length;

/** A browser with a session, and a window that knows of it. */
async function signedInBrowser(options: ConstructorParameters<typeof FakeBrowser>[0] = {}) {
  const browser = new FakeBrowser(options);
  const tab = browser.tab();
  await tab.auth.signIn('ada@example.com', 'right');
  browser.server.asked.length = 0;
  return { browser, tab };
}
async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
  TestBed.tick();
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

describe('a window without a session', () => {
  it('asks nothing of the server', async () => {
    const browser = new FakeBrowser();
    const { auth } = browser.tab();
    expect(await auth.ready()).toBe('signedOut');
    expect(browser.server.asked).toEqual([]);
  });

  it('asks once when the flag is stale, and takes the flag away', async () => {
    const browser = new FakeBrowser();
    browser.flags.add('ziggy_session');
    expect(await browser.tab().auth.ready()).toBe('signedOut');
    expect(await browser.tab().auth.ready()).toBe('signedOut');
    expect(browser.server.asked).toEqual(['/auth/refresh']);
  });
});

describe('signing in', () => {
  it('tells who it is and what that person may do', async () => {
    const { tab } = await signedInBrowser();
    expect(tab.auth.state()).toBe('signedIn');
    expect(tab.auth.me()?.user.email).toBe('ada@example.com');
    expect([tab.auth.can('market.overview'), tab.auth.can('users.list')]).toEqual([true, false]);
  });

  it('gives the code of the server when it is refused, and changes nothing', async () => {
    const { auth } = new FakeBrowser().tab();
    await auth.ready();
    await expect(auth.signIn('ada@example.com', 'wrong')).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(auth.state()).toBe('signedOut');
  });

  it('lets the other windows in as well', async () => {
    const browser = new FakeBrowser();
    const [here, there] = [browser.tab(), browser.tab('/app/sign-in')];
    await there.auth.ready();
    await here.auth.signIn('ada@example.com', 'right');
    await settled();
    expect(there.auth.state()).toBe('signedIn');
    expect(refreshes(browser)).toBe(0);
  });

  it('as somebody else loads the windows of the person before anew', async () => {
    const { browser, tab } = await signedInBrowser();
    browser.server.user = 'u2';
    const other = browser.tab('/app/sign-in');
    await other.access.logIn({ email: 'eve@example.com', password: 'right' });
    await settled();
    expect(tab.loaded).toEqual(['/app/markets']);
    expect(await tab.access.token()).toBe('t1');
  });
});

describe('the access token', () => {
  it('is renewed a minute before it ends, by itself, so that sockets get the next one in time', async () => {
    const { browser, tab } = await signedInBrowser();
    await browser.time.advanceAsync(13.9 * MINUTE, MINUTE);
    expect(tab.access.current()).toBe('t1');
    await browser.time.advanceAsync(0.2 * MINUTE);
    await settled();
    expect(tab.access.current()).toBe('t2');
  });

  it('lives by the clock of the server, however wrong the one of the browser is', async () => {
    const browser = new FakeBrowser();
    browser.server.aheadMs = 7 * 3_600_000;
    const tab = browser.tab();
    await tab.auth.signIn('ada@example.com', 'right');
    for (let i = 0; i < 5; i++) await tab.rest.get('/market/overview', {}, ANY);
    expect(refreshes(browser)).toBe(0);
    browser.time.sleep(14.5 * MINUTE);
    await tab.rest.get('/market/overview', {}, ANY);
    expect(refreshes(browser)).toBe(1);
  });

  it.each([true, false])('is renewed once for all requests that were refused at once (locks: %s)', async (locks) => {
    const { browser, tab } = await signedInBrowser({ locks });
    browser.time.sleep(5 * MINUTE);
    browser.server.forgetTokens();
    const asks = Array.from({ length: 12 }, () => tab.rest.get('/market/overview', {}, ANY));
    await Promise.all(asks);
    expect(refreshes(browser)).toBe(1);
    expect(browser.server.asked.filter((path) => path === '/market/overview')).toHaveLength(24);
  });

  it('is asked for at most once by a request: a server that refuses every token makes no loop', async () => {
    const { browser, tab } = await signedInBrowser();
    browser.time.sleep(5 * MINUTE);
    browser.server.accepts = () => false;
    await expect(tab.rest.get('/market/overview', {}, ANY)).rejects.toMatchObject({ status: 401 });
    await expect(tab.rest.get('/market/overview', {}, ANY)).rejects.toMatchObject({ status: 401 });
    expect(refreshes(browser)).toBe(1);
    expect(browser.server.asked.filter((path) => path === '/market/overview')).toHaveLength(3);
  });

  it('survives an answer that was lost on its way', async () => {
    const { browser, tab } = await signedInBrowser();
    browser.time.sleep(14.5 * MINUTE);
    browser.server.faults.push('lost');
    expect(browser.server.accepts(await tab.access.token())).toBe(true);
    expect(refreshes(browser)).toBe(2);
  });

  it('goes on being used for its last minute while the server does not answer, and the person stays signed in', async () => {
    const { browser, tab } = await signedInBrowser();
    browser.time.sleep(14.2 * MINUTE);
    browser.server.faults.push(503, 503, 503);
    expect(await tab.access.token()).toBe('t1');
    browser.time.sleep(2 * MINUTE);
    browser.server.faults.push(503, 503, 503);
    await expect(tab.access.token()).rejects.toThrow(RequestProblem);
    expect(tab.auth.state()).toBe('signedIn');
    expect(await tab.access.token()).toBe('t2');
  });
});

describe('two windows', () => {
  it.each([
    ['with locks and a channel', { locks: true, channel: true }, 1],
    ['with locks only', { locks: true, channel: false }, 2],
    ['with neither', { locks: false, channel: false }, 2],
  ])('%s renew without getting in each other’s way', async (_name, options, requests) => {
    const { browser, tab } = await signedInBrowser(options);
    const other = browser.tab();
    await other.auth.ready();
    browser.server.asked.length = 0;
    browser.time.sleep(14.5 * MINUTE);
    const tokens = await Promise.all([tab.access.token(), other.access.token()]);
    await settled();
    expect(refreshes(browser)).toBe(requests);
    for (const token of tokens) expect(browser.server.accepts(token)).toBe(true);
    expect([tab.auth.state(), other.auth.state()]).toEqual(['signedIn', 'signedIn']);
  });

  it('both go when one signs out, and nothing of the session is left', async () => {
    const { browser, tab } = await signedInBrowser();
    const other = browser.tab('/app/ops?tab=streams');
    await other.auth.ready();
    await tab.auth.signOut();
    await settled();
    expect([tab.loaded, other.loaded]).toEqual([['/app/sign-in'], ['/app/sign-in?next=%2Fapp%2Fops%3Ftab%3Dstreams']]);
    for (const { access, auth } of [tab, other]) {
      expect(auth.state()).toBe('signedOut');
      expect([auth.me(), access.current(), await access.token()]).toEqual([null, null, null]);
    }
    expect(browser.flags.size).toBe(0);
  });
});

describe('signing out', () => {
  it('wins against a renewal that is under way', async () => {
    for (const locks of [true, false]) {
      const { browser, tab } = await signedInBrowser({ locks });
      browser.time.sleep(5 * MINUTE);
      let open = (): void => undefined;
      browser.server.gate = new Promise((resolve) => (open = resolve));
      const renewal = tab.access.renew('t1').catch(() => null);
      await settled();
      const out = tab.auth.signOut();
      open();
      browser.server.gate = null;
      await Promise.all([renewal, out]);
      await settled();
      expect(tab.auth.state()).toBe('signedOut');
      expect(await tab.access.token()).toBeNull();
      expect(browser.server.ended).toBe(true);
    }
  });

  it('is not pretended when the server did not hear of it', async () => {
    const { browser, tab } = await signedInBrowser();
    browser.server.faults.push('unsent');
    await expect(tab.auth.signOut()).rejects.toMatchObject({ code: 'network' });
    expect(tab.auth.state()).toBe('signedIn');
    expect(tab.loaded).toEqual([]);
  });

  it('happens by itself when the session was ended elsewhere', async () => {
    const { browser, tab } = await signedInBrowser();
    browser.time.sleep(5 * MINUTE);
    browser.server.ended = true;
    await expect(tab.rest.get('/market/overview', {}, ANY)).rejects.toMatchObject({ status: 401 });
    expect(tab.auth.state()).toBe('signedOut');
    expect(tab.loaded).toEqual(['/app/sign-in']);
  });
});

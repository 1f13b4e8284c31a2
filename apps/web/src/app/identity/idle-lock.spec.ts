import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import { FakeBrowser } from '../testing/session-bed.ts';

const MINUTE = 60_000;

async function signedIn(options: ConstructorParameters<typeof FakeBrowser>[0] = {}) {
  const browser = new FakeBrowser(options);
  const tab = browser.tab();
  await tab.auth.signIn('ada@example.com', 'right');
  const other = browser.tab();
  await other.auth.ready();
  return { browser, tab, other };
}
async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
  TestBed.tick();
  for (let i = 0; i < 40; i++) await Promise.resolve();
}
const states = (...tabs: { auth: { state(): string } }[]) => tabs.map(({ auth }) => auth.state());

describe('the idle lock', () => {
  it('covers every window after half an hour in which none was touched, and not before', async () => {
    const { browser, tab, other } = await signedIn();
    await browser.time.advanceAsync(29.9 * MINUTE, MINUTE);
    expect(states(tab, other)).toEqual(['signedIn', 'signedIn']);
    await browser.time.advanceAsync(0.2 * MINUTE);
    await settled();
    expect(states(tab, other)).toEqual(['locked', 'locked']);
  });

  it('does not come while somebody works in one of the windows', async () => {
    const { browser, tab, other } = await signedIn();
    for (let i = 0; i < 4; i++) {
      await browser.time.advanceAsync(20 * MINUTE, MINUTE);
      document.dispatchEvent(new Event('pointermove'));
      await settled();
    }
    expect(states(tab, other)).toEqual(['signedIn', 'signedIn']);
  });

  it('greets who comes back to a machine that slept, whose timers did not run', async () => {
    const { browser, tab } = await signedIn();
    browser.time.sleep(31 * MINUTE);
    document.dispatchEvent(new Event('keydown'));
    expect(tab.auth.state()).toBe('locked');
  });

  it('survives a reload and covers a new window', async () => {
    const { browser, tab } = await signedIn();
    tab.auth.lock();
    const fresh = browser.tab();
    expect(await fresh.auth.ready()).toBe('locked');
    let opened = false;
    void fresh.auth.opened().then(() => (opened = true));
    await settled();
    expect(opened).toBe(false);
    await fresh.auth.unlock('right');
    await settled();
    expect(opened).toBe(true);
    expect(tab.auth.state()).toBe('signedIn');
  });

  it.each([true, false])('covers the others without a channel too (locks: %s)', async (locks) => {
    const { browser, tab, other } = await signedIn({ channel: false, locks });
    tab.auth.lock();
    await browser.time.advanceAsync(2_000);
    expect(states(tab, other)).toEqual(['locked', 'locked']);
  });

  it('stays when the password does not fit', async () => {
    const { tab, other } = await signedIn();
    tab.auth.lock();
    await settled();
    await expect(tab.auth.unlock('wrong')).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(states(tab, other)).toEqual(['locked', 'locked']);
  });

  it('goes with the session', async () => {
    const { browser, tab } = await signedIn();
    tab.auth.lock();
    await tab.auth.signOut();
    await settled();
    expect(browser.flags.size).toBe(0);
    expect(tab.auth.state()).toBe('signedOut');
  });
});

describe('rights', () => {
  it('that are changed are felt within five seconds', async () => {
    const { browser, tab } = await signedIn();
    expect(tab.auth.can('market.overview')).toBe(true);
    browser.server.permissions = [];
    await browser.time.advanceAsync(5_000);
    await settled();
    expect(tab.auth.can('market.overview')).toBe(false);
  });
});

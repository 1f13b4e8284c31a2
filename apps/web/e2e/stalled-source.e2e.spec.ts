import { describe, expect, it } from '@jest/globals';
import { ApiProcess } from './harness/api-process.ts';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, page, useBrowser, usePage, browser } from './harness/scene.ts';

/** The source holds AAPL back again and again, 25 s in every 60; every other symbol goes on. */
const STALLS = Array.from({ length: 10 }, (_, i) => `stall:AAPL@${10 + i * 60}+25`).join(',');
const STALE_WITHIN_MS = 90_000;

useBrowser(() => ApiProcess.start({ SIM_FAULTS: STALLS }));
usePage();

const PRICE = 'z-symbol-header [data-field="quote.AAPL.price"]';
const badges = (): Promise<(string | null)[]> =>
  page
    .locator('z-symbol-header z-freshness, [data-field="bars.freshness"], z-quote-tile z-freshness')
    .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-state')));
/** Waits until all badges of the page say `state`; a failure tells what they said meanwhile. */
async function become(state: string): Promise<void> {
  const seen: string[] = [];
  await eventually(async () => {
    const states = (await badges()).join(' ');
    if (seen.at(-1) !== states) seen.push(states);
    if (!/^(\w+)( \1){2,}$/.test(states) || !states.startsWith(state))
      throw new Error(`not all ${state}: ${seen.join(', ')}`);
  }, STALE_WITHIN_MS);
}

describe('a source that stalls one symbol', () => {
  it('turns every badge of its page to stale with a rising age, dims the figures and keeps them, and clears by itself', async () => {
    await page.goto(`${api.url}/app/symbols/AAPL?tf=1m`);
    await become('simulated');
    expect(await page.locator(`${PRICE}.z-stale`).count()).toBe(0);

    await become('stale');
    const age = async (): Promise<number> =>
      Number(/stale (\d+)/.exec(await page.locator('z-symbol-header z-freshness').innerText())?.[1] ?? Number.NaN);
    const first = await eventually(async () => {
      const seconds = await age();
      expect(seconds).toBeGreaterThanOrEqual(5);
      return seconds;
    });
    await eventually(async () => expect(await age()).toBeGreaterThan(first), 5_000);
    expect(await page.locator(`${PRICE}.z-stale`).count()).toBe(1);
    expect(await page.locator(`${PRICE} .z-fig-text`).innerText()).toMatch(/^\d+\.\d\d$/);
    expect(await page.locator('z-candle-legend [data-field$=".close"] .z-fig-text').innerText()).toMatch(/^\d/);
    // The connection is well: it is the source that says nothing.
    expect(await page.locator('z-stream-pill button').getAttribute('data-state')).toBe('live');
    expect(await seriousFindings(page)).toEqual([]);

    await become('simulated');
    await eventually(async () => expect(await page.locator(`${PRICE}.z-stale`).count()).toBe(0));
  }, 300_000);

  it('leaves the pages of others alone', async () => {
    const other = await openPage(browser, { api });
    try {
      await Promise.all([page.goto(`${api.url}/app/symbols/AAPL`), other.page.goto(`${api.url}/app/symbols/MSFT`)]);
      await become('stale');
      expect(await other.page.locator('z-symbol-header z-freshness').getAttribute('data-state')).toBe('simulated');
      expect(other.complaints).toEqual([]);
    } finally {
      await other.close();
    }
  }, 200_000);
});

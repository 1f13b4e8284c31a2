import { expect, it } from '@jest/globals';
import { ApiProcess } from './harness/api-process.ts';
import { openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, browser, useBrowser } from './harness/scene.ts';

/** The source holds AAPL's quotes back from the 25th second of the market for 40; all others go on. */
const STALL = { SIM_FAULTS: 'stall:AAPL@25+40' };
useBrowser(() => ApiProcess.start(STALL));

it('a source that stalls on purpose: the badge turns stale, its age ticks, the value dims and stays; back, it clears', async () => {
  const { page, complaints, close } = await openPage(browser, { api });
  try {
    await page.goto(`${api.url}/app/markets`);
    const row = page.locator('z-quote-grid [row-id="AAPL"]');
    const badge = row.locator('.z-badge');
    const price = row.locator('[data-field="quote.AAPL.price"]');
    const state = async (wanted: string, withinMs: number): Promise<void> =>
      eventually(async () => expect(await badge.getAttribute('data-state')).toBe(wanted), withinMs);
    await state('stale', 60_000);
    const held = (await price.locator('.z-fig-text').innerText()).trim();
    expect(held).toMatch(/^\d/);
    expect(await price.getAttribute('class')).toContain('z-stale');
    const age = await badge.innerText();
    await eventually(async () => {
      const later = await badge.innerText();
      expect(later).toMatch(/^stale \d/);
      expect(later).not.toBe(age);
    }, 10_000);
    expect((await price.locator('.z-fig-text').innerText()).trim()).toBe(held);
    // The others are not touched by it.
    expect(await page.locator('z-quote-grid [row-id="MSFT"] .z-badge').getAttribute('data-state')).not.toBe('stale');
    await eventually(async () => expect(await badge.getAttribute('data-state')).not.toBe('stale'), 60_000);
    await eventually(
      async () => expect((await price.locator('.z-fig-text').innerText()).trim()).not.toBe(held),
      20_000,
    );
    expect(await page.locator('z-quote-grid [row-id="AAPL"] .z-stale').count()).toBe(0);
    expect(complaints).toEqual([]);
  } finally {
    await close();
  }
}, 180_000);

import { describe, expect, it } from '@jest/globals';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import type { Theme } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, browser, useBrowser } from './harness/scene.ts';

useBrowser();

describe('the Streams tab of Operations', () => {
  it('shows what the server counts and the frames that come, and holds them back while paused', async () => {
    const { page, complaints, close } = await openPage(browser, { api });
    try {
      await page.goto(`${api.url}/app/ops?tab=streams`);
      const frames = page.locator('z-frame-inspector li details');
      await eventually(async () => expect(await frames.count()).toBeGreaterThan(3), 30_000);
      await eventually(async () =>
        expect(await page.locator('z-frame-inspector ol').innerText()).toContain('market_data'),
      );
      const clients = page.locator('[data-field="wsStatus.market.connections"]');
      await eventually(async () => expect((await clients.innerText()).trim()).toBe('1'));
      await page.getByRole('button', { name: 'Pause' }).click();
      const quote = frames.filter({ hasText: 'market_data' }).first();
      await quote.locator('summary').click();
      await eventually(async () =>
        expect(JSON.parse(await quote.locator('pre').innerText())).toMatchObject({ type: 'market_data', ch: 'market' }),
      );
      await eventually(async () =>
        expect(Number(await page.locator('[data-field="frames.heldBack"]').innerText())).toBeGreaterThan(0),
      );
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByRole('radio', { name: 'charts' }).click();
      await eventually(async () => {
        const shown = await page.locator('z-frame-inspector ol').innerText();
        expect(shown).toContain('chart_update');
        expect(shown).not.toContain('market_data');
      });
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });

  it.each<Theme>(['dark', 'light'])('gives axe nothing serious to say in %s', async (theme) => {
    const { page, complaints, close } = await openPage(browser, { api, theme });
    try {
      await page.goto(`${api.url}/app/ops`);
      await page.locator('z-server-channels tbody tr').first().waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});

/**
 * Pictures of each page for a person to look at: `node apps/web/e2e/screens.ts [origin]` with the built API and portal.
 * Saved under `apps/web/e2e/screens/`, which is not committed.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ApiProcess } from './harness/api-process.ts';
import { openBrowser, openPage } from './harness/browser.ts';
import type { Theme } from './harness/browser.ts';

const PAGES = {
  markets: 'markets',
  symbol: 'symbols/AAPL',
  'symbol-macd': 'symbols/AAPL?tf=1m&ind=bb,rsi,macd',
  table: 'symbols/AAPL?view=table',
  missing: 'no/such/page',
};
const SIZES = { desk: [1440, 900], phone: [390, 844] } as const;
const THEMES: readonly Theme[] = ['dark', 'light'];

const folder = fileURLToPath(new URL('./screens/', import.meta.url));
mkdirSync(folder, { recursive: true });
const [, , given, only] = process.argv;
const api = given ? null : await ApiProcess.start();
const origin = given ?? api?.url;
const browser = await openBrowser();
try {
  for (const theme of THEMES) {
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      for (const [name, path] of Object.entries(PAGES)) {
        if (only && !`${name}-${theme}-${size}`.includes(only)) continue;
        const { page, complaints, close } = await openPage(browser, { theme, width, height });
        await page.goto(`${origin}/app/${path}`);
        await page.locator('main h1').waitFor();
        await page.waitForTimeout(4000); // a person wants to see the page at work, not loading
        await page.screenshot({ path: `${folder}${name}-${theme}-${size}.png` });
        for (const complaint of complaints) console.log(`${name} ${theme} ${size}: ${complaint}`);
        await close();
      }
    }
  }
} finally {
  await browser.close();
  await api?.stop();
}

/**
 * Pictures of each page for a person to look at: `node apps/web/e2e/screens.ts [origin]` with the built API and portal.
 * Saved under `apps/web/e2e/screens/`, which is not committed.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ApiProcess } from './harness/api-process.ts';
import { openBrowser, openPage } from './harness/browser.ts';
import type { Theme } from './harness/browser.ts';

/** Where to go, and what to press there before the picture. */
const PAGES: Readonly<Record<string, string | { readonly path: string; readonly press: readonly string[] }>> = {
  markets: 'markets',
  'markets-heatmap': 'markets?view=heatmap',
  'markets-heattable': 'markets?view=heatmap&as=table',
  'markets-movers': 'markets?view=movers',
  'markets-unusual': 'markets?view=movers&rank=unusual',
  'markets-editor': { path: 'markets', press: ['Watchlists', 'New list'] },
  'markets-columns': { path: 'markets', press: ['Columns'] },
  sources: 'ops?tab=sources',
  about: 'about',
  symbol: 'symbols/AAPL',
  'symbol-panes': 'symbols/AAPL?tf=1d&ind=bollinger(20,2),ichimoku(9,26,52),rsi(14),macd(12,26,9),obv',
  'symbol-split': 'symbols/AAPL?tf=1d&ind=sma(20),atr(14)&view=split&adj=total',
  'symbol-picker': { path: 'symbols/AAPL', press: ['Indicators', 'Edit RSI 14'] },
  'symbol-range': { path: 'symbols/AAPL?tf=1d&from=2020-01-01&to=2025-07-01', press: ['expected'] },
  'symbol-ignored': 'symbols/AAPL?tf=1h&ind=sma(0),nonsense(3)&view=table',
  table: 'symbols/AAPL?view=table',
  streams: 'ops?tab=streams',
  missing: 'no/such/page',
};
const SIZES = { desk: [1440, 900], phone: [390, 844] } as const;
const THEMES: readonly Theme[] = ['dark', 'light'];

const folder = fileURLToPath(new URL('./screens/', import.meta.url));
mkdirSync(folder, { recursive: true });
const [, , given, only] = process.argv;
const api = given ? null : await ApiProcess.start();
const origin = given || api?.url;
const browser = await openBrowser();
try {
  for (const theme of THEMES) {
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      for (const [name, place] of Object.entries(PAGES)) {
        if (only && !`${name}-${theme}-${size}`.includes(only)) continue;
        const { page, complaints, close } = await openPage(browser, { ...(api ? { api } : {}), theme, width, height });
        const { path, press } = typeof place === 'string' ? { path: place, press: [] } : place;
        await page.goto(`${origin}/app/${path}`);
        await page.locator('main h1').waitFor();
        await page.waitForTimeout(4000); // a person wants to see the page at work, not loading
        for (const label of press)
          await page
            .locator('button:visible', { hasText: label })
            .or(page.getByRole('button', { name: label }))
            .first()
            .click();
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

/**
 * Pictures of each page for a person to look at: `node apps/web/e2e/screens.ts [origin] [pattern of names]`, with the built API
 * and portal.
 * Saved under `apps/web/e2e/screens/`, which is not committed.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ApiProcess } from './harness/api-process.ts';
import { openBrowser, openPage } from './harness/browser.ts';
import type { Theme } from './harness/browser.ts';
import type { Route } from 'playwright-core';

/** Where to go, as whom, and what to press there before the picture. */
interface Place {
  readonly path: string;
  readonly press?: readonly string[];
  /** Nobody is signed in. */
  readonly stranger?: boolean;
  /** The page is told that nobody has set the installation up. */
  readonly fresh?: boolean;
  /** What becomes of questions about the market. */
  readonly market?: 'fails' | 'waits';
  /** The network goes once the page is at work. */
  readonly offline?: boolean;
}
const TOKEN = 'x'.repeat(40);
const PAGES: Readonly<Record<string, string | Place>> = {
  'sign-in': { path: 'sign-in', stranger: true },
  'sign-in-refused': { path: 'sign-in', press: ['Sign in'], stranger: true },
  'sign-in-setup': { path: 'sign-in', stranger: true, fresh: true },
  setup: { path: `setup#token=${TOKEN}`, stranger: true, fresh: true },
  'setup-faults': { path: `setup#token=${TOKEN}`, press: ['Create and sign in'], stranger: true, fresh: true },
  welcome: { path: `welcome#token=${TOKEN}`, stranger: true },
  'user-menu': { path: 'markets', press: ['You'] },
  locked: { path: 'markets', press: ['You', 'Lock'] },
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
  'symbol-weeks': 'symbols/AAPL?tf=1w&ind=sma(20),rsi(14)&view=split',
  'symbol-split': 'symbols/AAPL?tf=1d&ind=sma(20),atr(14)&view=split&adj=total',
  'symbol-picker': { path: 'symbols/AAPL', press: ['Indicators', 'Edit RSI 14'] },
  'symbol-range': { path: 'symbols/AAPL?tf=1d&from=2020-01-01&to=2025-07-01', press: ['expected'] },
  'symbol-ignored': 'symbols/AAPL?tf=1h&ind=sma(0),nonsense(3)&view=table',
  table: 'symbols/AAPL?view=table',
  streams: 'ops?tab=streams',
  'settings-profile': 'settings/profile',
  'settings-security': 'settings/security',
  'settings-factor': { path: 'settings/security', press: ['Turn on'] },
  'settings-sessions': 'settings/sessions',
  'settings-keys': 'settings/api-keys',
  'settings-key': { path: 'settings/api-keys', press: ['New key'] },
  'settings-appearance': 'settings/appearance',
  'admin-members': 'admin/members',
  'admin-invite': { path: 'admin/members', press: ['Invite a person'] },
  'admin-organisation': 'admin/organisation',
  'admin-audit': { path: 'admin/audit', press: ['Check the chain'] },
  'admin-entry': { path: 'admin/audit?action=key.', press: ['API key made'] },
  missing: 'no/such/page',
  'markets-failed': { path: 'markets', market: 'fails' },
  'markets-loading': { path: 'markets', market: 'waits' },
  'markets-gone': 'markets?list=wl_nosuchlist00',
  'markets-offline': { path: 'markets', offline: true },
  'symbol-failed': { path: 'symbols/AAPL', market: 'fails' },
  'symbol-loading': { path: 'symbols/AAPL', market: 'waits' },
  'symbol-unknown': 'symbols/NOSUCH',
  'symbol-offline': { path: 'symbols/AAPL', offline: true },
  'sources-failed': { path: 'ops?tab=sources', market: 'fails' },
  palette: { path: 'markets', press: ['Search symbols'] },
  'stream-panel': { path: 'markets', press: ['Live'] },
};
const SIZES = { desk: [1440, 900], phone: [390, 844] } as const;
const THEMES: readonly Theme[] = ['dark', 'light'];

/** The configuration of an installation that nobody has set up. */
async function asFresh(route: Route): Promise<void> {
  const config = (await (await route.fetch()).json()) as { signIn: object };
  await route.fulfill({ json: { ...config, signIn: { ...config.signIn, setupOpen: true } } });
}

const folder = fileURLToPath(new URL('./screens/', import.meta.url));
mkdirSync(folder, { recursive: true });
const [, , given, only] = process.argv;
const api = given ? null : await ApiProcess.start();
if (api) await people(api);
const origin = given || api?.url;
const browser = await openBrowser();
try {
  for (const theme of THEMES) {
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      for (const [name, place] of Object.entries(PAGES)) {
        if (only && !new RegExp(only).test(`${name}-${theme}-${size}`)) continue;
        const {
          path,
          press = [],
          stranger = false,
          fresh = false,
          market,
          offline = false,
        }: Place = typeof place === 'string' ? { path: place } : place;
        const as = api && !stranger ? { api } : {};
        const { page, context, complaints, close } = await openPage(browser, { ...as, theme, width, height });
        if (fresh) await page.route('**/app/config.json', (route) => asFresh(route));
        if (market === 'fails') await page.route('**/market/**', (route) => route.fulfill({ status: 500, json: {} }));
        if (market === 'waits') await page.route('**/market/**', () => undefined);
        await page.goto(`${origin}/app/${path}`);
        await page.locator('main h1').waitFor();
        await page.waitForTimeout(4000); // a person wants to see the page at work, not loading
        await context.setOffline(offline);
        if (offline) await page.waitForTimeout(2000);
        for (const label of press)
          await page
            .locator('button:visible', { hasText: label })
            .or(page.getByRole('button', { name: label }))
            .first()
            .click();
        if (press.length > 0) await page.waitForTimeout(500);
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

/** Somebody to be seen in the pages about people. */
async function people(to: ApiProcess): Promise<void> {
  const send = async (path: string, body: object): Promise<void> => {
    const answer = await to.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} is ${answer.status}: ${await answer.text()}`);
  };
  await send('/users', { email: 'grace@example.com', role: 'trader', displayName: 'Grace Hopper' });
  await send('/users', { email: 'a.very.long.address.of.somebody@subsidiary.example.com', role: 'viewer' });
  await send('/api-keys', { name: 'Dashboard', scopes: ['read'], expiresInDays: 90 });
  await send('/api-keys', {
    name: 'Rebalancer',
    scopes: ['read', 'trade'],
    expiresInDays: 9,
    allowFrom: ['10.0.0.0/8'],
  });
}

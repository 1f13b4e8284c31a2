import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { ApiProcess, Session } from './api-process.ts';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium named by `CHROME_PATH`, the system's, or the one that the package `@sparticuz/chromium` carries. */
async function executable(): Promise<string> {
  const named = [
    process.env['CHROME_PATH'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  for (const path of named) if (path && existsSync(path)) return path;
  const { default: carried } = await import('@sparticuz/chromium');
  return carried.executablePath();
}

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await executable(), args: ARGS });
}

export type Theme = 'dark' | 'light';

/** A page that remembers everything that went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors and warnings, uncaught rejections, failed requests and answers of 400 and above so far. */
  readonly complaints: readonly string[];
  /** From now on complaints that match are expected; empty to expect none. */
  allow(...patterns: RegExp[]): void;
  close(): Promise<void>;
}

/** A browser of its own. With `api` somebody is signed in there: the administrator, or whose `session` is given. */
export async function openPage(
  browser: Browser,
  options: { theme?: Theme; width?: number; height?: number; api?: ApiProcess; session?: Session } = {},
): Promise<WatchedPage> {
  const { theme = 'dark', width = 1440, height = 900, api } = options;
  const session = options.session ?? (await api?.signIn());
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'no-preference',
    timezoneId: 'Europe/Berlin',
    locale: 'en-US',
  });
  if (session !== undefined) await context.addCookies([...session.cookies]);
  await context.addInitScript(`localStorage.setItem('ziggy.prefs', ${JSON.stringify(JSON.stringify({ theme }))})`);
  const page = await context.newPage();
  const complaints: string[] = [];
  let allowed: RegExp[] = [];
  const complain = (text: string): void => {
    if (!allowed.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complain(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complain(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // The page itself gives up requests that it no longer needs.
    if (reason !== 'net::ERR_ABORTED') complain(`request failed: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complain(`answer ${response.status()}: ${response.url()}`);
  });
  return {
    page,
    context,
    complaints,
    allow: (...patterns) => {
      allowed = patterns;
    },
    close: async () => {
      // An answer that a test still changes has nobody to go to any more.
      await Promise.all(context.pages().map((each) => each.unrouteAll({ behavior: 'ignoreErrors' })));
      await context.close();
    },
  };
}

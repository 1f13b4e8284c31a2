import { beforeEach, describe, expect, it } from '@jest/globals';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import type { Theme } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { api, page, watched, useBrowser, usePage, open, live, textOf, browser } from './harness/scene.ts';

useBrowser();
usePage();

/** For pages that need no stream: what is shown has been received. */
const received = (target = page) =>
  eventually(async () => {
    expect(await target.locator('main h1').count()).toBe(1);
    expect(await target.locator('main z-skeleton').count()).toBe(0);
  }, 30_000);
const shows = (selector: string, words: string | RegExp, target = page) =>
  eventually(async () => expect(await target.locator(selector).first().innerText()).toMatch(words), 20_000);

const gridSymbols = (): Promise<string[]> =>
  page
    .locator('z-quote-grid [row-id]')
    .evaluateAll((rows) => [...new Set(rows.map((row) => row.getAttribute('row-id') ?? ''))]);

interface Stored {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly sections: { readonly title: string; readonly symbols: string[] }[];
}
const lists = async (): Promise<Stored[]> =>
  ((await (await api.fetch('/market/watchlists')).json()) as { items: Stored[] }).items;
async function send(method: string, path: string, body?: unknown): Promise<Stored> {
  const answer = await api.fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect([method, path, answer.ok]).toEqual([method, path, true]);
  return (answer.status === 204 ? null : await answer.json()) as Stored;
}
async function noLists(): Promise<void> {
  for (const { id, version } of await lists()) await send('DELETE', `/market/watchlists/${id}?version=${version}`);
}
const menu = async (name: string, item: string): Promise<void> => {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
};

describe('views', () => {
  it('are in the address; another view is a step that Back undoes', async () => {
    await open('markets');
    await live();
    await page.getByRole('radio', { name: 'Heatmap' }).click();
    await page.waitForURL('**/markets?view=heatmap');
    await eventually(async () => expect(await page.locator('z-treemap canvas').count()).toBe(1));
    expect(await page.locator('z-treemap [role="img"]').getAttribute('aria-label')).toMatch(/11 groups; the best is/);
    await page.getByRole('radio', { name: 'Table' }).click();
    await page.waitForURL('**/markets?view=heatmap&as=table');
    await shows('z-heatmap-view tbody', 'Technology');
    await page.getByRole('radio', { name: 'Movers' }).click();
    await page.waitForURL('**view=movers**');
    await eventually(async () => expect(await page.locator('z-movers-view tbody tr').count()).toBeGreaterThan(3));
    await shows('z-movers-view .about', /\d+\s+of\s+36\s+counted/);
    await page.goBack();
    await page.waitForURL('**view=heatmap**');
  });

  it.each([
    ['gainers', 'Change'],
    ['losers', 'Change'],
    ['active', 'Volume'],
    ['unusual', 'Times usual'],
    ['gaps', 'Gap'],
  ])('rank %s as the server does', async (rank, column) => {
    await open(`markets?view=movers&rank=${rank}`);
    await shows('z-movers-view thead, z-movers-view z-empty', new RegExp(`${column}|Nothing is ranked`));
  });

  it('keep the chosen columns in the address, chosen by keys alone', async () => {
    await open('markets');
    await live();
    await page.getByRole('button', { name: 'Columns' }).focus();
    await page.keyboard.press('Enter');
    const bid = page.getByRole('checkbox', { name: 'Bid' });
    await bid.focus();
    await page.keyboard.press('Space');
    await page.waitForURL(/cols=symbol,name,price,changePct,spark,ask/);
    await page.getByRole('button', { name: 'Move Last to the left' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/cols=symbol,price,name/);
    await page.keyboard.press('Escape');
    await page.reload();
    await eventually(async () =>
      expect(await page.locator('z-quote-grid .ag-header-cell').allInnerTexts()).toEqual(
        expect.arrayContaining(['Symbol', 'Last', 'Name', 'Ask']),
      ),
    );
    expect(await page.locator('z-quote-grid [col-id="bid"]').count()).toBe(0);
  });

  it('say what they ignored in the address', async () => {
    await open('markets?view=pie&cols=nonsense&who=me');
    await shows('.notice', /who, view, cols|Ignored/);
  });
});

describe('tiles without an answer', () => {
  it('say that nothing came, then why it failed, and never that nothing moved', async () => {
    watched.allow(/overview|breadth|500/);
    let failing = false;
    await page.route(/\/market\/(overview|breadth)/, async (route) => {
      if (!failing) await eventually(() => expect(failing).toBe(true), 30_000);
      await route.fulfill({ status: 500, json: {} });
    });
    await open('markets');
    for (const tile of ['z-movers-tile', 'z-breadth-tile']) {
      await shows(tile, 'Not received yet');
      expect(await textOf(tile)).not.toMatch(/None|\d/);
      expect(await page.locator(`${tile} z-freshness`).getAttribute('data-state')).toBe('loading');
    }
    failing = true;
    for (const tile of ['z-movers-tile', 'z-breadth-tile']) {
      await shows(tile, 'The server answered 500');
      expect(await textOf(tile)).not.toContain('None');
      expect(await page.locator(`${tile} z-freshness`).getAttribute('data-state')).toBe('error');
    }
  });
});

describe('watchlists', () => {
  beforeEach(noLists);

  it('are made, filled, ordered and deleted by keys alone', async () => {
    await open('markets');
    await live();
    await page.getByRole('button', { name: 'Watchlists' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'New list' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Name', { exact: true }).focus();
    await page.keyboard.type('Chips');
    for (const symbol of ['NVDA', 'AAPL']) {
      await page.getByRole('combobox', { name: 'Add a symbol' }).focus();
      await page.keyboard.type(symbol);
      await shows('[role="option"][aria-selected="true"]', symbol);
      await page.keyboard.press('Enter');
      await eventually(async () =>
        expect(await page.locator('z-section-list .item').allInnerTexts()).toContain(symbol),
      );
    }
    await page.locator('z-section-list .item').nth(1).focus();
    await page.keyboard.press('Alt+ArrowUp');
    await eventually(async () =>
      expect(await page.locator('z-section-list .item').allInnerTexts()).toEqual(['AAPL', 'NVDA']),
    );
    await eventually(async () => expect(await page.evaluate(`document.activeElement.textContent.trim()`)).toBe('AAPL'));
    await page.getByRole('button', { name: 'Save' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/list=wl_/);
    expect((await lists()).map(({ name, sections }) => ({ name, sections }))).toEqual([
      { name: 'Chips', sections: [{ title: '', symbols: ['AAPL', 'NVDA'] }] },
    ]);
    await eventually(async () => expect((await gridSymbols()).sort()).toEqual(['AAPL', 'NVDA']));
    await page.getByRole('button', { name: 'Watchlists' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Delete this list' }).focus();
    await page.keyboard.press('Enter');
    await shows('[role="dialog"]', /Delete Chips with\s+2\s+symbols/);
    await page.getByRole('button', { name: 'Delete', exact: true }).focus();
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await lists()).toEqual([]));
    await page.waitForURL(/markets$/);
  });

  it('lose nothing when two windows change one of them', async () => {
    const { id } = await send('POST', '/market/watchlists', {
      name: 'Both',
      sections: [{ title: 'A', symbols: ['AAPL', 'MSFT'] }],
    });
    await open(`markets?list=${id}`);
    await live();
    await shows('z-watchlist-bar', 'Both');
    await menu('Watchlists', 'Edit this list');
    await eventually(async () => expect(await page.locator('z-section-list .item').count()).toBe(2));
    await send('PUT', `/market/watchlists/${id}`, {
      name: 'Both',
      version: 1,
      sections: [{ title: 'A', symbols: ['AAPL', 'MSFT', 'NVDA'] }],
    });
    watched.allow(/409/);
    await page.getByRole('button', { name: 'Move MSFT up' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await eventually(async () =>
      expect((await lists())[0]?.sections).toEqual([{ title: 'A', symbols: ['MSFT', 'NVDA', 'AAPL'] }]),
    );
    watched.allow();
  });

  it('take the focused row by W, and are shown by section', async () => {
    const { id } = await send('POST', '/market/watchlists', {
      name: 'Mine',
      sections: [
        { title: 'Old', symbols: ['MSFT'] },
        { title: 'New', symbols: [] },
      ],
    });
    await open('markets');
    await live();
    await page.locator('z-quote-grid [row-id="AAPL"] [col-id="price"]').first().click();
    await page.keyboard.press('w');
    await shows('[role="dialog"]', 'Watchlists with AAPL');
    await page.getByRole('button', { name: 'Mine' }).click();
    await shows('[role="dialog"]', 'AAPL added to Mine');
    expect((await lists())[0]?.sections.at(-1)).toEqual({ title: 'New', symbols: ['AAPL'] });
    await page.keyboard.press('Escape');
    await open(`markets?list=${id}&section=New`);
    await live();
    await eventually(async () => expect(await gridSymbols()).toEqual(['AAPL']));
  });

  it('are imported after a dry run that names bad rows, and exported', async () => {
    await open('markets');
    await live();
    await menu('Watchlists', 'Import CSV');
    await page.locator('input[type="file"]').setInputFiles({
      name: 'mine.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        '\uFEFFlist;section;symbol\r\nWorld;US;aapl\r\nWorld;US;../x\r\nWorld;US;AAPL\r\nWorld;;^GSPC\r\n',
      ),
    });
    await shows('[role="dialog"]', /2\s+rows would be taken,\s+2\s+not/);
    await shows('.errors', /3\s+not a symbol[\s\S]*4\s+stands twice/);
    expect(await lists()).toEqual([]);
    await page.getByRole('button', { name: 'Import' }).click();
    await eventually(async () =>
      expect((await lists())[0]?.sections).toEqual([
        { title: 'US', symbols: ['AAPL'] },
        { title: '', symbols: ['^GSPC'] },
      ]),
    );
    const download = page.waitForEvent('download');
    await menu('Watchlists', 'Export CSV');
    expect((await download).suggestedFilename()).toMatch(/^ziggy_watchlists_\d{8}T\d{6}Z\.csv$/);
  });

  it('do not change what the universe is, and a list that is gone says so', async () => {
    await send('POST', '/market/watchlists', { name: 'One', sections: [{ title: '', symbols: ['AAPL'] }] });
    await open('markets');
    await live();
    await shows('z-markets-page .count', /50\s+symbols/);
    await open('markets?list=wl_doesnotexist');
    await shows('z-empty', 'This watchlist is not there');
  });
});

describe('the sources page', () => {
  it('says which market this is and why, its terms, and how each adapter does; and is read again while it is seen', async () => {
    const reads: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/market/sources')) reads.push(request.headers()['if-none-match']);
    });
    await open('ops?tab=sources');
    await shows('h1', 'Operations');
    const said = (await (await api.fetch('/market/sources')).json()) as {
      market: string;
      active: { reason: string; licenceNote: string };
    };
    await shows('z-sources-tab', said.market);
    expect(await page.locator('[data-field="sources.active.reason"]').innerText()).toBe(said.active.reason);
    expect(await page.locator('[data-field="sources.active.licenceNote"]').innerText()).toBe(said.active.licenceNote);
    await shows('.adapters tbody', /simulated\s+Works\s+Closed/);
    const before = reads.length;
    await eventually(() => expect(reads.length).toBeGreaterThan(before), 25_000);
    expect(reads.at(-1)).toMatch(/^"/);
    await page.getByRole('button', { name: /about this market/ }).click();
    await shows('z-environment-panel', said.active.licenceNote);
  });

  it('keeps what it knows and says so when it cannot be read, and shows the failure when it never could', async () => {
    await open('ops?tab=sources');
    await shows('z-sources-tab', 'Adapters');
    watched.allow(/sources|500/);
    await page.route('**/market/sources', (route) => route.fulfill({ status: 500, json: {} }));
    await shows('z-sources-tab .notice', /Not refreshed/);
    await open('ops?tab=sources');
    await shows('z-sources-tab z-error', 'http_500');
    await page.unroute('**/market/sources');
    await page.locator('z-sources-tab').getByRole('button', { name: 'Retry' }).click();
    await shows('z-sources-tab', 'Adapters');
    watched.allow();
  }, 60_000);
});

describe('for everyone', () => {
  it.each([
    ['markets?view=heatmap', 'dark'],
    ['markets?view=heatmap&as=table', 'light'],
    ['markets?view=movers', 'dark'],
    ['markets?view=movers', 'light'],
    ['ops?tab=sources', 'dark'],
    ['ops?tab=sources', 'light'],
    ['about', 'dark'],
    ['about', 'light'],
  ] as [string, Theme][])(
    'axe finds nothing serious on %s in %s, and nothing scrolls sideways at 320 px',
    async (path, theme) => {
      for (const width of [1440, 320]) {
        const other = await openPage(browser, { api, theme, width, height: width === 320 ? 640 : 900 });
        try {
          await open(path, other.page);
          await received(other.page);
          expect(await seriousFindings(other.page)).toEqual([]);
          expect(await other.page.evaluate(`document.documentElement.scrollWidth`)).toBeLessThanOrEqual(width);
          expect(other.complaints).toEqual([]);
        } finally {
          await other.close();
        }
      }
    },
  );

  it('axe finds nothing serious in the dialogs', async () => {
    await open('markets');
    await live();
    for (const item of ['New list', 'Import CSV']) {
      await menu('Watchlists', item);
      await eventually(async () => expect(await page.getByRole('dialog').count()).toBe(1));
      expect(await seriousFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Cancel' }).click();
    }
    await page.getByRole('button', { name: 'Columns' }).click();
    await eventually(async () => expect(await page.getByRole('dialog').count()).toBe(1));
    expect(await seriousFindings(page)).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { seriousFindings } from './harness/axe.ts';
import { openPage } from './harness/browser.ts';
import { eventually } from './harness/eventually.ts';
import { Received, inventedFigures, shownFigures, strayDigits, withPricesScaled } from './harness/invented.ts';
import { page, useBrowser, usePage, open, textOf, api, browser } from './harness/scene.ts';

useBrowser();
usePage();

const focused = (): Promise<string> =>
  page.evaluate<string>(`document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText`);
/** The chart is there with everything that REST says of it. */
async function drawn(): Promise<void> {
  await eventually(async () =>
    expect(await page.locator('z-candle-legend, z-candle-table').count()).toBeGreaterThan(0),
  );
  await eventually(async () =>
    expect(await page.locator('[data-field="bars.coverage.present"]').count()).toBeGreaterThan(0),
  );
}
/** Tabs until the focused element says so. */
async function tabTo(words: string | RegExp): Promise<void> {
  for (let i = 0; i < 120; i++) {
    if (new RegExp(words).test(await focused())) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by Tab to ${words}`);
}

describe('indicators', () => {
  it('are found, added, changed and removed by keys alone; the address holds them and the server computes them', async () => {
    await open('symbols/AAPL');
    await drawn();
    await tabTo(/^Indicators/);
    await page.keyboard.press('Enter');
    await tabTo('Search indicators');
    await page.keyboard.type('true range');
    await eventually(async () => expect(await page.locator('button[data-add]').count()).toBe(2));
    const asked = page.waitForRequest((request) => decodeURIComponent(request.url()).includes('atr(14)'));
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^Average true range/);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/symbols/AAPL?ind=sma(20),rsi(14),atr(14)');
    await asked;
    await page.keyboard.press('Escape');
    expect(await focused()).toMatch(/^Indicators/);
    const value = '[data-field="bar.AAPL.5m.atr(14).value"] .z-fig-text';
    await eventually(async () => expect(await textOf(value)).toMatch(/^\d+\.\d\d$/));

    await page.keyboard.press('Enter');
    await tabTo('Edit ATR 14');
    await page.keyboard.press('Enter');
    await eventually(async () => {
      const there = `document.activeElement.matches('z-indicator-form input')`;
      if (!(await page.evaluate(there))) await page.keyboard.press('Tab');
      expect(await page.evaluate(there)).toBe(true);
    });
    await page.keyboard.press('Control+a');
    await page.keyboard.type('501');
    await eventually(async () => expect(await textOf('z-indicator-form small')).toBe('From 1 to 500.'));
    await page.keyboard.press('Enter');
    expect(page.url()).toContain('atr(14)');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('21');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/symbols/AAPL?ind=sma(20),rsi(14),atr(21)');
    expect(await seriousFindings(page)).toEqual([]);
    await tabTo('Remove RSI 14');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/symbols/AAPL?ind=sma(20),atr(21)');
    expect(await focused()).toBe('Search indicators');
  });

  it('of the address that cannot be are named and the others shown; warm-up is a gap', async () => {
    await open('symbols/AAPL?tf=1d&from=2020-01-01&to=2023-04-01&ind=sma(20),sma(0),nonsense(3)&view=table');
    await drawn();
    await eventually(async () => expect(await textOf('.notice')).toContain('sma(0): n: From 1 to 500.'));
    expect(await textOf('.notice')).toContain('nonsense(3): unknown');
    const cells = page.locator('tbody [data-field="bar.AAPL.1d.sma(20).value"]');
    await eventually(async () => expect(await cells.count()).toBeGreaterThan(15));
    // History begins with the range: the oldest nineteen have no mean, and say why.
    const oldest = cells.last();
    expect(await oldest.locator('.z-fig-text').innerText()).toBe('\u2014');
    expect(await oldest.getAttribute('title')).toBe('not enough history yet');
    expect(await textOf('z-chart-facts')).toContain('OUT_OF_HISTORY');
  });

  it('keep the value of the forming bar coming, also those that the stream does not carry', async () => {
    await open('symbols/AAPL?tf=1m&ind=stoch(14,3)');
    await drawn();
    const value = '[data-field="bar.AAPL.1m.stoch(14,3).k"] .z-fig-text';
    const before = await eventually(async () => {
      const shown = await textOf(value);
      expect(shown).toMatch(/^\d/);
      return shown;
    });
    await eventually(async () => {
      const shown = await textOf(value);
      expect(shown).toMatch(/^\d/);
      expect(shown).not.toBe(before);
    }, 75_000);
  });
});

describe('adjustment', () => {
  it('asks the server anew, marks splits and dividends, and lists them', async () => {
    const symbol = await symbolWithAction();
    await open(`symbols/${symbol}?tf=1d`);
    await drawn();
    await page.getByRole('button', { name: /splits? (or|and) dividends?/ }).click();
    await eventually(async () => expect(await textOf('[role="dialog"] td')).toMatch(/^\d{4}-\d\d-\d\d$/));
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    for (const [label, adjust, url] of [
      ['Raw', 'none', 'adj=raw'],
      ['Total', 'total', 'adj=total'],
    ] as const) {
      const asked = page.waitForResponse((response) => response.url().includes(`adjust=${adjust}`));
      await page.getByRole('radio', { name: label, exact: true }).click();
      expect((await asked).status()).toBe(200);
      expect(page.url()).toContain(url);
      await drawn();
    }
  });

  async function symbolWithAction(): Promise<string> {
    const overview = (await (await api.fetch('/market/overview')).json()) as { items: { symbol: string }[] };
    for (const { symbol } of overview.items) {
      const answer = await api.fetch(`/market/bars/${encodeURIComponent(symbol)}?interval=1d&limit=500`);
      const { actions } = (await answer.json()) as { actions: unknown[] };
      if (actions.length > 0) return encodeURIComponent(symbol);
    }
    throw new Error('no simulated symbol had an action in 500 days');
  }
});

describe('chart and table', () => {
  it('stand side by side, hold the same bars, and pass axe in both themes', async () => {
    for (const theme of ['dark', 'light'] as const) {
      const other = await openPage(browser, { api, theme });
      try {
        await other.page.goto(`${api.url}/app/symbols/AAPL?view=split&tf=1h`);
        await other.page.locator('z-candle-table tbody tr').first().waitFor();
        await other.page.locator('z-candles canvas').first().waitFor();
        expect(await seriousFindings(other.page)).toEqual([]);
        expect(other.complaints).toEqual([]);
      } finally {
        await other.close();
      }
    }
  });

  it('are saved as CSV with provenance, and the name says that they are simulated', async () => {
    await open('symbols/AAPL?tf=1d&ind=sma(20)');
    await drawn();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download bars as CSV' }).click();
    const download = await saving;
    expect(download.suggestedFilename()).toMatch(/^ziggy_symbol-AAPL-1d_SIMULATED_sim-1-\w+_\d{8}T\d{6}Z\.csv$/);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines[0]).toBe(
      'symbol,interval,adjust,openTime,closeTime,open,high,low,close,volume,state,flags,sma(20).value,reasons,source,kind,asOf,market',
    );
    expect(lines.length).toBeGreaterThan(400);
    expect(lines[1]).toMatch(/^AAPL,1d,splits,\d{4}-\d\d-\d\dT[\d:.]+Z,.*,simulated,simulated,.*,sim:1:\w+$/);
  });

  it('speak the bar under the keyboard crosshair with its time and the values of its indicators', async () => {
    await open('symbols/AAPL?tf=1d');
    await drawn();
    const plot = page.locator('z-candles .plot');
    expect(await plot.getAttribute('aria-label')).toMatch(/^AAPL, \d+ bars of 1d from .* last [\d.]+, (above|below)/);
    await page.locator('z-candles canvas').first().waitFor();
    await plot.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await eventually(async () =>
      expect(await textOf('z-candles [role="status"]')).toMatch(
        /^\w+ \d+, \d{4}: open [\d.]+, high [\d.]+, low [\d.]+, close [\d.]+, SMA 20 [\d.]+, RSI 14 [\d.]+\.$/,
      ),
    );
  });

  it('show the range of the address, tell what is wrong with a new one, and go back to the newest', async () => {
    await open('symbols/AAPL?tf=1d&from=2025-01-06&to=2025-03-01&view=table');
    await drawn();
    expect(await textOf('tbody th')).toBe('Feb 28, 2025');
    await page.getByRole('button', { name: 'from 2025-01-06 to 2025-03-01' }).click();
    await page.getByLabel('Up to, not including').fill('2024-12-01');
    await eventually(async () => expect(await textOf('#z-range-fault')).toBe('The end must be after the beginning.'));
    await page.getByRole('button', { name: 'Newest bars' }).click();
    await page.waitForURL('**/symbols/AAPL?tf=1d&view=table');
    await eventually(async () => expect(await textOf('tbody th')).toMatch(/2026$/));
  });
});

describe('no invented number', () => {
  it('every figure of the table is a received field, formatted; badge and watermark are of the received kind', async () => {
    const bodies: {
      items: { openTime: string; open: number; high: number; low: number; close: number }[];
      kind: string;
    }[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/market/bars/'))
        void response
          .json()
          .then((body) => bodies.push(body as (typeof bodies)[number]))
          .catch(() => undefined);
    });
    await open('symbols/AAPL?tf=1d&to=2026-02-01&view=table&ind=none');
    await drawn();
    await eventually(() => expect(bodies.length).toBeGreaterThan(0));
    const received = new Set(
      bodies.flatMap(({ items }) =>
        items.map(({ open: first, high, low, close }) => [first, high, low, close].map((v) => v.toFixed(2)).join(' ')),
      ),
    );
    const rows = await page
      .locator('z-candle-table tbody tr')
      .evaluateAll((elements) =>
        elements.map((row) =>
          ['open', 'high', 'low', 'close']
            .map((name) => row.querySelector(`[data-field$=".${name}"] .z-fig-text`)?.textContent?.trim() ?? '')
            .join(' '),
        ),
      );
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter((row) => !received.has(row))).toEqual([]);
    expect(await page.locator('z-watermark').first().getAttribute('data-word')).toBe(bodies[0]?.kind);
    expect(await page.locator('[data-field="bars.freshness"]').getAttribute('data-state')).toBe(bodies[0]?.kind);
  });

  it('every figure of the facts was said of this symbol under this name', async () => {
    const told = new Received(page);
    await open('symbols/AAPL?tf=1d&ind=none');
    await drawn();
    for (const part of ['z-symbol-header', 'z-quote-tile', 'z-brain-tile'])
      await eventually(async () => {
        expect((await shownFigures(page, part)).filter(({ text }) => text !== '\u2014').length).toBeGreaterThan(2);
        expect(told.pending).toBe(0);
        expect(await inventedFigures(page, told, [], part)).toEqual([]);
      });
  });

  it('with all prices scaled every price moves by the factor and everything else stays', async () => {
    await page.routeWebSocket(/\/ws\//, () => undefined);
    let factor = 1;
    const kept = new Map<string, unknown>();
    await page.route(/\/market\/(quotes|bars)/, async (route) => {
      const url = route.request().url();
      const headers = { authorization: route.request().headers()['authorization'] ?? '' };
      if (!kept.has(url)) kept.set(url, await (await route.fetch({ headers })).json());
      await route.fulfill({ json: withPricesScaled(kept.get(url), factor) });
    });
    const read = async (): Promise<Map<string, { price: boolean; value: number }>> => {
      await open('symbols/AAPL?tf=1d&to=2026-02-01&view=table&ind=none');
      await drawn();
      return eventually(async () => {
        const parts = ['z-symbol-header', 'z-quote-tile', 'z-candle-table'].map((part) => shownFigures(page, part));
        const figures = (await Promise.all(parts)).flat();
        expect(
          figures.filter(({ field, text }) => field.startsWith('quote.') && text !== '\u2014').length,
        ).toBeGreaterThan(8);
        return new Map(
          figures.map(({ field, format, text }) => [
            field,
            { price: /^(price|number)/.test(format), value: Number(text.replace(/[^\d.]/g, '')) },
          ]),
        );
      });
    };
    const before = await read();
    factor = 1.37;
    const after = await read();
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [field, { price, value }] of before) {
      const off = Math.abs((after.get(field)?.value ?? Infinity) - (price ? value * factor : value));
      expect([field, off <= (price ? 0.02 : 0)]).toEqual([field, true]);
    }
  });

  it('no digit of the page stands outside a figure, a name or an address', async () => {
    await open('symbols/AAPL?view=split&ind=sma(20),macd(12,26,9)');
    await drawn();
    const named = '[role="radio"], .name, thead th, .z-sr, .credit, z-freshness, dt, caption';
    expect(await strayDigits(page, named)).toEqual([]);
    expect(await page.locator('main').innerText()).not.toMatch(/NaN|undefined|Infinity|\[object|null/);
  });

  it('with every value null the facts are dashes and no figure', async () => {
    const nothing = (body: unknown): unknown =>
      JSON.parse(JSON.stringify(body), (key, value: unknown) =>
        typeof value === 'number' && !['v', 'ageMs'].includes(key) ? null : value,
      );
    await page.routeWebSocket(/\/ws\/market/, () => undefined);
    await page.route('**/market/quotes**', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: nothing(await answer.json()) });
    });
    await open('symbols/AAPL?tf=1d');
    await eventually(async () => expect(await textOf('h1')).toBe('AAPL'));
    await eventually(async () =>
      expect(await page.locator('z-quote-tile [data-missing], z-brain-tile [data-missing]').count()).toBeGreaterThan(
        10,
      ),
    );
    const figures = await page
      .locator('z-symbol-header .z-fig-text, z-quote-tile .z-fig-text, z-brain-tile .z-fig-text')
      .allInnerTexts();
    expect(figures.filter((figure) => figure !== '\u2014')).toEqual([]);
  });
});

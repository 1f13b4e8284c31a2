import { describe, expect, it } from '@jest/globals';
import type { Route } from 'playwright-core';
import { eventually } from './harness/eventually.ts';
import {
  Received,
  inventedFigures,
  shownFigures,
  strayDigits,
  withPricesScaled,
  withoutNumbers,
} from './harness/invented.ts';
import { open, page, useBrowser, usePage } from './harness/scene.ts';

useBrowser();
usePage();

/** The headers without which an answer would not come; above all no `If-None-Match`. */
const authorised = (route: Route) => ({ authorization: route.request().headers()['authorization'] ?? '' });

describe('no invented number', () => {
  /** Counts, which an answer about breadth cannot be without. */
  const COUNTED = /\.(advancers|decliners|unchanged|used|count)$/;
  const OWN = [/^overview\.count$/, /^heatmap\.shown$/];
  const NAMED =
    '[role="radio"], z-freshness, .name, thead th, .z-sr, .ag-header-cell, .z-grid-name, dt, [row-id] [col-id="name"], .z-badge';

  it.each(['markets', 'markets?view=heatmap&as=table', 'markets?view=movers', 'markets?view=movers&rank=active'])(
    'every figure of %s is a received one, formatted',
    async (path) => {
      const told = new Received(page);
      await open(path);
      await eventually(async () => expect((await shownFigures(page)).length).toBeGreaterThan(20));
      await eventually(async () => {
        expect(told.pending).toBe(0);
        expect(await inventedFigures(page, told, OWN)).toEqual([]);
      });
      expect(await strayDigits(page, NAMED)).toEqual([]);
      expect([...told.kinds]).toEqual(['simulated']);
      expect(await page.locator('z-breadth-tile z-freshness').getAttribute('data-state')).toBe('simulated');
      expect(await page.locator('main').innerText()).not.toMatch(/NaN|undefined|Infinity|\[object/);
    },
  );

  it('with every value null there are dashes and no figure', async () => {
    await page.routeWebSocket(/\/ws\//, () => undefined);
    await page.route(/\/market\/(overview|breadth|quotes)/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: withoutNumbers(await answer.json()) });
    });
    await open('markets');
    await eventually(async () => expect((await shownFigures(page, 'z-quote-grid')).length).toBeGreaterThan(20));
    const figures = await shownFigures(page, 'z-quote-grid');
    expect(figures.filter(({ text }) => text !== '\u2014')).toEqual([]);
    expect(await page.locator('z-quote-grid svg.z-spark path[d^="M"]').count()).toBe(0);
    expect(await page.locator('main').innerText()).not.toMatch(/NaN|undefined|Infinity|\[object|\bnull\b/);
  });

  it.each([
    ['markets?view=heatmap&as=table', 'z-heatmap-view table'],
    ['markets?view=movers', 'z-breadth-tile'],
  ])('with every value null %s shows dashes and no figure', async (path, part) => {
    await page.routeWebSocket(/\/ws\//, () => undefined);
    await page.route(/\/market\/(overview|breadth|quotes)/, async (route) => {
      const answer = await route.fetch({ headers: authorised(route) });
      await route.fulfill({ response: answer, json: withoutNumbers(await answer.json()) });
    });
    await open(path);
    const figures = await eventually(async () => {
      const shown = await shownFigures(page, part);
      expect(shown.filter(({ text }) => text === '\u2014').length).toBeGreaterThan(7);
      return shown;
    });
    expect(figures.filter(({ field, text }) => text !== '\u2014' && !COUNTED.test(field))).toEqual([]);
    expect(await page.locator(part).innerText()).not.toMatch(/NaN|undefined|Infinity|\[object|\bnull\b/);
  });

  it('with all prices scaled every price moves by the factor and every percentage stays', async () => {
    await page.routeWebSocket(/\/ws\//, () => undefined);
    let factor = 1;
    const kept = new Map<string, unknown>();
    await page.route(/\/market\/(overview|quotes)/, async (route) => {
      const url = route.request().url();
      if (!kept.has(url)) kept.set(url, await (await route.fetch({ headers: authorised(route) })).json());
      await route.fulfill({ json: withPricesScaled(kept.get(url), factor) });
    });
    const read = async (): Promise<Map<string, number>> => {
      await open('markets?cols=symbol,price,changePct');
      return eventually(async () => {
        const figures = await shownFigures(page, 'z-quote-grid');
        expect(figures.length).toBeGreaterThan(40);
        return new Map(
          figures.map(({ field, text }) => [field, Number(text.replace(/[,%+]/g, '').replace('\u2212', '-'))]),
        );
      });
    };
    const before = await read();
    factor = 1.37;
    const after = await read();
    for (const [field, value] of before) {
      const expected = field.endsWith('.price') ? value * factor : value;
      expect([
        field,
        Math.abs((after.get(field) as number) - expected) <= Math.max(0.02, Math.abs(expected) * 1e-3),
      ]).toEqual([field, true]);
    }
  });
});

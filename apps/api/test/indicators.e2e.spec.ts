import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer, indicatorsAnswer } from '@ziggy/contracts';
import type { BarsAnswer, IndicatorEntry, IndicatorsAnswer } from '@ziggy/contracts';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';

let app: TestApp;
let catalogue: IndicatorsAnswer;
beforeAll(async () => {
  app = await startApp();
  catalogue = indicatorsAnswer.parse((await app.get('/market/indicators')).json());
});
afterAll(() => app.close());

const written = ({ name, params }: IndicatorEntry): string =>
  params.length === 0 ? name : `${name}(${params.map((param) => param.default).join(',')})`;
async function bars(ids: readonly string[]): Promise<BarsAnswer> {
  const text = encodeURIComponent(ids.join(','));
  const answer = await app.get(`/market/bars/AAPL?interval=5m&limit=100&indicators=${text}`);
  expect(answer.status).toBe(200);
  return barsAnswer.parse(answer.json());
}

describe('GET /market/indicators', () => {
  it('lists at least twenty with bounds, outputs, pane, warm-up and formula', () => {
    expect(catalogue.items.length).toBeGreaterThanOrEqual(20);
    expect(new Set(catalogue.items.map(({ name }) => name)).size).toBe(catalogue.items.length);
    for (const { params, outputs, definition, warmUpBars } of catalogue.items) {
      expect(outputs.length).toBeGreaterThan(0);
      expect(definition.length).toBeGreaterThan(10);
      expect(warmUpBars).toBeGreaterThanOrEqual(0);
      for (const param of params) {
        expect(param.default).toBeGreaterThanOrEqual(param.min);
        expect(param.default).toBeLessThanOrEqual(param.max);
      }
    }
    expect(catalogue.items.find(({ name }) => name === 'macd')?.order).toEqual({
      lower: 'fast',
      upper: 'slow',
      equal: false,
    });
  });

  it('lists what /market/bars computes: each one answers with its outputs, warm from the first bar', async () => {
    for (let from = 0; from < catalogue.items.length; from += 10) {
      const asked = catalogue.items.slice(from, from + 10);
      const page = await bars(asked.map(written));
      for (const entry of asked) {
        const values = page.indicators[written(entry)];
        expect([entry.name, Object.keys(values ?? {})]).toEqual([entry.name, entry.outputs.map(({ name }) => name)]);
        for (const { name } of entry.outputs) {
          const column = values?.[name] ?? [];
          expect(column).toHaveLength(page.items.length);
          expect([entry.name, name, column.filter((value) => value === null).length]).toEqual([entry.name, name, 0]);
        }
      }
    }
  });

  it('starts the volume-weighted price anew with the session', async () => {
    const page = await bars(['vwap']);
    const value = page.indicators['vwap']?.['value'] ?? [];
    const first = page.items.findIndex(
      ({ openTime }, i) => i > 0 && openTime.slice(0, 10) !== page.items[i - 1]?.openTime.slice(0, 10),
    );
    const opening = page.items[first];
    if (opening === undefined) throw new Error('the page holds no opening bar');
    expect(value[first]).toBeCloseTo((opening.high + opening.low + opening.close) / 3, 3);
  });
});

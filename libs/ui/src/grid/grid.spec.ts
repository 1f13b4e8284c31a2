import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { missingLast, quoteColumns, QUOTE_COLUMNS } from './columns.ts';
import { LiveSort } from './live-sort.ts';
import { rowFreshness } from './quote-row.ts';
import type { QuoteRow } from './quote-row.ts';
import { FreshnessRenderer, SparkRenderer, figureRenderer } from './renderers.ts';
import { formatPercent, formatPrice } from '../format/numbers.ts';

const row = (over: Partial<QuoteRow> = {}): QuoteRow => ({
  symbol: 'AAPL',
  name: 'Apple Inc.',
  decimals: 2,
  price: 187.32,
  change: 1,
  changePct: 0.5,
  bid: null,
  ask: null,
  volume: null,
  kind: 'live',
  stale: false,
  asOf: 1_000,
  regime: null,
  regimeConfidence: null,
  volatility: null,
  z20: null,
  relativeVolume: null,
  why: 'warm_up',
  spark: null,
  ...over,
});
type Init = Parameters<NonNullable<FreshnessRenderer['init']>>[0];
const params = (data: QuoteRow): Init => ({ data, context: { now: () => 1_400 } }) as unknown as Init;

describe('columns', () => {
  it('has one definition per id', () => {
    expect(quoteColumns().map(({ colId }) => colId)).toEqual([...QUOTE_COLUMNS]);
  });

  it('puts missing figures last both ways', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer())), fc.boolean(), (values, descending) => {
        const sorted = [...values].sort((a, b) => missingLast(a, b, null, null, descending) * (descending ? -1 : 1));
        const known = sorted.filter((value) => value !== null);
        expect(sorted.slice(0, known.length)).toEqual(known);
        expect(known).toEqual([...known].sort((a, b) => (descending ? b - a : a - b)));
      }),
    );
  });
});

describe('renderers', () => {
  it('writes the figure, its proof and its direction, and a dash with the reason', () => {
    const Renderer = figureRenderer({
      field: 'changePct',
      format: 'percent:pct:2',
      read: (data) => formatPercent(data.changePct, 'pct', { decimals: 2, locale: 'en-US' }),
      toned: true,
      flashes: false,
    });
    const cell = new Renderer();
    cell.init?.(params(row()) as never);
    const element = cell.getGui();
    expect(element.textContent).toBe('up +0.50%');
    expect(element.dataset).toMatchObject({ field: 'quote.AAPL.changePct', format: 'percent:pct:2', tone: 'up' });
    cell.refresh(params(row({ changePct: null })) as never);
    expect(element.textContent).toBe('\u2014');
    expect(element.title).toBe('not enough history yet');
    cell.refresh(params(row({ changePct: -2, stale: true })) as never);
    expect(element.textContent).toBe('down \u22122.00%');
    expect(element.title).toBe('');
    expect(element.classList.contains('z-stale')).toBe(true);
  });

  it('touches no text when nothing changed', () => {
    const Renderer = figureRenderer({
      field: 'price',
      format: 'price',
      read: (data) => formatPrice(data.price, 2),
      toned: false,
      flashes: false,
    });
    const cell = new Renderer();
    cell.init?.(params(row()) as never);
    const node = cell.getGui().querySelector('.z-fig-text')?.firstChild;
    cell.refresh(params(row()) as never);
    expect(cell.getGui().querySelector('.z-fig-text')?.firstChild).toBe(node);
  });

  it('moves an age on without the row', () => {
    const cell = new FreshnessRenderer();
    cell.init(params(row()));
    expect(cell.getGui().textContent).toBe('live 0.4 s');
    cell.tick(43_000);
    expect(cell.getGui().textContent).toBe('live 42 s');
    cell.refresh(params(row({ stale: true })));
    expect(cell.getGui().dataset).toMatchObject({ state: 'stale', tone: 'warning' });
  });

  it('draws no curve without two points', () => {
    const cell = new SparkRenderer();
    cell.init(params(row({ spark: [5] })));
    expect(cell.getGui().querySelector('svg')?.style.display).toBe('none');
    cell.refresh(params(row({ spark: [5, 6] })));
    expect(cell.getGui().querySelector('path')?.getAttribute('d')).toMatch(/^M.*L/);
  });
});

describe('rowFreshness', () => {
  it('has no negative age and none without a value', () => {
    expect(rowFreshness(row({ asOf: 5_000 }), 1_000).ageMs).toBe(0);
    expect(rowFreshness(row({ asOf: null }), 1_000).ageMs).toBeNull();
  });
});

describe('LiveSort', () => {
  const world = () => {
    let now = 0;
    let pending: { run: () => void; at: number } | null = null;
    const sort = jest.fn();
    const live = new LiveSort(
      { now: () => now, set: (run, ms) => (pending = { run, at: now + ms }), clear: () => (pending = null) },
      sort,
    );
    const advance = (ms: number): void => {
      now += ms;
      const due = pending;
      if (due && due.at <= now) {
        pending = null;
        due.run();
      }
    };
    return { live, sort, advance };
  };

  it('sorts at most once a second', () => {
    const { live, sort, advance } = world();
    for (let step = 0; step < 40; step += 1) {
      live.changed();
      advance(100);
    }
    expect(sort.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect(sort.mock.calls.length).toBeLessThanOrEqual(5);
  });

  it('waits while the pointer or focus is on the rows and two seconds after both left', () => {
    const { live, sort, advance } = world();
    live.hold('pointer');
    live.hold('focus');
    live.changed();
    advance(10_000);
    live.release('pointer');
    advance(5_000);
    expect(sort).not.toHaveBeenCalled();
    live.release('focus');
    advance(1_900);
    expect(sort).not.toHaveBeenCalled();
    advance(100);
    expect(sort).toHaveBeenCalledTimes(1);
  });

  it('does nothing after stop', () => {
    const { live, sort, advance } = world();
    live.changed();
    live.stop();
    advance(10_000);
    expect(sort).not.toHaveBeenCalled();
  });
});

import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Component, signal, viewChild } from '@angular/core';
import type { Type } from '@angular/core';
import type { Kind } from '@ziggy/domain';
import { violations } from '../testing/axe.ts';
import { mount, press } from '../testing/mount.ts';
import type { ChartAction, ChartBar, IndicatorView } from './bars.ts';
import type { CandleHost as Host } from './candle-host.ts';
import type { Slot } from './candle-model.ts';
import type { PlotEvents } from './candle-plot.ts';

// jsdom has no canvas: the plot is replaced by a recorder, and what it draws is looked at in Chromium.
class RecordedPlot {
  static newest: RecordedPlot;
  readonly events: PlotEvents;
  readonly load = jest.fn<(slots: readonly Slot[]) => void>();
  readonly update = jest.fn<(slots: readonly Slot[], index: number, older: boolean) => void>();
  readonly setMarks = jest.fn<(marks: readonly { slot: Slot; text: string }[]) => void>();
  readonly setIndicators = jest.fn();
  readonly describe = jest.fn();
  readonly paint = jest.fn();
  readonly showNewest = jest.fn();
  readonly show = jest.fn();
  readonly pointAt = jest.fn();
  readonly clearPoint = jest.fn();
  readonly zoom = jest.fn();
  readonly remove = jest.fn();
  readonly view = jest.fn(() => ({ from: 1, to: 3 }));
  constructor(_element: HTMLElement, _palette: unknown, events: PlotEvents) {
    this.events = events;
    RecordedPlot.newest = this;
  }
}
jest.unstable_mockModule('./candle-plot.ts', () => ({ CandlePlot: RecordedPlot }));

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 4, 14, 30);
const bar = (index: number, close = 100, closed = true): ChartBar => ({
  openTime: START + index * MINUTE,
  closeTime: START + (index + 1) * MINUTE,
  open: 99,
  high: 110,
  low: 90,
  close,
  volume: null,
  closed,
});
const sma: IndicatorView = {
  id: 'sma(2)',
  label: 'SMA 2',
  pane: 'price',
  lines: [{ name: 'value', label: '' }],
  values: { value: [null, 100, 100.5] },
};

interface Page {
  readonly bars: ReturnType<typeof signal<readonly ChartBar[]>>;
  readonly symbol: ReturnType<typeof signal<string>>;
  readonly kind: ReturnType<typeof signal<Kind | null>>;
  readonly view: ReturnType<typeof signal<'chart' | 'table' | 'split'>>;
  readonly actions: ReturnType<typeof signal<readonly ChartAction[]>>;
  readonly theme: ReturnType<typeof signal<'dark' | 'light'>>;
  readonly asked: number[];
  chart(): Host;
}
let Page: Type<Page>;

describe('CandleHost', () => {
  beforeAll(async () => {
    const { CandleHost } = await import('./candle-host.ts');
    @Component({
      imports: [CandleHost],
      template: `<z-candles
        [symbol]="symbol()"
        interval="1m"
        zone="America/New_York"
        [intervalMs]="60000"
        [bars]="bars()"
        [indicators]="indicators"
        [actions]="actions()"
        [kind]="kind()"
        [view]="view()"
        [theme]="theme()"
        (nearStart)="asked.push($event)"
      />`,
    })
    class TestPage {
      readonly bars = signal<readonly ChartBar[]>([bar(0), bar(1), bar(2, 101, false)]);
      readonly symbol = signal('AAPL');
      readonly kind = signal<Kind | null>('simulated');
      readonly view = signal<'chart' | 'table' | 'split'>('chart');
      readonly actions = signal<readonly ChartAction[]>([]);
      readonly theme = signal<'dark' | 'light'>('dark');
      readonly indicators = [sma];
      readonly asked: number[] = [];
      readonly chart = viewChild.required(CandleHost);
    }
    Page = TestPage as unknown as Type<Page>;
  });

  let page: Awaited<ReturnType<typeof mount<Page>>>;
  let plot: RecordedPlot;
  beforeEach(async () => {
    page = await mount(Page);
    // The plot is a chunk of its own: it comes a moment later.
    await import('./candle-plot.ts');
    await settle();
    plot = RecordedPlot.newest;
  });
  const settle = (): Promise<unknown> => page.fixture.whenStable();
  const words = (selector: string): string =>
    page.root.querySelector(selector)?.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '';

  it('has a name, a summary, a credit, a watermark, and passes axe', async () => {
    const chart = page.root.querySelector('.plot')!;
    expect(chart.getAttribute('aria-label')).toContain('AAPL, 3 bars of 1m');
    expect(chart.getAttribute('aria-label')).toContain('09:30');
    expect(page.root.querySelector('z-watermark')?.getAttribute('data-word')).toBe('simulated');
    expect(words('.credit')).toContain('TradingView');
    expect(await violations(page.root)).toEqual([]);
    page.fixture.componentInstance.kind.set('live');
    await settle();
    expect(page.root.querySelector('z-watermark')?.hasAttribute('data-word')).toBe(false);
  });

  it('paints one slot for a bar of the stream and loads nothing', async () => {
    plot.load.mockClear();
    page.fixture.componentInstance.chart().update(bar(2, 105, false), { 'sma(2)': { value: 103.25 } });
    await settle();
    expect(plot.update).toHaveBeenCalledTimes(1);
    expect(plot.load).not.toHaveBeenCalled();
    expect(words('z-candle-legend')).toContain('105.00');
    expect(words('z-candle-legend')).toContain('103.25');
    expect(words('z-candle-legend')).toContain('forming');
  });

  it('shows the newest on opening, keeps the view when older bars come in front', async () => {
    expect(plot.showNewest).toHaveBeenCalledTimes(1);
    page.fixture.componentInstance.bars.set([bar(-2), bar(-1), bar(0), bar(1), bar(2, 101, false)]);
    await settle();
    expect(plot.showNewest).toHaveBeenCalledTimes(1);
    expect(plot.show).toHaveBeenLastCalledWith({ from: 3, to: 5 });
    page.fixture.componentInstance.symbol.set('MSFT');
    page.fixture.componentInstance.bars.set([bar(0)]);
    await settle();
    expect(plot.showNewest).toHaveBeenCalledTimes(2);
  });

  it('asks for older bars once per oldest bar', () => {
    plot.events.range(500);
    expect(page.fixture.componentInstance.asked).toEqual([]);
    plot.events.range(10);
    plot.events.range(5);
    expect(page.fixture.componentInstance.asked).toEqual([START]);
  });

  it('the keyboard moves along the bars and speaks; Escape leaves', async () => {
    const chart = page.root.querySelector('.plot')!;
    expect(press(chart, 'ArrowLeft')).toBe(false);
    press(chart, 'ArrowLeft');
    await settle();
    expect(words('[role=status]')).toContain('09:31: open 99.00, high 110.00, low 90.00, close 100.00, SMA 2 100.00.');
    press(chart, 'Home');
    await settle();
    expect(words('[role=status]')).toContain('09:30');
    expect(words('z-candle-legend')).toContain('\u2014, not enough history yet');
    press(chart, '-');
    expect(plot.zoom).toHaveBeenCalledTimes(1);
    press(chart, 'Escape');
    await settle();
    expect(words('[role=status]')).toBe('');
    expect(words('z-candle-legend')).toContain('101.00');
    expect(press(chart, 'Tab')).toBe(true);
  });

  it('the crosshair holds the legend against the stream', async () => {
    const first = plot.load.mock.lastCall![0][0]!;
    plot.events.crosshair(first.time);
    page.fixture.componentInstance.chart().update(bar(2, 109, false));
    await settle();
    expect(words('z-candle-legend')).toContain('100.00');
    expect(words('z-candle-legend')).not.toContain('109.00');
  });

  it('the table holds the same bars, newest first, and follows the stream', async () => {
    page.fixture.componentInstance.view.set('table');
    await settle();
    const rows = (): string[] => [...page.root.querySelectorAll('tbody tr')].map((row) => row.textContent ?? '');
    expect(rows()).toHaveLength(3);
    expect(rows()[0]).toContain('forming');
    expect(await violations(page.root)).toEqual([]);
    page.fixture.componentInstance.chart().update(bar(2, 107));
    await settle();
    expect(rows()[0]).toContain('107.00');
    expect(rows()[0]).toContain('closed');
  });

  it('stands beside its table in the split view, and both follow the stream', async () => {
    page.fixture.componentInstance.view.set('split');
    await settle();
    expect(page.root.querySelector('.chart')?.hasAttribute('inert')).toBe(false);
    expect(page.root.querySelector('z-candle-legend')).not.toBeNull();
    page.fixture.componentInstance.chart().update(bar(2, 107, false));
    await settle();
    expect(plot.update).toHaveBeenLastCalledWith(expect.anything(), 2, false);
    expect(page.root.querySelector('tbody tr')?.textContent).toContain('107.00');
    expect(await violations(page.root)).toEqual([]);
  });

  it('marks splits and dividends at the first bar of their day, several at one bar together', async () => {
    page.fixture.componentInstance.actions.set([
      { exDate: '2026-03-04', mark: 'D' },
      { exDate: '2026-03-04', mark: 'S' },
      { exDate: '2025-01-01', mark: 'D' },
    ]);
    await settle();
    const marks = plot.setMarks.mock.lastCall![0];
    expect(marks.map(({ slot, text }) => [slot.bar?.openTime, text])).toEqual([[START, 'D S']]);
  });

  it('changes theme without building the chart again', async () => {
    page.fixture.componentInstance.theme.set('light');
    await settle();
    expect(RecordedPlot.newest).toBe(plot);
    expect(plot.paint).toHaveBeenCalled();
    expect(plot.remove).not.toHaveBeenCalled();
    page.fixture.destroy();
    expect(plot.remove).toHaveBeenCalledTimes(1);
  });
});

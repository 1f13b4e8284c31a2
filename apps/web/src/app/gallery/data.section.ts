import { Component, DestroyRef, computed, inject, input, signal, viewChild } from '@angular/core';
import { Button, Segmented } from '@ziggy/ui';
import type { Choice, Density, GainMode, ThemeName } from '@ziggy/ui';
import { CandleHost } from '@ziggy/ui/candles';
import type { ChartBar, ChartGap, IndicatorView } from '@ziggy/ui/candles';
import { QuoteGrid } from '@ziggy/ui/grid';
import type { QuoteRow } from '@ziggy/ui/grid';
import { NOW, sequence, specimenBars, specimenIndicators, specimenRows } from './samples.ts';

const MINUTE = 60_000;

/** The two hosts of vendor libraries with specimen data; a button lets both move. */
@Component({
  selector: 'z-gallery-data',
  imports: [Button, CandleHost, QuoteGrid, Segmented],
  template: `<h2>Candles</h2>
    <div class="row">
      <z-segmented label="Chart or table" [choices]="views" [(value)]="view" />
      <button z-button [pressed]="running()" (click)="toggle()">{{ running() ? 'Stop' : 'Move' }}</button>
      <span>{{ older() }} older pages asked for</span>
    </div>
    <z-candles
      class="chart"
      symbol="SPEC"
      interval="5m"
      zone="America/New_York"
      [intervalMs]="intervalMs"
      [bars]="bars()"
      [gaps]="gaps"
      [indicators]="indicators()"
      kind="simulated"
      [theme]="theme()"
      [gainMode]="gain()"
      [view]="view()"
      [olderState]="older() > 3 ? 'end' : 'idle'"
      (nearStart)="addOlder()"
    />
    <h2>Quote grid</h2>
    <div class="row">
      <span>{{ visible() }} symbols drawn</span><span>opened: {{ opened() || 'none' }}</span>
    </div>
    <z-quote-grid
      class="grid"
      label="Specimen quotes"
      [rows]="rows"
      [now]="now"
      [density]="density()"
      (visibleSymbols)="visible.set($event.length)"
      (activated)="opened.set($event)"
    />`,
  styles: `
    .row {
      display: flex;
      align-items: center;
      gap: var(--z-space-12);
      padding: var(--z-space-8) 0;
      color: var(--z-muted);
    }
    .chart,
    .grid {
      block-size: 520px;
      border: 1px solid var(--z-separator);
    }
    .grid {
      block-size: 360px;
    }
  `,
})
export class DataSection {
  readonly theme = input.required<ThemeName>();
  readonly gain = input.required<GainMode>();
  readonly density = input.required<Density>();
  protected readonly now = NOW;
  protected readonly intervalMs = 5 * MINUTE;
  protected readonly views: readonly Choice<'chart' | 'table'>[] = [
    { id: 'chart', label: 'Chart', icon: 'candles' },
    { id: 'table', label: 'Table', icon: 'table' },
  ];
  protected readonly view = signal<'chart' | 'table'>('chart');
  protected readonly running = signal(false);
  protected readonly visible = signal(0);
  protected readonly opened = signal('');
  protected readonly older = signal(0);
  protected readonly rows = specimenRows(500);
  private readonly pages = [0, 1, 2, 3, 4].map((page) => specimenBars(page));
  protected readonly bars = computed<readonly ChartBar[]>(() =>
    this.pages
      .slice(0, this.older() + 1)
      .reverse()
      .flat(),
  );
  protected readonly gaps: readonly ChartGap[] = [
    { from: Date.UTC(2026, 2, 4, 17, 0), to: Date.UTC(2026, 2, 4, 17, 30), reason: 'missing_bar' },
  ];
  protected readonly indicators = computed<readonly IndicatorView[]>(() => specimenIndicators(this.bars()));
  private readonly chart = viewChild.required(CandleHost);
  private readonly grid = viewChild.required(QuoteGrid);
  private readonly chance = sequence(5);
  private frame = 0;

  constructor() {
    inject(DestroyRef).onDestroy(() => cancelAnimationFrame(this.frame));
  }

  protected addOlder(): void {
    this.older.update((count) => Math.min(4, count + 1));
  }

  protected toggle(): void {
    this.running.update((running) => !running);
    cancelAnimationFrame(this.frame);
    if (this.running()) this.frame = requestAnimationFrame(() => this.step());
  }

  private step(): void {
    const last = this.bars().at(-1);
    if (last) {
      const close = Math.round(last.close * (1 + (this.chance() - 0.5) * 0.002) * 100) / 100;
      this.chart().update({ ...last, close, high: Math.max(last.high, close), low: Math.min(last.low, close) });
    }
    const moved: QuoteRow[] = [];
    for (let index = 0; index < 34; index += 1) {
      const row = this.rows[Math.floor(this.chance() * this.rows.length)];
      if (!row || row.price === null) continue;
      const price = Math.round(row.price * (1 + (this.chance() - 0.5) * 0.004) * 100) / 100;
      moved.push({ ...row, price, asOf: NOW });
    }
    this.grid().update(moved);
    this.frame = requestAnimationFrame(() => this.step());
  }
}

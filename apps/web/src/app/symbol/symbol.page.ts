import { Component, DOCUMENT, computed, effect, inject, input, untracked, viewChild } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';
import { TIMEFRAMES, TIMEFRAME_MS, parseSymbol } from '@ziggy/domain';
import type { Timeframe } from '@ziggy/domain';
import { Button, EmptyBlock, ErrorBlock, FreshnessBadge, Icon, Segmented, Skeleton, freshnessOf } from '@ziggy/ui';
import type { Choice, Freshness } from '@ziggy/ui';
import { CandleHost } from '@ziggy/ui/candles';
import type { ChartAction } from '@ziggy/ui/candles';
import { CLIENT_LIMITS } from '@ziggy/stream-client';
import { BarsStore } from '../data/bars.store.ts';
import type { ChartSubject } from '../data/bars.store.ts';
import { ClockStore } from '../data/clock.store.ts';
import { csvName, saveText } from '../data/csv.ts';
import { IndicatorsStore } from '../data/indicators.store.ts';
import { PrefsStore } from '../data/prefs.store.ts';
import { SymbolStore } from '../data/symbol.store.ts';
import { readUrl, writeUrl } from '../data/url-state.ts';
import type { UrlValues } from '../data/url-state.ts';
import { useHotkeys } from '../shell/hotkeys.ts';
import { PortalTitle } from '../shell/portal-title.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { barsCsv } from './bars-csv.ts';
import { BrainTile } from './brain-tile.ts';
import { ChartFactsLine } from './chart-facts.ts';
import { IndicatorPicker } from './indicator-picker.ts';
import { indicatorViews, readIndicator } from './indicators.ts';
import type { ChosenIndicator } from './indicators.ts';
import { QuoteTile } from './quote-tile.ts';
import { RangePicker, rangeFault } from './range-picker.ts';
import { RecentSymbols } from './recent-symbols.ts';
import { SymbolFacts } from './symbol-facts.ts';
import { SymbolHeader } from './symbol-header.ts';
import { ADJUSTMENT_CHOICES, SYMBOL_URL, SYMBOL_VIEWS } from './symbol-url.ts';

type Adjusted = (typeof ADJUSTMENT_CHOICES)[number];
type View = (typeof SYMBOL_VIEWS)[number];

/** Letters that mark an action at its bar. */
const MARKS: Readonly<Record<string, string>> = { split: 'S', dividend: 'D' };
const ADJUSTMENT_WORDS: Readonly<Record<Adjusted, string>> = { raw: 'Raw', splits: 'Splits', total: 'Total' };

/** Everything about one instrument: `symbols/:symbol?tf=&ind=&adj=&from=&to=&view=`. */
@Component({
  selector: 'z-symbol-page',
  imports: [
    BrainTile,
    Button,
    CandleHost,
    ChartFactsLine,
    CopyLink,
    EmptyBlock,
    ErrorBlock,
    FreshnessBadge,
    Icon,
    IndicatorPicker,
    QuoteTile,
    RangePicker,
    RouterLink,
    Segmented,
    Skeleton,
    SymbolHeader,
  ],
  providers: [BarsStore, SymbolStore, SymbolFacts],
  templateUrl: './symbol.page.html',
  styleUrl: './symbol.page.scss',
})
export class SymbolPage {
  /** From the path, as typed. */
  readonly symbol = input.required<string>();
  protected readonly bars = inject(BarsStore);
  protected readonly facts = inject(SymbolFacts);
  protected readonly prefs = inject(PrefsStore);
  protected readonly store = inject(SymbolStore);
  protected readonly timeframeMs = TIMEFRAME_MS;
  protected readonly timeframes: readonly Choice<Timeframe>[] = TIMEFRAMES.map((id) => ({
    id,
    label: id.replace(/[dw]$/, (unit) => unit.toUpperCase()),
  }));
  protected readonly adjustments: readonly Choice<Adjusted>[] = ADJUSTMENT_CHOICES.map((id) => ({
    id,
    label: ADJUSTMENT_WORDS[id],
  }));
  protected readonly views: readonly Choice<View>[] = [
    { id: 'chart', label: 'Chart', icon: 'candles', iconOnly: true },
    { id: 'split', label: 'Chart and table', icon: 'columns', iconOnly: true },
    { id: 'table', label: 'Table', icon: 'table', iconOnly: true },
  ];
  readonly #catalogue = inject(IndicatorsStore);
  readonly #clock = inject(ClockStore);
  readonly #document = inject(DOCUMENT);
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #params = toSignal(this.#route.queryParams, { initialValue: this.#route.snapshot.queryParams });
  private readonly host = viewChild(CandleHost);

  protected readonly url = computed(() => readUrl(SYMBOL_URL, this.#params()));
  protected readonly state = computed(() => this.url().values);
  protected readonly canonical = computed(() => parseSymbol(this.symbol()));
  readonly #read = computed(() => {
    const byName = this.#catalogue.byName();
    return byName.size === 0 ? [] : this.state().ind.map((text) => readIndicator(text, byName));
  });
  protected readonly chosen = computed(() =>
    this.#read().flatMap((item): ChosenIndicator[] => ('fault' in item ? [] : [item])),
  );
  /** What of the address is not shown, and why. */
  protected readonly ignored = computed(() => [
    ...this.url().dropped,
    ...this.#read().flatMap((item) => ('fault' in item ? [item.fault] : [])),
    ...(rangeFault(this.state()) === null ? [] : ['to: not after from']),
  ]);
  readonly #subject = computed<ChartSubject | null>(() => {
    const symbol = this.canonical();
    const { tf, adj, from, to } = this.state();
    const range =
      rangeFault({ from, to }) === null ? { from: startOf(from), to: startOf(to) } : { from: null, to: null };
    return symbol === null ? null : { symbol, timeframe: tf, adjust: adj === 'raw' ? 'none' : adj, ...range };
  });
  /** What REST is asked for; null until the symbol is known to exist and the catalogue has come, or could not. */
  readonly #ids = computed(
    () => {
      const exists = this.facts.whole() !== null || this.facts.absence() !== null || this.store.problem() !== null;
      const listed = this.#catalogue.catalogue() !== null || this.#catalogue.problem() !== null;
      const unknown = this.facts.absence() === 'unknown_symbol';
      return exists && listed && !unknown ? this.chosen().map(({ id }) => id) : null;
    },
    { equal: (a, b) => a?.join() === b?.join() },
  );
  protected readonly image = computed(() => {
    const image = this.bars.image();
    return image && image.subject.symbol === this.canonical() && image.subject.timeframe === this.state().tf
      ? image
      : null;
  });
  protected readonly indicatorViews = computed(() =>
    indicatorViews(this.chosen(), this.image()?.indicators ?? {}, this.facts.decimals()),
  );
  /** Panes below the candles need room; the chart grows with them. */
  protected readonly panes = computed(() => this.indicatorViews().filter(({ pane }) => pane === 'own').length);
  protected readonly marks = computed<readonly ChartAction[]>(() =>
    (this.bars.facts()?.actions ?? []).map(({ exDate, type }) => ({ exDate, mark: MARKS[type] ?? '•' })),
  );
  protected readonly olderState = computed(() =>
    this.bars.atStart() ? 'end' : this.bars.loadingOlder() ? 'loading' : 'idle',
  );
  protected readonly chartFreshness = computed<Freshness>(() => {
    const origin = this.bars.origin();
    return freshnessOf({
      kind: origin?.kind ?? null,
      stale: origin?.stale ?? false,
      ageMs: this.#chartAge(),
      via: origin?.via ?? 'stream',
      pollMs: CLIENT_LIMITS.pollChartsMs,
    });
  });

  constructor() {
    const recent = inject(RecentSymbols);
    const title = inject(PortalTitle);
    this.#catalogue.load();
    effect(() => {
      const symbol = this.canonical();
      untracked(() => {
        title.setPage(symbol ?? 'Unknown symbol');
        if (symbol === null) return;
        this.store.show(symbol);
        recent.add(symbol);
      });
    });
    effect(() => {
      const subject = this.#subject();
      const ids = this.#ids();
      untracked(() => {
        if (subject) this.bars.show(subject, ids);
      });
    });
    // The chart takes single bars as they come; a new set of indicators starts it over from all that is known.
    effect(() => {
      this.bars.updated();
      const host = this.host();
      untracked(() => {
        if (host) for (const { bar, indicators } of this.bars.takeUpdates()) host.update(bar, indicators);
      });
    });
    useHotkeys({
      ...Object.fromEntries(TIMEFRAMES.map((tf, index) => [String(index + 1), () => this.go({ tf })])),
      v: () =>
        this.go({ view: SYMBOL_VIEWS[(SYMBOL_VIEWS.indexOf(this.state().view) + 1) % SYMBOL_VIEWS.length] as View }),
    });
  }

  protected go(change: Partial<UrlValues<typeof SYMBOL_URL>>): void {
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams: writeUrl(SYMBOL_URL, change),
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  /** Everything that is held, as a file. */
  protected download(): void {
    this.bars.refresh();
    const image = this.bars.image();
    if (!image) return;
    const { symbol, timeframe } = image.subject;
    const market = this.bars.facts()?.market ?? '';
    const origin = this.bars.origin();
    const name = csvName(`symbol-${symbol}-${timeframe}`, market, origin?.kind ?? null, this.#clock.now());
    const ids = this.chosen().map(({ id }) => id);
    saveText(this.#document, name, barsCsv(image, ids, origin, market));
  }

  #chartAge(): number | null {
    const asOf = this.bars.origin()?.asOf ?? null;
    const now = this.#clock.marketNow();
    return asOf === null || now === null ? null : Math.max(0, now - asOf);
  }
}

const startOf = (day: string | null): number | null => (day === null ? null : Date.parse(`${day}T00:00:00Z`));

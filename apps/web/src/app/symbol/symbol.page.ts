import { Component, computed, effect, inject, input, untracked, viewChild } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';
import { INTERVALS, INTERVAL_MS, parseSymbol } from '@ziggy/domain';
import type { Interval } from '@ziggy/domain';
import { Button, EmptyBlock, ErrorBlock, FreshnessBadge, Icon, Segmented, Skeleton, freshnessOf } from '@ziggy/ui';
import type { Choice, Freshness } from '@ziggy/ui';
import { CandleHost } from '@ziggy/ui/candles';
import { CLIENT_LIMITS } from '@ziggy/stream-client';
import { BarsStore } from '../data/bars.store.ts';
import { PrefsStore } from '../data/prefs.store.ts';
import { SymbolStore } from '../data/symbol.store.ts';
import { readUrl, writeUrl } from '../data/url-state.ts';
import type { UrlValues } from '../data/url-state.ts';
import { useHotkeys } from '../shell/hotkeys.ts';
import { PortalTitle } from '../shell/portal-title.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { BrainTile } from './brain-tile.ts';
import { INDICATORS, indicatorViews } from './indicators.ts';
import type { IndicatorKey } from './indicators.ts';
import { QuoteTile } from './quote-tile.ts';
import { RecentSymbols } from './recent-symbols.ts';
import { SymbolFacts } from './symbol-facts.ts';
import { SymbolHeader } from './symbol-header.ts';
import { SYMBOL_URL } from './symbol-url.ts';

/** Everything about one instrument: `symbols/:symbol?tf=&ind=&view=`. */
@Component({
  selector: 'z-symbol-page',
  imports: [
    BrainTile,
    Button,
    CandleHost,
    CopyLink,
    EmptyBlock,
    ErrorBlock,
    FreshnessBadge,
    Icon,
    QuoteTile,
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
  protected readonly indicators = INDICATORS;
  protected readonly intervalMs = INTERVAL_MS;
  protected readonly timeframes: readonly Choice<Interval>[] = INTERVALS.map((id) => ({ id, label: id }));
  protected readonly views: readonly Choice<'chart' | 'table'>[] = [
    { id: 'chart', label: 'Chart', icon: 'candles', iconOnly: true },
    { id: 'table', label: 'Table', icon: 'table', iconOnly: true },
  ];
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #params = toSignal(this.#route.queryParams, { initialValue: this.#route.snapshot.queryParams });
  private readonly host = viewChild(CandleHost);

  protected readonly url = computed(() => readUrl(SYMBOL_URL, this.#params()));
  protected readonly state = computed(() => this.url().values);
  protected readonly canonical = computed(() => parseSymbol(this.symbol()));
  protected readonly image = computed(() => {
    const image = this.bars.image();
    return image && image.subject.symbol === this.canonical() && image.subject.timeframe === this.state().tf
      ? image
      : null;
  });
  protected readonly indicatorViews = computed(() =>
    indicatorViews(this.state().ind, this.image()?.indicators ?? {}, this.facts.decimals()),
  );
  protected readonly olderState = computed(() =>
    this.bars.atStart() ? 'end' : this.bars.loadingOlder() ? 'loading' : 'idle',
  );
  protected readonly chartFreshness = computed<Freshness>(() => {
    const origin = this.bars.origin();
    return freshnessOf({
      kind: origin?.kind ?? null,
      stale: origin?.stale ?? false,
      ageMs: origin ? this.facts.freshness().ageMs : null,
      via: origin?.via ?? 'stream',
      pollMs: CLIENT_LIMITS.pollChartsMs,
    });
  });

  constructor() {
    const recent = inject(RecentSymbols);
    const title = inject(PortalTitle);
    effect(() => {
      const symbol = this.canonical();
      const { tf } = this.state();
      untracked(() => {
        if (symbol === null) return title.setPage('Unknown symbol');
        this.store.show(symbol);
        this.bars.show({ symbol, timeframe: tf });
        title.setPage(symbol);
        recent.add(symbol);
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
      ...Object.fromEntries(INTERVALS.map((tf, index) => [String(index + 1), () => this.go({ tf })])),
      v: () => this.go({ view: this.state().view === 'chart' ? 'table' : 'chart' }),
    });
  }

  protected go(change: Partial<UrlValues<typeof SYMBOL_URL>>): void {
    if (change.ind) this.bars.refresh();
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams: writeUrl(SYMBOL_URL, change),
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  protected toggle(key: IndicatorKey): void {
    const chosen = this.state().ind;
    this.go({ ind: chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key] });
  }
}

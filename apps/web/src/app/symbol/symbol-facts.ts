import { Injectable, computed, inject } from '@angular/core';
import { reasonText, formatTime, freshnessOf, zonePlace } from '@ziggy/ui';
import type { Freshness } from '@ziggy/ui';
import { CLIENT_LIMITS } from '@ziggy/stream-client';
import { ClockStore } from '../data/clock.store.ts';
import { MarketStore } from '../data/market.store.ts';
import { SessionStore } from '../data/session.store.ts';
import { StreamStore } from '../data/stream.store.ts';
import { SymbolStore } from '../data/symbol.store.ts';
import { decimalsFor, zoneFor } from './instrument-facts.ts';

/** What the parts of the Symbol page share: the quote, how it is written, how fresh it is. */
@Injectable()
export class SymbolFacts {
  readonly #store = inject(SymbolStore);
  readonly #clock = inject(ClockStore);
  readonly #session = inject(SessionStore);
  readonly #streams = inject(StreamStore);
  readonly #market = inject(MarketStore);

  readonly symbol = this.#store.symbol;
  readonly quote = this.#store.quote;
  readonly whole = this.#store.whole;
  readonly absence = this.#store.absence;
  readonly item = computed(() => this.#market.item(this.symbol()));
  readonly name = computed(() => this.whole()?.name ?? this.item()?.name ?? null);
  readonly assetClass = computed(() => this.whole()?.assetClass ?? this.item()?.assetClass ?? null);
  /** Null for an index: its points are no money. */
  readonly currency = computed(() => (this.assetClass() === 'index' ? null : (this.whole()?.currency ?? null)));
  readonly decimals = computed(() => decimalsFor(this.assetClass(), this.quote()?.price ?? this.item()?.price ?? null));
  readonly zone = computed(() => zoneFor(this.symbol(), this.assetClass()));
  readonly stale = computed(() => this.quote()?.stale ?? false);
  /** Why figures are missing, when there is no quote at all. */
  readonly reason = computed(() => this.absence() ?? (this.quote() ? null : 'pending'));

  readonly freshness = computed<Freshness>(() => {
    const quote = this.quote();
    const marketNow = this.#clock.marketNow();
    const session = this.#session.answer();
    const asOf = quote?.asOf ?? null;
    const phase = this.whole()?.marketState ?? null;
    return freshnessOf({
      kind: quote?.kind ?? null,
      stale: this.stale(),
      ageMs: asOf === null || marketNow === null ? null : Math.max(0, marketNow - asOf),
      delayMinutes: this.whole()?.delayMinutes ?? null,
      phase: this.zone() === 'UTC' ? null : phase,
      closedDetail:
        session?.close && phase === 'closed'
          ? `${formatTime(Date.parse(session.close), session.timezone, 'minute').text} ${zonePlace(session.timezone)}`
          : '',
      via: quote?.via ?? 'stream',
      pollMs: CLIENT_LIMITS.pollMarketMs,
      connection: this.#streams.worst()?.phase === 'offline' ? 'offline' : 'online',
    });
  });

  readonly sourceText = computed(() => {
    const quote = this.quote();
    if (!quote) return reasonText(this.reason());
    return `${quote.source}, ${quote.kind.replaceAll('_', ' ')}, as of ${formatTime(quote.asOf, this.zone(), 'datetime').text} ${zonePlace(this.zone())}, by ${quote.via}`;
  });
}

import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { TimeCell } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { MarketStore } from '../data/market.store.ts';
import { StreamStore } from '../data/stream.store.ts';

const KIND_WORDS: Readonly<Record<string, string>> = {
  live: 'Prices come from the market as they happen.',
  delayed: 'Prices come from the market, later than they happened.',
  end_of_day: 'Prices are those of the last close.',
  recorded: 'A recorded market is played. Nothing here is happening now.',
  simulated: 'A simulated market. No price here is real.',
};

/** What the source is, since when, and why it was chosen. */
@Component({
  selector: 'z-environment-panel',
  imports: [RouterLink, TimeCell],
  template: `
    <p>{{ meaning() }}</p>
    <dl>
      <dt>Source</dt>
      <dd>{{ streams.market().source }}</dd>
      <dt>Market</dt>
      <dd class="z-mono">{{ streams.market().id }}</dd>
      <dt>Since</dt>
      <dd><z-time field="market.since" [value]="since()" [zone]="zone" as="datetime" /></dd>
      <dt>Chosen</dt>
      <dd>{{ reason() }}</dd>
      <dt>State</dt>
      <dd>{{ state() }}</dd>
      @if (licence(); as note) {
        <dt>Terms</dt>
        <dd>{{ note }}</dd>
      }
    </dl>
    <p>
      <a routerLink="/ops" [queryParams]="{ tab: 'sources' }">Sources and their health</a> ·
      <a routerLink="/about">About</a>
    </p>
    <p class="muted">Accounts are paper accounts: no order leaves this system.</p>
  `,
  styles: `
    :host {
      display: block;
      padding: var(--z-space-12) var(--z-space-16);
      max-inline-size: 44ch;
    }
    dl {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: var(--z-space-4) var(--z-space-12);
      margin-block: var(--z-space-12);
    }
    dt,
    .muted {
      color: var(--z-muted);
    }
    dd {
      overflow-wrap: anywhere;
    }
  `,
})
export class EnvironmentPanel {
  protected readonly streams = inject(StreamStore);
  protected readonly zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  readonly #config = inject(PORTAL_CONFIG);
  readonly #sources = inject(MarketStore).sources;
  readonly #active = computed(() => {
    const sources = this.#sources();
    return sources && sources.market === this.streams.market().id ? sources.active : null;
  });
  protected readonly meaning = computed(() => KIND_WORDS[this.streams.market().kind] ?? '');
  protected readonly since = computed(() => Date.parse(this.#active()?.since ?? this.#config.market.since));
  protected readonly reason = computed(() => {
    const { chosenBy, reason } = this.#active() ?? this.#config.market;
    return `by ${chosenBy === 'auto' ? 'the server itself' : 'configuration'}: ${reason}`;
  });
  protected readonly licence = computed(() => this.#active()?.licenceNote ?? null);
  protected readonly state = computed(() => {
    const status = this.streams.source();
    if (!status) return 'no complaint';
    return status.reason ? `${status.state}: ${status.reason}` : status.state;
  });
}

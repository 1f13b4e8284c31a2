import { Component, computed, inject } from '@angular/core';
import { PageHeader, Tile } from '@ziggy/ui';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { MarketStore } from '../data/market.store.ts';
import { StreamStore } from '../data/stream.store.ts';

/** Libraries that the portal is drawn with, and their licences. */
const CREDITS: readonly { readonly name: string; readonly licence: string; readonly link: string }[] = [
  {
    name: 'TradingView Lightweight Charts',
    licence: 'Apache-2.0, © TradingView, Inc.',
    link: 'https://www.tradingview.com/',
  },
  { name: 'Apache ECharts', licence: 'Apache-2.0', link: 'https://echarts.apache.org/' },
  { name: 'AG Grid Community', licence: 'MIT', link: 'https://www.ag-grid.com/' },
  { name: 'Angular', licence: 'MIT', link: 'https://angular.dev/' },
  { name: 'RxJS', licence: 'Apache-2.0', link: 'https://rxjs.dev/' },
  { name: 'Zod', licence: 'MIT', link: 'https://zod.dev/' },
  { name: 'Inter', licence: 'SIL Open Font License', link: 'https://rsms.me/inter/' },
];

/** What this is, where its figures come from and on which terms, what it cannot do, and whose work it stands on. */
@Component({
  selector: 'z-about-page',
  imports: [PageHeader, Tile],
  template: `<z-page-header title="About" />
    <div class="tiles">
      <z-tile title="ZiggyAI">
        <p>
          Self-hosted market intelligence and paper trading. Research only; not advice. No order leaves this system.
        </p>
        <dl>
          <dt>Version</dt>
          <dd class="z-mono" data-field="config.version">{{ config.version }}</dd>
          <dt>Build</dt>
          <dd>{{ config.build }}</dd>
          <dt>Licence</dt>
          <dd data-field="product.licence">Apache-2.0</dd>
        </dl>
        <p class="links">
          <a [href]="config.apiBase + '/docs'">API documentation</a>
          <a [href]="config.apiBase + '/openapi.json'">OpenAPI document</a>
        </p>
      </z-tile>
      <z-tile title="Market data">
        <dl>
          <dt>Source</dt>
          <dd>{{ streams.market().source }}</dd>
          <dt>Market</dt>
          <dd class="z-mono" data-field="market.id">{{ streams.market().id }}</dd>
          <dt>Terms</dt>
          <dd data-field="sources.active.licenceNote">{{ terms() }}</dd>
        </dl>
      </z-tile>
      <z-tile title="What the simulated market cannot do">
        <p>
          It moves by a fixed model and a seed. It does not react to your orders, to news of the world or to real
          prices; results in it say nothing about results in a real market.
        </p>
      </z-tile>
      <z-tile title="Made with">
        <ul>
          @for (credit of credits; track credit.name) {
            <li>
              <a [href]="credit.link" rel="noopener noreferrer">{{ credit.name }}</a>
              <span data-field="credit.licence">{{ credit.licence }}</span>
            </li>
          }
        </ul>
      </z-tile>
    </div>`,
  styles: `
    .tiles {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr));
      gap: var(--z-space-12);
      max-inline-size: 1080px;
      padding: var(--z-space-12);
    }
    dl {
      display: grid;
      grid-template-columns: auto minmax(0, 1fr);
      gap: var(--z-space-4) var(--z-space-12);
      margin-block: var(--z-space-8);
    }
    dt,
    li span {
      color: var(--z-muted);
    }
    dd {
      overflow-wrap: anywhere;
    }
    dl:first-child {
      margin-block-start: 0;
    }
    .links {
      display: flex;
      flex-wrap: wrap;
      gap: var(--z-space-4) var(--z-space-16);
    }
    a {
      display: inline-flex;
      align-items: center;
      min-block-size: 24px;
    }
    li {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      justify-content: space-between;
      gap: 0 var(--z-space-12);
    }
  `,
})
export class AboutPage {
  protected readonly config = inject(PORTAL_CONFIG);
  protected readonly streams = inject(StreamStore);
  protected readonly credits = CREDITS;
  readonly #sources = inject(MarketStore).sources;
  protected readonly terms = computed(() => {
    const sources = this.#sources();
    if (!sources) return 'Not received yet.';
    return sources.active.licenceNote ?? 'The source states no terms.';
  });
}

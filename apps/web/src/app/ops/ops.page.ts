import { Component, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { Icon, PageHeader, Tabs } from '@ziggy/ui';
import type { Choice } from '@ziggy/ui';
import { readUrl, writeUrl } from '../data/url-state.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { OPS_URL } from './ops-url.ts';
import type { OpsTab } from './ops-url.ts';
import { SourcesTab } from './sources-tab.ts';
import { StreamsTab } from './streams/streams.tab.ts';

const TABS: readonly Choice<OpsTab>[] = [
  { id: 'streams', label: 'Streams', icon: 'pulse' },
  { id: 'sources', label: 'Sources', icon: 'plug' },
];

/** How the installation runs. `ops?tab=` */
@Component({
  selector: 'z-ops-page',
  imports: [CopyLink, Icon, PageHeader, SourcesTab, StreamsTab, Tabs],
  template: `<z-page-header title="Operations"><z-copy-link zActions /></z-page-header>
    @if (url().dropped.length > 0) {
      <p class="notice" role="status"><z-icon name="info" />Ignored in the address: {{ url().dropped.join(', ') }}.</p>
    }
    <z-tabs label="Operations" [tabs]="tabs" [value]="tab()" (valueChange)="go($event)">
      @switch (tab()) {
        @case ('streams') {
          <z-streams-tab />
        }
        @case ('sources') {
          <z-sources-tab />
        }
      }
    </z-tabs>`,
  styles: `
    .notice {
      display: flex;
      align-items: center;
      gap: var(--z-space-8);
      padding: var(--z-space-8) var(--z-space-12);
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
  `,
})
export class OpsPage {
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #params = toSignal(this.#route.queryParams, { initialValue: {} });
  protected readonly tabs = TABS;
  protected readonly url = computed(() => readUrl(OPS_URL, this.#params()));
  protected readonly tab = computed(() => this.url().values.tab);

  protected go(tab: OpsTab): void {
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams: writeUrl(OPS_URL, { tab }),
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}

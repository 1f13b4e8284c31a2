import { Component, DOCUMENT, computed, effect, inject, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import type { AuditEntry } from '@ziggy/contracts';
import { Button, CopyField, Dialog, Diff, FormErrors, Icon, PageHeader, QuantityCell, TimeCell } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { saveText } from '../data/csv.ts';
import { readUrl, writeUrl } from '../data/url-state.ts';
import { DoorForm } from '../identity/door-form.ts';
import { People } from '../identity/people.store.ts';
import { Viewer } from '../identity/viewer.ts';
import { PagedList } from '../sections/paged-list.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { AuditFilters } from './audit-filters.ts';
import { AUDIT_URL } from './audit-url.ts';
import type { AuditFilter } from './audit-url.ts';
import { actionWords } from './audit-words.ts';
import { AuditStore } from './audit.store.ts';

/** Who did what, when and from where; each row chained to the one before, so that a change of the past shows. */
@Component({
  selector: 'z-audit-page',
  imports: [
    AuditFilters,
    Button,
    CopyField,
    CopyLink,
    Dialog,
    Diff,
    FormErrors,
    Icon,
    PageHeader,
    PagedList,
    QuantityCell,
    TimeCell,
  ],
  providers: [AuditStore],
  templateUrl: './audit.page.html',
  styleUrls: ['../sections/section.scss', './audit.scss'],
})
export class AuditPage {
  protected readonly store = inject(AuditStore);
  protected readonly viewer = inject(Viewer);
  protected readonly people = inject(People);
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #document = inject(DOCUMENT);
  readonly #clock = inject(ClockStore);
  readonly #params = toSignal(this.#route.queryParams, { initialValue: this.#route.snapshot.queryParams });
  protected readonly url = computed(() => readUrl(AUDIT_URL, this.#params()));
  protected readonly filter = computed(() => this.url().values);
  protected readonly export = new DoorForm({});
  protected readonly entry = signal<AuditEntry | null>(null);
  protected readonly words = actionWords;
  protected readonly at = (instant: string): number => Date.parse(instant);

  constructor() {
    effect(() => {
      const filter = this.filter();
      untracked(() => this.store.show(filter));
    });
  }

  protected go(change: Partial<AuditFilter>): void {
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams: writeUrl(AUDIT_URL, change),
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  protected async csv(): Promise<void> {
    await this.export.send(async () => {
      const text = await this.store.csv(this.filter());
      const time = new Date(this.#clock.now()).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
      saveText(this.#document, `ziggy_audit_${time}.csv`, text);
    });
  }
}

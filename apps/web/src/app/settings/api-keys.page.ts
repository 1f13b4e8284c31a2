import { Component, ElementRef, computed, inject, signal } from '@angular/core';
import type { ApiKey, NewApiKeyAnswer } from '@ziggy/contracts';
import { Button, Dialog, EmptyBlock, ErrorBlock, FormErrors, Icon, PageHeader, Skeleton } from '@ziggy/ui';
import { DoorForm } from '../identity/door-form.ts';
import { rescueFocus } from '../sections/lost-focus.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { ApiKeysStore } from './api-keys.store.ts';
import { KeyForm } from './key-form.ts';
import { KeySecret } from './key-secret.ts';
import { KeyTable } from './key-table.ts';

/** Keys for programs: makes, replaces and revokes them. */
@Component({
  selector: 'z-api-keys-page',
  imports: [
    Button,
    CopyLink,
    Dialog,
    EmptyBlock,
    ErrorBlock,
    FormErrors,
    Icon,
    KeyForm,
    KeySecret,
    KeyTable,
    PageHeader,
    Skeleton,
  ],
  providers: [ApiKeysStore],
  templateUrl: './api-keys.page.html',
  styleUrl: '../sections/section.scss',
})
export class ApiKeysPage {
  protected readonly store = inject(ApiKeysStore);
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  protected readonly act = new DoorForm({});
  protected readonly forming = signal(false);
  protected readonly replaced = signal<ApiKey | null>(null);
  protected readonly made = signal<NewApiKeyAnswer | null>(null);
  protected readonly revoking = signal<ApiKey | null>(null);
  protected readonly said = signal('');
  protected readonly asksRevoke = computed(() => this.revoking() !== null);

  protected make(replaced: ApiKey | null): void {
    this.said.set('');
    this.replaced.set(replaced);
    this.forming.set(true);
  }

  protected ask(key: ApiKey): void {
    this.said.set('');
    this.act.show({ fields: {}, summary: [] });
    this.revoking.set(key);
  }

  protected async revoke(): Promise<void> {
    const key = this.revoking();
    if (key === null) return;
    const done = await this.act.send(() => this.store.revoke(key.id));
    if (!done) return;
    this.revoking.set(null);
    this.said.set(`${key.name} was revoked.`);
    rescueFocus(this.#host);
  }
}

import { Component, computed, input, output } from '@angular/core';
import type { MailOutcome } from '@ziggy/contracts';
import { Button, CopyField, Dialog } from '@ziggy/ui';
import { MAIL_WORDS } from './member-words.ts';

/** A link for one person, as it is shown this once. */
export interface ShownLink {
  readonly url: string;
  /** For whom it is. */
  readonly person: string;
  readonly mailed: MailOutcome | null;
}

/** The link of an invitation or reset, with what to do with it. Closed only on purpose. */
@Component({
  selector: 'z-link-shown',
  imports: [Button, CopyField, Dialog],
  template: `<z-dialog
    title="Link to choose a password"
    [guarded]="true"
    [open]="link() !== null"
    (openChange)="$event || closed.emit()"
  >
    @if (link(); as shown) {
      <div class="stack">
        <p>
          For <b>{{ shown.person }}</b>. It works once, for 72 hours, and an earlier one works no more.
          <b>It is shown only now.</b>
        </p>
        <p>{{ mailed() }}</p>
        <z-copy-field label="Link" [value]="shown.url" />
      </div>
    }
    <ng-container zActions>
      <button z-button variant="primary" (click)="closed.emit()">Done</button>
    </ng-container>
  </z-dialog>`,
  styleUrl: '../sections/section.scss',
})
export class LinkShown {
  readonly link = input.required<ShownLink | null>();
  readonly closed = output();
  protected readonly mailed = computed(() => {
    const mailed = this.link()?.mailed ?? null;
    return mailed === null ? '' : MAIL_WORDS[mailed];
  });
}

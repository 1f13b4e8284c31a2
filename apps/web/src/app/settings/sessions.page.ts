import { Component, ElementRef, computed, inject, signal } from '@angular/core';
import type { SessionsAnswer } from '@ziggy/contracts';
import { AgeCell, Button, Dialog, ErrorBlock, FormErrors, Icon, PageHeader, Skeleton, TimeCell } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { deviceWords } from '../identity/device-words.ts';
import { DoorForm } from '../identity/door-form.ts';
import { Viewer } from '../identity/viewer.ts';
import { rescueFocus } from '../sections/lost-focus.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { SessionsStore } from './sessions.store.ts';

type Session = SessionsAnswer['items'][number];

/** Where the person is signed in, each to be ended. */
@Component({
  selector: 'z-sessions-page',
  imports: [AgeCell, Button, CopyLink, Dialog, ErrorBlock, FormErrors, Icon, PageHeader, Skeleton, TimeCell],
  providers: [SessionsStore],
  templateUrl: './sessions.page.html',
  styleUrl: '../sections/section.scss',
})
export class SessionsPage {
  protected readonly store = inject(SessionsStore);
  protected readonly viewer = inject(Viewer);
  readonly #auth = inject(AuthStore);
  readonly #clock = inject(ClockStore);
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  protected readonly act = new DoorForm({});
  protected readonly said = signal('');
  protected readonly askingAll = signal(false);
  protected readonly others = computed(
    () => this.store.answer()?.items.filter(({ current }) => !current).length ?? null,
  );
  protected readonly noOthers = computed(() => (this.others() === 0 ? 'there is no other session' : null));
  protected readonly device = deviceWords;
  protected readonly at = (instant: string): number => Date.parse(instant);
  protected readonly ageOf = (instant: string): number => Math.max(0, this.#clock.now() - Date.parse(instant));

  protected async end(session: Session): Promise<void> {
    this.said.set('');
    await this.act.send(async () => {
      if (session.current) return this.#auth.signOut();
      await this.store.end(session.id);
      this.said.set(`${deviceWords(session.agent)} was signed out.`);
    });
    rescueFocus(this.#host);
  }

  protected async endOthers(): Promise<void> {
    this.said.set('');
    this.askingAll.set(false);
    await this.act.send(async () => {
      await this.store.end(null);
      this.said.set('All other sessions were ended.');
    });
  }
}

import {
  Component,
  DestroyRef,
  Injector,
  ViewContainerRef,
  effect,
  inject,
  input,
  model,
  untracked,
  viewChild,
} from '@angular/core';
import type { TemplateRef } from '@angular/core';
import { Dialog as CdkDialog } from '@angular/cdk/dialog';
import type { DialogRef } from '@angular/cdk/dialog';
import { createGlobalPositionStrategy } from '@angular/cdk/overlay';
import type { PositionStrategy } from '@angular/cdk/overlay';
import { Button } from '../primitives/button.ts';
import { Icon } from '../primitives/icon.ts';

/**
 * A modal dialog. Focus is kept inside while it is open and returns to its opener; Esc closes it unless `guarded`.
 * Slots: default for the body, `[zActions]` for the buttons. As `side` it is a drawer at the end of the line.
 */
@Component({
  selector: 'z-dialog',
  imports: [Button, Icon],
  template: `<ng-template #body>
    <div class="z-overlay sheet" [attr.data-size]="size()">
      <div class="head">
        <h2 [id]="titleId">{{ title() }}</h2>
        <button z-button variant="ghost" [square]="true" aria-label="Close" (click)="open.set(false)">
          <z-icon name="close" />
        </button>
      </div>
      <div class="body"><ng-content /></div>
      <div class="actions"><ng-content select="[zActions]" /></div>
    </div>
  </ng-template>`,
  styles: `
    .sheet {
      display: flex;
      flex-direction: column;
      inline-size: min(440px, 100vw - 16px);
      max-block-size: calc(100dvh - 32px);
    }
    .sheet[data-size='wide'] {
      inline-size: min(880px, 100vw - 16px);
    }
    .sheet[data-size='side'] {
      inline-size: min(560px, 100vw - 2 * var(--z-frame-width));
      block-size: calc(100dvh - 2 * var(--z-frame-width));
      max-block-size: none;
      border-radius: 0;
    }
    .head {
      display: flex;
      align-items: center;
      justify-content: space-between;
      min-block-size: 40px;
      padding-inline: var(--z-space-16) var(--z-space-8);
      border-block-end: 1px solid var(--z-separator);
    }
    h2 {
      font-size: var(--z-font-14);
    }
    .body {
      padding: var(--z-space-16);
      overflow: auto;
    }
    .actions {
      display: flex;
      justify-content: flex-end;
      gap: var(--z-space-8);
      padding: 0 var(--z-space-16) var(--z-space-16);
    }
    .actions:empty {
      display: none;
    }
  `,
})
export class Dialog {
  private static count = 0;
  readonly title = input.required<string>();
  readonly size = input<'normal' | 'wide' | 'side'>('normal');
  /** Esc and a press outside do not close it: something would be lost. */
  readonly guarded = input(false);
  readonly open = model(false);
  protected readonly titleId = `z-dialog-${(Dialog.count += 1)}`;

  private readonly body = viewChild.required<TemplateRef<unknown>>('body');
  private readonly dialogs = inject(CdkDialog);
  private readonly container = inject(ViewContainerRef);
  private readonly injector = inject(Injector);
  private shown: DialogRef | null = null;

  constructor() {
    effect(() => {
      const open = this.open();
      untracked(() => (open ? this.show() : this.shown?.close()));
    });
    inject(DestroyRef).onDestroy(() => {
      const shown = this.shown;
      this.shown = null;
      shown?.close();
    });
  }

  private show(): void {
    if (this.shown) return;
    const shown = this.dialogs.open(this.body(), {
      viewContainerRef: this.container,
      ariaLabelledBy: this.titleId,
      disableClose: this.guarded(),
      backdropClass: 'z-backdrop',
      restoreFocus: true,
      ...(this.size() === 'side' ? { positionStrategy: sideOf(this.injector) } : {}),
    });
    this.shown = shown;
    shown.closed.subscribe(() => {
      if (this.shown !== shown) return;
      this.shown = null;
      this.open.set(false);
    });
  }
}

/** At the end of the line, inside the environment frame, which nothing covers. */
function sideOf(injector: Injector): PositionStrategy {
  return createGlobalPositionStrategy(injector).top('var(--z-frame-width)').end('var(--z-frame-width)');
}

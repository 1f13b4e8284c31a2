import {
  DestroyRef,
  Directive,
  ElementRef,
  Injector,
  ViewContainerRef,
  inject,
  input,
  output,
  signal,
} from '@angular/core';
import type { TemplateRef } from '@angular/core';
import {
  createFlexibleConnectedPositionStrategy,
  createOverlayRef,
  createRepositionScrollStrategy,
} from '@angular/cdk/overlay';
import type { ConnectedPosition, OverlayRef } from '@angular/cdk/overlay';
import { TemplatePortal } from '@angular/cdk/portal';

/** Below and aligned with the start, else the end, else above. */
export const DROP_POSITIONS: ConnectedPosition[] = [
  { originX: 'start', originY: 'bottom', overlayX: 'start', overlayY: 'top', offsetY: 4 },
  { originX: 'end', originY: 'bottom', overlayX: 'end', overlayY: 'top', offsetY: 4 },
  { originX: 'start', originY: 'top', overlayX: 'start', overlayY: 'bottom', offsetY: -4 },
  { originX: 'end', originY: 'top', overlayX: 'end', overlayY: 'bottom', offsetY: -4 },
];

/**
 * Opens a template beside its button as a non-modal dialog: focus goes in, Esc and a press outside close it, focus returns.
 * The template's root should carry class `z-overlay`.
 */
@Directive({
  selector: '[zPopover]',
  exportAs: 'zPopover',
  host: {
    'aria-haspopup': 'dialog',
    '[attr.aria-expanded]': 'opened()',
    '(click)': 'toggle()',
  },
})
export class Popover {
  readonly template = input.required<TemplateRef<unknown>>({ alias: 'zPopover' });
  readonly label = input.required<string>({ alias: 'zPopoverLabel' });
  readonly openedChange = output<boolean>();
  readonly opened = signal(false);

  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);
  private readonly container = inject(ViewContainerRef);
  private overlay: OverlayRef | null = null;

  constructor() {
    inject(DestroyRef).onDestroy(() => this.dispose());
  }

  toggle(): void {
    if (this.opened()) this.close();
    else this.open();
  }

  open(): void {
    if (this.overlay) return;
    const overlay = createOverlayRef(this.injector, {
      positionStrategy: createFlexibleConnectedPositionStrategy(this.injector, this.host)
        .withPositions(DROP_POSITIONS)
        .withViewportMargin(8)
        .withPush(true),
      scrollStrategy: createRepositionScrollStrategy(this.injector),
    });
    this.overlay = overlay;
    overlay.attach(new TemplatePortal(this.template(), this.container));
    const panel = overlay.overlayElement;
    panel.setAttribute('role', 'dialog');
    panel.setAttribute('aria-label', this.label());
    panel.tabIndex = -1;
    overlay.keydownEvents().subscribe((event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
    });
    overlay.outsidePointerEvents().subscribe((event) => {
      if (!this.host.contains(event.target as Node)) this.close();
    });
    panel.focus();
    this.opened.set(true);
    this.openedChange.emit(true);
  }

  close(): void {
    if (!this.overlay) return;
    const heldFocus = this.overlay.overlayElement.contains(document.activeElement);
    this.dispose();
    // Only when focus was inside: a press elsewhere has already moved it where the reader wants it.
    if (heldFocus) this.host.focus();
    this.openedChange.emit(false);
  }

  private dispose(): void {
    this.overlay?.dispose();
    this.overlay = null;
    this.opened.set(false);
  }
}

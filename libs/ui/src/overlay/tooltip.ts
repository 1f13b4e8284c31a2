import { DestroyRef, Directive, ElementRef, Injector, effect, inject, input } from '@angular/core';
import { AriaDescriber } from '@angular/cdk/a11y';
import {
  createFlexibleConnectedPositionStrategy,
  createOverlayRef,
  createRepositionScrollStrategy,
} from '@angular/cdk/overlay';
import type { OverlayRef } from '@angular/cdk/overlay';
import { ComponentPortal } from '@angular/cdk/portal';
import { TooltipPanel } from './tooltip-panel.ts';

const SHOW_AFTER_MS = 400;
/** Long enough to reach the tooltip with the pointer (WCAG 1.4.13). */
const HIDE_AFTER_MS = 160;

/**
 * Words about an element, on hover and on focus. They are always the element's accessible description too, so nothing is
 * told to the pointer alone. Esc hides it.
 */
@Directive({
  selector: '[zTooltip]',
  host: {
    '(pointerenter)': 'plan(true)',
    '(pointerleave)': 'plan(false)',
    '(focus)': 'show()',
    '(blur)': 'hide()',
    '(keydown.escape)': 'hide()',
    '(click)': 'hide()',
  },
})
export class Tooltip {
  readonly text = input.required<string>({ alias: 'zTooltip' });
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);
  private overlay: OverlayRef | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const describer = inject(AriaDescriber);
    let described = '';
    effect(() => {
      if (described) describer.removeDescription(this.host, described);
      described = this.text();
      if (described) describer.describe(this.host, described);
    });
    inject(DestroyRef).onDestroy(() => {
      if (described) describer.removeDescription(this.host, described);
      this.hide();
    });
  }

  protected plan(visible: boolean): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (visible ? this.show() : this.hide()), visible ? SHOW_AFTER_MS : HIDE_AFTER_MS);
  }

  protected show(): void {
    clearTimeout(this.timer);
    if (this.overlay || !this.text()) return;
    this.overlay = createOverlayRef(this.injector, {
      positionStrategy: createFlexibleConnectedPositionStrategy(this.injector, this.host)
        .withPositions([
          { originX: 'center', originY: 'bottom', overlayX: 'center', overlayY: 'top', offsetY: 6 },
          { originX: 'center', originY: 'top', overlayX: 'center', overlayY: 'bottom', offsetY: -6 },
        ])
        .withViewportMargin(8),
      scrollStrategy: createRepositionScrollStrategy(this.injector),
    });
    const panel = this.overlay.attach(new ComponentPortal(TooltipPanel, null, this.injector));
    panel.setInput('text', this.text());
    panel.changeDetectorRef.detectChanges();
    this.overlay.overlayElement.addEventListener('pointerenter', () => clearTimeout(this.timer));
    this.overlay.overlayElement.addEventListener('pointerleave', () => this.plan(false));
    this.overlay.updatePosition();
  }

  protected hide(): void {
    clearTimeout(this.timer);
    this.overlay?.dispose();
    this.overlay = null;
  }
}

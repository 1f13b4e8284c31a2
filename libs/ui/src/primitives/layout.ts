import { Component, computed, input, viewChild } from '@angular/core';
import type { ElementRef } from '@angular/core';
import { FreshnessBadge } from './freshness.ts';
import type { Freshness } from './freshness.ts';
import { Icon } from './icon.ts';
import type { IconName } from './icons.ts';

/**
 * The frame of every page: header, rail, content, status line. Slots: `[zHeader]`, `[zRail]`, default for the content,
 * `[zStatus]`. Below 768 px the rail becomes a bar at the bottom. Put the page in a `main` of its own.
 */
@Component({
  selector: 'z-app-frame',
  template: `<a class="skip" href="#main" (click)="skip($event)">Skip to content</a>
    <header><ng-content select="[zHeader]" /></header>
    <nav [attr.aria-label]="railLabel()"><ng-content select="[zRail]" /></nav>
    <div class="content" id="main" tabindex="-1" #content><ng-content /></div>
    <footer><ng-content select="[zStatus]" /></footer>`,
  host: { '[attr.data-rail]': 'railOpen() ? "open" : "narrow"' },
  styles: `
    :host {
      display: grid;
      grid-template-areas: 'header header' 'rail content' 'status status';
      grid-template-rows: var(--z-header-height) minmax(0, 1fr) var(--z-status-height);
      grid-template-columns: auto minmax(0, 1fr);
      block-size: 100dvh;
      padding: var(--z-frame-width);
    }
    header {
      grid-area: header;
      display: flex;
      align-items: center;
      min-inline-size: 0;
      background: var(--z-surface);
      border-block-end: 1px solid var(--z-separator);
    }
    nav {
      grid-area: rail;
      inline-size: var(--z-rail-width);
      overflow: hidden auto;
      background: var(--z-surface);
      border-inline-end: 1px solid var(--z-separator);
      scrollbar-width: none;
    }
    :host([data-rail='open']) nav {
      inline-size: var(--z-rail-width-open);
    }
    .content {
      grid-area: content;
      min-inline-size: 0;
      overflow: auto;
    }
    .content:focus-visible {
      outline: none;
    }
    footer {
      grid-area: status;
      display: flex;
      align-items: center;
      min-inline-size: 0;
      overflow: hidden;
      background: var(--z-surface);
      border-block-start: 1px solid var(--z-separator);
      color: var(--z-muted);
      font-size: var(--z-font-11);
      font-variant-numeric: tabular-nums slashed-zero;
    }
    .skip {
      position: fixed;
      inset-block-start: var(--z-space-8);
      inset-inline-start: var(--z-space-8);
      z-index: var(--z-layer-overlay);
      padding: var(--z-space-8) var(--z-space-12);
      background: var(--z-raised);
      border-radius: var(--z-radius-4);
    }
    .skip:not(:focus-visible) {
      inset-block-start: -100px;
    }
    @media (width < 768px) {
      :host,
      :host([data-rail='open']) {
        grid-template-areas: 'header' 'content' 'rail' 'status';
        grid-template-rows: var(--z-header-height) minmax(0, 1fr) auto var(--z-status-height);
        grid-template-columns: minmax(0, 1fr);
      }
      nav,
      :host([data-rail='open']) nav {
        inline-size: auto;
        overflow: auto hidden;
        border-inline-end: 0;
        border-block-start: 1px solid var(--z-separator);
      }
    }
  `,
})
export class AppFrame {
  readonly railOpen = input(false);
  readonly railLabel = input('Pages');
  private readonly content = viewChild.required<ElementRef<HTMLElement>>('content');

  protected skip(event: Event): void {
    event.preventDefault();
    this.content().nativeElement.focus();
  }
}

/** The 40 px line at the top of a page: its one `h1`, what qualifies it, and its actions in `[zActions]`. */
@Component({
  selector: 'z-page-header',
  template: `<h1 tabindex="-1" #heading>{{ title() }}</h1>
    <div class="about"><ng-content /></div>
    <div class="actions"><ng-content select="[zActions]" /></div>`,
  styles: `
    :host {
      display: flex;
      align-items: center;
      gap: var(--z-space-12);
      min-block-size: var(--z-page-header-height);
      padding: 0 var(--z-space-12);
      background: var(--z-background);
      border-block-end: 1px solid var(--z-separator);
    }
    h1 {
      flex: none;
      font-size: var(--z-font-16);
      line-height: var(--z-line-figure);
    }
    .about {
      display: flex;
      align-items: center;
      gap: var(--z-space-12);
      flex: 1;
      min-inline-size: 0;
      overflow: hidden;
      color: var(--z-muted);
    }
    .actions {
      display: flex;
      align-items: center;
      gap: var(--z-space-8);
    }
    @media (width < 768px) {
      :host,
      .actions {
        flex-wrap: wrap;
      }
      :host {
        padding-block: var(--z-space-4);
      }
      .actions {
        margin-inline-start: auto;
      }
      .about:not(:empty) {
        order: 1;
        flex-basis: 100%;
        overflow: auto hidden;
      }
    }
  `,
})
export class PageHeader {
  readonly title = input.required<string>();
  private readonly heading = viewChild.required<ElementRef<HTMLElement>>('heading');

  /** Moves focus to the heading; call it after a change of page so that it is announced. */
  focusHeading(): void {
    this.heading().nativeElement.focus();
  }
}

/** One place of the rail: icon always, words when the rail is open; put it on a link. */
@Component({
  // An attribute keeps the native link.
  // eslint-disable-next-line @angular-eslint/component-selector
  selector: 'a[z-rail-item]',
  imports: [Icon],
  template: `<z-icon [name]="icon()" [size]="20" /><span class="label" [class.z-sr]="!open()">{{ label() }}</span>`,
  host: {
    '[attr.aria-current]': 'active() ? "page" : null',
    '[attr.title]': 'open() ? null : label()',
    '[attr.data-open]': 'open() ? "" : null',
  },
  styles: `
    :host {
      position: relative;
      display: flex;
      align-items: center;
      justify-content: center;
      gap: var(--z-space-12);
      block-size: 40px;
      min-inline-size: 44px;
      color: var(--z-muted);
      font-size: var(--z-font-13);
      text-decoration: none;
    }
    :host([data-open]) {
      justify-content: flex-start;
      padding-inline: 18px var(--z-space-12);
    }
    :host(:hover) {
      background: var(--z-hover);
      color: var(--z-text);
    }
    :host(:focus-visible) {
      outline-offset: -2px;
    }
    :host([aria-current]) {
      color: var(--z-text);
      background: var(--z-selected);
    }
    :host([aria-current])::before {
      content: '';
      position: absolute;
      inset-block: 0;
      inset-inline-start: 0;
      inline-size: 2px;
      background: var(--z-accent);
      forced-color-adjust: none;
    }
    @media (width < 768px) {
      :host,
      :host([data-open]) {
        flex: 1 0 56px;
        flex-direction: column;
        justify-content: center;
        gap: 2px;
        block-size: 48px;
        padding: 0;
        font-size: var(--z-font-11);
      }
      :host([aria-current])::before {
        inset-block: 0 auto;
        inset-inline: 0;
        inline-size: auto;
        block-size: 2px;
      }
    }
  `,
})
export class RailItem {
  readonly icon = input.required<IconName>();
  readonly label = input.required<string>();
  readonly open = input(false);
  readonly active = input(false);
}

/** A titled surface with the freshness of all its figures at the foot. Slots: default, `[zActions]`, `[zFoot]`. */
@Component({
  selector: 'z-tile',
  imports: [FreshnessBadge],
  template: `<section [attr.aria-label]="title()">
    <div class="head">
      <h2>{{ title() }}</h2>
      <div class="actions"><ng-content select="[zActions]" /></div>
    </div>
    <div class="body" [class.z-stale]="dimmed()"><ng-content /></div>
    @if (freshness(); as value) {
      <div class="foot">
        <z-freshness [value]="value" [title]="source()" /><span class="note"><ng-content select="[zFoot]" /></span>
      </div>
    }
  </section>`,
  styles: `
    :host {
      display: block;
      min-inline-size: 0;
    }
    section {
      display: flex;
      flex-direction: column;
      block-size: 100%;
      background: var(--z-surface);
      border: 1px solid var(--z-separator);
      border-radius: var(--z-radius-6);
    }
    .head {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: var(--z-space-8);
      min-block-size: 32px;
      padding: 0 var(--z-space-12);
      border-block-end: 1px solid var(--z-separator);
    }
    h2 {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      font-size: var(--z-font-12);
      font-weight: 600;
    }
    .body {
      flex: 1;
      min-block-size: 0;
      padding: var(--z-space-12);
      overflow: auto;
    }
    .foot {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: var(--z-space-8);
      min-block-size: 24px;
      padding: 0 var(--z-space-12);
      border-block-start: 1px solid var(--z-separator);
    }
    .note {
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
  `,
})
export class Tile {
  readonly title = input.required<string>();
  readonly freshness = input<Freshness | null>(null);
  /** The source in words, for those who point at the badge. */
  readonly source = input('');
  protected readonly dimmed = computed(() => {
    const state = this.freshness()?.state;
    return state === 'stale' || state === 'offline';
  });
}

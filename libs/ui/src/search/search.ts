import {
  Component,
  DestroyRef,
  Directive,
  Injector,
  ViewContainerRef,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  model,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import type { ElementRef, TemplateRef } from '@angular/core';
import { Dialog as CdkDialog } from '@angular/cdk/dialog';
import type { DialogRef } from '@angular/cdk/dialog';
import { CdkConnectedOverlay, CdkOverlayOrigin, createGlobalPositionStrategy } from '@angular/cdk/overlay';
import { Icon } from '../primitives/icon.ts';
import { OptionList, nextOption, optionDomId } from './option-list.ts';
import type { SearchGroup, SearchOption } from './option-list.ts';
import { DROP_POSITIONS } from '../overlay/popover.ts';

let lists = 0;

/**
 * What the inline field and the palette share: the combobox with a listbox. The field keeps focus, arrows move the active
 * option, Enter chooses it. Filtering and ranking are the owner's: it reads `query` and gives `groups`.
 */
@Directive()
abstract class SearchBase {
  readonly label = input.required<string>();
  readonly placeholder = input('');
  readonly groups = input.required<readonly SearchGroup[]>();
  /** An answer is awaited: what is listed belongs to an earlier query. */
  readonly pending = input(false);
  /** Stands in for an empty list: why there is nothing. */
  readonly message = input('');
  readonly query = model('');
  readonly chosen = output<SearchOption>();

  protected readonly listId = `z-list-${(lists += 1)}`;
  protected readonly options = computed(() => this.groups().flatMap((group) => group.options));
  /** The first that can be chosen for each new query; after that it stays where it is while it is still listed. */
  protected readonly active = linkedSignal<{ options: readonly SearchOption[]; query: string }, string | null>({
    source: () => ({ options: this.options(), query: this.query() }),
    computation: ({ options, query }, before) => {
      const listed = options.some((option) => option.id === before?.value && !option.blocked);
      if (listed && before?.source.query === query) return before.value;
      return options.find((option) => !option.blocked)?.id ?? null;
    },
  });
  protected readonly activeDom = computed(() => {
    const active = this.active();
    return active === null ? null : optionDomId(this.listId, active);
  });
  protected readonly status = computed(() => {
    if (this.pending()) return 'Searching';
    const count = this.options().length;
    if (count === 0) return this.message();
    return count === 1 ? 'one result' : `${count} results`;
  });

  /** The query for which Enter was pressed, until its list is there: keys can come faster than the list is drawn. */
  private readonly entered = signal<string | null>(null);

  constructor() {
    effect(() => {
      const entered = this.entered();
      if (entered === null) return;
      const isSame = entered === this.query();
      if (isSame && this.options().length === 0 && this.pending()) return;
      untracked(() => {
        this.entered.set(null);
        const option = this.options().find(({ id }) => id === this.active());
        if (isSame && option && !option.blocked) this.take(option);
      });
    });
  }

  protected typed(event: Event): void {
    this.query.set((event.target as HTMLInputElement).value);
  }

  protected point(option: SearchOption): void {
    if (!option.blocked) this.active.set(option.id);
  }

  /** Handles the keys of the list. */
  protected listKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.entered.set(this.query());
      return;
    }
    const next = nextOption(this.options(), this.active(), event.key);
    if (next === null) return;
    event.preventDefault();
    this.active.set(next);
  }

  protected abstract take(option: SearchOption): void;
}

/** What both show under their field: the options, or why there are none. */
@Component({
  selector: 'z-search-answers',
  imports: [OptionList],
  template: `@if (any()) {
      <z-option-list
        [listId]="listId()"
        [label]="label()"
        [groups]="groups()"
        [active]="active()"
        (pointed)="pointed.emit($event)"
        (chosen)="chosen.emit($event)"
      />
    } @else {
      <div class="message">{{ pending() ? 'Searching' : message() }}</div>
    }`,
  host: { '[class.stale]': 'pending()' },
  styles: `
    :host {
      display: contents;
    }
    :host(.stale) z-option-list {
      opacity: 0.6;
    }
    .message {
      padding: var(--z-space-12);
      color: var(--z-muted);
    }
  `,
})
class SearchAnswers {
  readonly listId = input.required<string>();
  readonly label = input.required<string>();
  readonly groups = input.required<readonly SearchGroup[]>();
  readonly active = input.required<string | null>();
  readonly pending = input.required<boolean>();
  readonly message = input.required<string>();
  readonly pointed = output<SearchOption>();
  readonly chosen = output<SearchOption>();
  protected readonly any = computed(() => this.groups().some(({ options }) => options.length > 0));
}

const FIELD_STYLES = `
  .field { display: flex; align-items: center; gap: var(--z-space-8); }
  .field z-icon { color: var(--z-muted); }
  input {
    flex: 1; min-inline-size: 0; padding: 0; border: 0; background: transparent; outline: none;
  }
  input::placeholder { color: var(--z-muted); opacity: 1; }
  input::-webkit-search-cancel-button { display: none; }
`;

/** A search field with its list under it. Opens on typing or arrow down; Esc closes, then clears. */
@Component({
  selector: 'z-combobox',
  imports: [CdkConnectedOverlay, CdkOverlayOrigin, Icon, SearchAnswers],
  template: `<div class="field box" cdkOverlayOrigin #origin="cdkOverlayOrigin" #box>
      <z-icon name="search" /><input
        #field
        type="search"
        role="combobox"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-autocomplete="list"
        [attr.aria-label]="label()"
        [attr.aria-expanded]="shown()"
        [attr.aria-controls]="shown() && options().length > 0 ? listId : null"
        [attr.aria-activedescendant]="shown() ? activeDom() : null"
        [attr.placeholder]="placeholder()"
        [value]="query()"
        (input)="typed($event); opened.set(true)"
        (keydown)="key($event)"
        (blur)="opened.set(false)"
      />
      @if (hint()) {
        <kbd aria-hidden="true">{{ hint() }}</kbd>
      }
    </div>
    <span class="z-sr" role="status">{{ shown() ? status() : '' }}</span>
    <ng-template
      cdkConnectedOverlay
      [cdkConnectedOverlayOrigin]="origin"
      [cdkConnectedOverlayOpen]="shown()"
      [cdkConnectedOverlayPositions]="positions"
      [cdkConnectedOverlayMinWidth]="box.offsetWidth"
      [cdkConnectedOverlayDisableClose]="true"
    >
      <div class="z-overlay drop">
        <z-search-answers
          [listId]="listId"
          [label]="label()"
          [groups]="groups()"
          [active]="active()"
          [pending]="pending()"
          [message]="message()"
          (pointed)="point($event)"
          (chosen)="take($event)"
        />
      </div>
    </ng-template>`,
  styles: [
    FIELD_STYLES,
    `
      :host {
        display: block;
        min-inline-size: 0;
      }
      .box {
        block-size: 28px;
        padding: 0 var(--z-space-8);
        border: 1px solid var(--z-control);
        border-radius: var(--z-radius-4);
        background: var(--z-background);
      }
      .box:focus-within {
        outline: var(--z-focus-width) solid var(--z-focus);
        outline-offset: -1px;
      }
      kbd {
        padding: 0 5px;
        border: 1px solid var(--z-separator);
        border-radius: var(--z-radius-4);
        color: var(--z-muted);
        font-size: var(--z-font-11);
      }
      .drop {
        display: flex;
        flex-direction: column;
        max-inline-size: calc(100vw - 16px);
        max-block-size: 60vh;
      }
    `,
  ],
})
export class Combobox extends SearchBase {
  /** Key that focuses the field, shown in it. */
  readonly hint = input('');
  protected readonly opened = signal(false);
  protected readonly shown = computed(
    () =>
      this.opened() && (this.options().length > 0 || this.pending() || (this.query() !== '' && this.message() !== '')),
  );
  protected readonly positions = DROP_POSITIONS;
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  /** Moves focus into the field and selects what is written. */
  focus(): void {
    const field = this.field().nativeElement;
    field.focus();
    field.select();
  }

  protected key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      if (this.shown()) {
        event.stopPropagation();
        this.opened.set(false);
      } else this.query.set('');
      event.preventDefault();
      return;
    }
    if (!this.shown() && event.key === 'ArrowDown') {
      event.preventDefault();
      this.opened.set(true);
      return;
    }
    if (this.shown()) this.listKey(event);
  }

  protected override take(option: SearchOption): void {
    this.opened.set(false);
    this.chosen.emit(option);
  }
}

/** The palette: a modal field with one list of everything. */
@Component({
  selector: 'z-palette',
  imports: [Icon, SearchAnswers],
  template: `<ng-template #body>
    <div class="z-overlay sheet">
      <div class="field top">
        <z-icon name="search" [size]="20" /><input
          #field
          type="search"
          role="combobox"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          aria-autocomplete="list"
          aria-expanded="true"
          cdkFocusInitial
          [attr.aria-label]="label()"
          [attr.aria-controls]="options().length > 0 ? listId : null"
          [attr.aria-activedescendant]="activeDom()"
          [attr.placeholder]="placeholder()"
          [value]="query()"
          (input)="typed($event)"
          (keydown)="key($event)"
        />
      </div>
      <span class="z-sr" role="status">{{ status() }}</span>
      <z-search-answers
        [listId]="listId"
        [label]="label()"
        [groups]="groups()"
        [active]="active()"
        [pending]="pending()"
        [message]="message()"
        (pointed)="point($event)"
        (chosen)="take($event)"
      />
    </div>
  </ng-template>`,
  styles: [
    FIELD_STYLES,
    `
      .sheet {
        display: flex;
        flex-direction: column;
        inline-size: min(560px, 100vw - 16px);
        max-block-size: min(60vh, 480px);
      }
      .top {
        block-size: 44px;
        flex: none;
        padding: 0 var(--z-space-12);
        border-block-end: 1px solid var(--z-separator);
        font-size: var(--z-font-14);
      }
    `,
  ],
})
export class Palette extends SearchBase {
  readonly open = model(false);
  private readonly body = viewChild.required<TemplateRef<unknown>>('body');
  private readonly dialogs = inject(CdkDialog);
  private readonly container = inject(ViewContainerRef);
  private readonly injector = inject(Injector);
  private shown: DialogRef | null = null;

  constructor() {
    super();
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

  protected key(event: KeyboardEvent): void {
    this.listKey(event);
  }

  protected override take(option: SearchOption): void {
    this.open.set(false);
    this.chosen.emit(option);
  }

  private show(): void {
    if (this.shown) return;
    const shown = this.dialogs.open(this.body(), {
      viewContainerRef: this.container,
      ariaLabel: this.label(),
      backdropClass: 'z-backdrop',
      panelClass: 'z-palette-pane',
      autoFocus: 'input',
      positionStrategy: createGlobalPositionStrategy(this.injector).centerHorizontally().top('12vh'),
    });
    this.shown = shown;
    shown.closed.subscribe(() => {
      if (this.shown !== shown) return;
      this.shown = null;
      this.open.set(false);
    });
  }
}

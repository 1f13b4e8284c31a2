import { CdkDrag, CdkDragHandle, CdkDropList, CdkDropListGroup } from '@angular/cdk/drag-drop';
import type { CdkDragDrop } from '@angular/cdk/drag-drop';
import { Component, ElementRef, Injector, afterNextRender, inject, input, output, signal } from '@angular/core';
import { Icon } from '../primitives/icon.ts';
import { RowButtons } from '../primitives/row-buttons.ts';

export interface ListSection {
  readonly title: string;
  readonly items: readonly string[];
}

interface Place {
  readonly section: number;
  readonly at: number;
}

/** Takes the item at `from` and puts it at `to`, a place in the list without it. */
export function moveItem(sections: readonly ListSection[], from: Place, to: Place): readonly ListSection[] {
  const item = sections[from.section]?.items[from.at];
  const target = sections[to.section];
  if (item === undefined || !target) return sections;
  if (from.section !== to.section && target.items.includes(item)) return sections;
  const without = sections.map((section, i) =>
    i === from.section ? { ...section, items: section.items.filter((_, at) => at !== from.at) } : section,
  );
  return without.map((section, i) =>
    i === to.section ? { ...section, items: section.items.toSpliced(to.at, 0, item) } : section,
  );
}

/** One step up or down; past the end of a section into the next one that does not hold the item. */
export function stepItem(sections: readonly ListSection[], from: Place, step: -1 | 1): Place | null {
  const items = sections[from.section]?.items ?? [];
  const item = items[from.at];
  const at = from.at + step;
  if (item === undefined) return null;
  if (at >= 0 && at < items.length) return { section: from.section, at };
  for (let section = from.section + step; ; section += step) {
    const next = sections[section];
    if (!next) return null;
    if (!next.items.includes(item)) return { section, at: step < 0 ? next.items.length : 0 };
  }
}

/**
 * Items in titled sections, put in order by drag, by Alt with the arrow keys, or by the buttons of the focused row. What is
 * shown is the owner's: every change is an output.
 */
@Component({
  selector: 'z-section-list',
  imports: [CdkDrag, CdkDragHandle, CdkDropList, CdkDropListGroup, Icon, RowButtons],
  template: `<div cdkDropListGroup>
      @for (section of sections(); track $index; let i = $index) {
        <section [attr.aria-label]="'Section ' + (section.title || 'without a title')">
          <div class="head">
            <input
              type="text"
              autocomplete="off"
              [attr.maxlength]="60"
              [attr.aria-label]="'Title of section ' + (i + 1)"
              placeholder="No title"
              [value]="section.title"
              (change)="retitle(i, $event)"
            />
            <z-row-buttons
              [what]="'section ' + (section.title || i + 1)"
              [first]="i === 0"
              [last]="i === sections().length - 1"
              (stepped)="moveSection(i, $event)"
              (removed)="removeSection(i)"
            />
          </div>
          <ol cdkDropList [cdkDropListData]="i" (cdkDropListDropped)="dropped($event)">
            @for (item of section.items; track item; let at = $index) {
              <li cdkDrag class="row">
                <span class="handle" cdkDragHandle aria-hidden="true"><z-icon name="menu" /></span>
                <button
                  type="button"
                  class="item"
                  [attr.data-place]="i + ':' + at"
                  [attr.aria-label]="item + ', ' + (at + 1) + ' of ' + section.items.length"
                  aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
                  (keydown)="key($event, { section: i, at })"
                >
                  {{ item }}
                </button>
                <span class="detail">{{ details().get(item) ?? '' }}</span>
                <z-row-buttons
                  [what]="item"
                  (stepped)="step({ section: i, at }, $event)"
                  (removed)="remove({ section: i, at })"
                />
              </li>
            } @empty {
              <li class="none">Nothing in it.</li>
            }
          </ol>
        </section>
      }
    </div>
    <span class="z-sr" role="status">{{ said() }}</span>`,
  styles: `
    :host {
      display: block;
    }
    section {
      margin-block-end: var(--z-space-8);
      border: 1px solid var(--z-separator);
      border-radius: var(--z-radius-4);
    }
    .head,
    .row {
      display: flex;
      align-items: center;
      gap: var(--z-space-4);
      min-block-size: 28px;
      padding-inline: var(--z-space-8) var(--z-space-4);
    }
    .head {
      background: var(--z-surface);
      border-block-end: 1px solid var(--z-separator);
    }
    .head input {
      flex: 1;
      min-inline-size: 0;
      block-size: 24px;
      border: 0;
      background: none;
      font-size: var(--z-font-12);
      font-weight: 600;
    }
    .head input::placeholder {
      color: var(--z-muted);
      font-weight: 400;
      opacity: 1;
    }
    .row {
      background: var(--z-raised);
    }
    .handle {
      display: inline-flex;
      color: var(--z-muted);
      cursor: grab;
    }
    .item {
      flex: none;
      min-inline-size: 8ch;
      min-block-size: 24px;
      padding: 0 var(--z-space-4);
      border: 0;
      border-radius: var(--z-radius-4);
      background: none;
      font-weight: 600;
      text-align: start;
      cursor: default;
    }
    .detail {
      flex: 1;
      min-inline-size: 0;
      overflow: hidden;
      color: var(--z-muted);
      font-size: var(--z-font-12);
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .none {
      padding: var(--z-space-4) var(--z-space-8);
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
    .cdk-drag-preview {
      box-shadow: 0 8px 24px var(--z-shadow);
    }
    .cdk-drag-placeholder {
      opacity: 0.4;
    }
  `,
})
export class SectionList {
  readonly sections = input.required<readonly ListSection[]>();
  /** Words behind an item, by item. */
  readonly details = input<ReadonlyMap<string, string>>(new Map());
  readonly sectionsChange = output<readonly ListSection[]>();
  protected readonly said = signal('');
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);

  protected retitle(section: number, event: Event): void {
    const title = (event.target as HTMLInputElement).value.trim();
    this.sectionsChange.emit(this.sections().map((one, i) => (i === section ? { ...one, title } : one)));
  }

  protected moveSection(section: number, step: -1 | 1): void {
    const one = this.sections()[section];
    if (!one) return;
    this.sectionsChange.emit(
      this.sections()
        .toSpliced(section, 1)
        .toSpliced(section + step, 0, one),
    );
    this.said.set(`${one.title || 'Section'} is now ${section + step + 1} of ${this.sections().length}.`);
  }

  protected removeSection(section: number): void {
    this.sectionsChange.emit(this.sections().toSpliced(section, 1));
  }

  protected dropped({ previousContainer, container, previousIndex, currentIndex }: CdkDragDrop<number>): void {
    this.move(
      { section: previousContainer.data, at: previousIndex },
      { section: container.data, at: currentIndex },
      false,
    );
  }

  protected key(event: KeyboardEvent, from: Place): void {
    if (event.key === 'Delete') this.remove(from);
    else if (event.altKey && event.key === 'ArrowUp') this.step(from, -1);
    else if (event.altKey && event.key === 'ArrowDown') this.step(from, 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  protected step(from: Place, by: -1 | 1): void {
    const to = stepItem(this.sections(), from, by);
    if (to) this.move(from, to, true);
    else this.said.set(by < 0 ? 'It is the first.' : 'It is the last.');
  }

  protected remove({ section, at }: Place): void {
    const item = this.sections()[section]?.items[at];
    this.sectionsChange.emit(
      this.sections().map((one, i) => (i === section ? { ...one, items: one.items.toSpliced(at, 1) } : one)),
    );
    this.said.set(`${item ?? 'It'} is removed.`);
    this.focus({ section, at: Math.max(0, at - 1) });
  }

  private move(from: Place, to: Place, focus: boolean): void {
    const item = this.sections()[from.section]?.items[from.at];
    const moved = moveItem(this.sections(), from, to);
    if (moved === this.sections()) {
      this.said.set('It is in that section already.');
      return;
    }
    this.sectionsChange.emit(moved);
    const target = moved[to.section];
    this.said.set(
      `${item ?? 'It'} is now ${to.at + 1} of ${target?.items.length ?? 1}${target?.title ? ` in ${target.title}` : ''}.`,
    );
    if (focus) this.focus(to);
  }

  /** The moved row is drawn anew; focus goes with it. */
  private focus({ section, at }: Place): void {
    const put = (): void => this.host.querySelector<HTMLElement>(`[data-place="${section}:${at}"]`)?.focus();
    afterNextRender({ read: put }, { injector: this.injector });
  }
}

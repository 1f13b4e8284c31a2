import { Component, input } from '@angular/core';
import type { Signal } from '@angular/core';
import { Button, EmptyBlock, ErrorBlock, Icon, Skeleton } from '@ziggy/ui';
import type { RequestProblem } from '../data/problem.ts';

/** A list that is read page by page, as its store gives it. */
export interface PagedSource {
  /** All rows read so far; null before the first answer. */
  readonly items: Signal<readonly unknown[] | null>;
  readonly problem: Signal<RequestProblem | null>;
  readonly loading: Signal<boolean>;
  readonly hasMore: Signal<boolean>;
  refresh(): unknown;
  more(): void;
}

/**
 * Every state of a list that goes on behind a cursor: awaited, failed, empty, there, there but not refreshed, and more to be
 * read. The rows themselves are the content.
 */
@Component({
  selector: 'z-paged-list',
  imports: [Button, EmptyBlock, ErrorBlock, Icon, Skeleton],
  template: `@if (list().items(); as rows) {
      @if (list().problem(); as problem) {
        <p class="said warn" role="status"><z-icon name="warning" />Not refreshed: {{ problem.message }}.</p>
      }
      @if (rows.length === 0) {
        <z-empty [sentence]="empty()" [reason]="reason()" />
      } @else {
        <ng-content />
      }
      @if (list().hasMore()) {
        <div class="acts">
          <button z-button [blocked]="list().loading() ? 'it is being read' : null" (click)="list().more()">
            Show more
          </button>
        </div>
      }
    } @else if (list().problem(); as problem) {
      <z-error [problem]="problem.shown" (retry)="list().refresh()" />
    } @else {
      <z-skeleton [lines]="lines()" [label]="'Loading ' + what()" />
    }`,
  styleUrl: './section.scss',
  styles: `
    :host {
      display: contents;
    }
  `,
})
export class PagedList {
  readonly list = input.required<PagedSource>();
  /** What is listed, as it stands after "Loading". */
  readonly what = input.required<string>();
  /** The sentence, and the reason, of a list with nothing in it. */
  readonly empty = input.required<string>();
  readonly reason = input.required<string>();
  /** Lines of the skeleton: about as high as a first page. */
  readonly lines = input(8);
}

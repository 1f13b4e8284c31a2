import { Component, computed, input } from '@angular/core';

/** One member that differs; a side is null where the member was not there. */
export interface DiffRow {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** How deep members are taken apart; what lies deeper is written as JSON. */
const DEPTH = 6;

/** What differs between two JSON values, member by member, in the order of `after`. */
export function diffOf(before: unknown, after: unknown): DiffRow[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...now.keys(), ...old.keys()])]
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((row) => row.before !== row.after);
}

function leavesOf(value: unknown): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (node: unknown, path: string, depth: number): void => {
    if (node === undefined || (node === null && path === '')) return;
    const plain = typeof node === 'object' && node !== null && !Array.isArray(node);
    if (!plain || depth === 0) {
      leaves.set(path, textOf(node));
      return;
    }
    for (const [name, member] of Object.entries(node)) walk(member, path === '' ? name : `${path}.${name}`, depth - 1);
  };
  walk(value, '', DEPTH);
  return leaves;
}

function textOf(value: unknown): string {
  if (value === null) return '(none)';
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.length === 0 ? '(none)' : value.join(', ');
  return JSON.stringify(value);
}

/** Two states of a thing as a table of what differs: word, then colour, say which side is which. */
@Component({
  selector: 'z-diff',
  template: `@if (rows().length === 0) {
      <p>No member differs.</p>
    } @else {
      <div class="scroll" role="region" tabindex="0" [attr.aria-label]="label()">
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            @for (row of rows(); track row.path) {
              <tr>
                <th scope="row">{{ row.path || 'value' }}</th>
                <td>
                  @if (row.before === null) {
                    <span class="none">not there</span>
                  } @else {
                    <del>{{ row.before }}</del>
                  }
                </td>
                <td>
                  @if (row.after === null) {
                    <span class="none">not there</span>
                  } @else {
                    <ins>{{ row.after }}</ins>
                  }
                </td>
              </tr>
            }
          </tbody>
        </table>
      </div>
    }`,
  styles: `
    :host {
      display: block;
    }
    .scroll {
      overflow-x: auto;
    }
    table {
      inline-size: 100%;
      font-size: var(--z-font-12);
    }
    th,
    td {
      padding: var(--z-space-4) var(--z-space-8) var(--z-space-4) 0;
      border-block-end: 1px solid var(--z-separator);
      font-weight: 400;
      text-align: start;
      vertical-align: top;
      overflow-wrap: anywhere;
    }
    thead th,
    .none,
    p {
      color: var(--z-muted);
    }
    tbody th {
      font-weight: 600;
    }
    ins {
      font-weight: 600;
      text-decoration: none;
    }
    del {
      color: var(--z-muted);
    }
  `,
})
export class Diff {
  readonly before = input.required<unknown>();
  readonly after = input.required<unknown>();
  readonly label = input('What changed');
  protected readonly rows = computed(() => diffOf(this.before(), this.after()));
}

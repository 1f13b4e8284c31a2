import { Component, inject, input, output } from '@angular/core';
import type { ApiKey } from '@ziggy/contracts';
import { AgeCell, Button, Icon, TimeCell } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { People } from '../identity/people.store.ts';
import { Viewer } from '../identity/viewer.ts';

const DAY_MS = 86_400_000;
/** A key that ends within this many days is pointed out. */
const WARN_DAYS = 14;

/** API keys with what they may, when they end and when they were used. */
@Component({
  selector: 'z-key-table',
  imports: [AgeCell, Button, Icon, TimeCell],
  template: `<div class="scroll" role="region" tabindex="0" [attr.aria-label]="label()">
    <table>
      <thead>
        <tr>
          <th scope="col">Key</th>
          @if (owners()) {
            <th scope="col">Owner</th>
          }
          <th scope="col">May</th>
          <th scope="col">Ends</th>
          <th scope="col">Last used</th>
          <th scope="col">From</th>
          <th scope="col"><span class="z-sr">Acts</span></th>
        </tr>
      </thead>
      <tbody>
        @for (key of keys(); track key.id) {
          <tr>
            <th scope="row">
              {{ key.name }}<small class="z-mono">{{ key.prefix }}…</small>
            </th>
            @if (owners()) {
              <td>{{ people.name(key.ownerId) }}</td>
            }
            <td>{{ key.scopes.join(', ') }}</td>
            <td>
              <z-time
                as="date"
                [field]="'key.' + key.id + '.expiresAt'"
                [value]="at(key.expiresAt)"
                [zone]="viewer.zone()"
                [locale]="viewer.locale()"
              />
              @if (soon(key)) {
                <small class="warn"
                  ><z-icon name="warning" /> in
                  <z-age [field]="'key.' + key.id + '.left'" [value]="left(key)" />
                </small>
              }
            </td>
            <td>
              @if (key.lastUsedAt; as used) {
                <z-age [field]="'key.' + key.id + '.lastUsedAt'" [value]="ageOf(used)" unit="ago" />
              } @else {
                never
              }
            </td>
            <td class="z-mono">{{ key.allowFrom.length === 0 ? 'anywhere' : key.allowFrom.join(', ') }}</td>
            <td>
              <div class="acts">
                @if (!owners()) {
                  <button z-button (click)="rotated.emit(key)">
                    Replace<span class="z-sr"> {{ key.name }}</span>
                  </button>
                }
                <button z-button variant="danger" (click)="revoked.emit(key)">
                  Revoke<span class="z-sr"> {{ key.name }}</span>
                </button>
              </div>
            </td>
          </tr>
        }
      </tbody>
    </table>
  </div>`,
  styleUrl: '../sections/section.scss',
  styles: `
    .acts {
      flex-wrap: nowrap;
      justify-content: flex-end;
    }
  `,
})
export class KeyTable {
  readonly label = input.required<string>();
  readonly keys = input.required<readonly ApiKey[]>();
  /** Shows whose they are; they are not to be replaced then. */
  readonly owners = input(false);
  readonly rotated = output<ApiKey>();
  readonly revoked = output<ApiKey>();
  protected readonly viewer = inject(Viewer);
  protected readonly people = inject(People);
  readonly #clock = inject(ClockStore);
  protected readonly at = (instant: string): number => Date.parse(instant);
  protected readonly ageOf = (instant: string): number => Math.max(0, this.#clock.now() - Date.parse(instant));
  protected readonly left = (key: ApiKey): number => Date.parse(key.expiresAt) - this.#clock.now();
  protected readonly soon = (key: ApiKey): boolean => this.left(key) < WARN_DAYS * DAY_MS;
}

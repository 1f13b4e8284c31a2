import { Component, computed, inject, input, output, signal } from '@angular/core';
import { Button, EmptyBlock, ErrorBlock, Icon, Popover, Skeleton } from '@ziggy/ui';
import type { IndicatorEntry } from '@ziggy/contracts';
import { IndicatorsStore } from '../data/indicators.store.ts';
import { IndicatorForm } from './indicator-form.ts';
import { MOST_INDICATORS, indicatorId, indicatorLabel } from './indicators.ts';
import type { ChosenIndicator } from './indicators.ts';

const PANES = [
  { pane: 'price', title: 'Over the price' },
  { pane: 'own', title: 'In a pane of its own' },
] as const;

/** Chooses indicators: what is on the chart with its parameters, and the catalogue to add from. Tab, arrows, Enter and Esc do it all. */
@Component({
  selector: 'z-indicator-picker',
  imports: [Button, EmptyBlock, ErrorBlock, Icon, IndicatorForm, Popover, Skeleton],
  templateUrl: './indicator-picker.html',
  styleUrl: './indicator-picker.scss',
})
export class IndicatorPicker {
  readonly chosen = input.required<readonly ChosenIndicator[]>();
  /** The ids that shall be on the chart. */
  readonly changed = output<readonly string[]>();
  protected readonly store = inject(IndicatorsStore);
  protected readonly most = MOST_INDICATORS;
  protected readonly query = signal('');
  /** Id of the indicator whose parameters are open, or name of the one that is added. */
  protected readonly editing = signal<string | null>(null);
  protected readonly said = signal('');
  protected readonly label = indicatorLabel;

  protected readonly taken = computed(() => new Set(this.chosen().map(({ id }) => id)));
  protected readonly full = computed(() =>
    this.chosen().length >= MOST_INDICATORS ? `${MOST_INDICATORS} are on the chart; remove one first` : null,
  );
  protected readonly groups = computed(() => {
    const text = this.query().trim().toLowerCase();
    const fits = ({ name, title }: IndicatorEntry): boolean =>
      text === '' || name.toLowerCase().includes(text) || title.toLowerCase().includes(text);
    return PANES.map(({ pane, title }) => ({
      title,
      entries: (this.store.catalogue() ?? []).filter((entry) => entry.pane === pane && fits(entry)),
    })).filter(({ entries }) => entries.length > 0);
  });

  protected defaults(entry: IndicatorEntry): readonly number[] {
    return entry.params.map((param) => param.default);
  }

  protected opened(): void {
    this.store.load();
    this.editing.set(null);
    this.query.set('');
    this.said.set('');
  }

  /** Adds it with its defaults; one that is there already is asked for other parameters. */
  protected add(entry: IndicatorEntry): void {
    const params = this.defaults(entry);
    const id = indicatorId(entry, params);
    if (!this.taken().has(id)) this.#put(entry, params, null);
    else if (entry.params.length > 0) this.editing.set(entry.name);
    else this.said.set(`${entry.title} is on the chart`);
  }

  protected apply(entry: IndicatorEntry, params: readonly number[], before: string | null): void {
    this.#put(entry, params, before);
    this.editing.set(null);
  }

  protected remove(indicator: ChosenIndicator, field: HTMLElement): void {
    this.changed.emit(this.#ids().filter((id) => id !== indicator.id));
    this.said.set(`${indicatorLabel(indicator)} removed`);
    field.focus();
  }

  /** Arrow keys move along the buttons of the catalogue; from the field, down goes to the first. */
  protected move(event: KeyboardEvent, list: HTMLElement): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    const buttons = [...list.querySelectorAll<HTMLElement>('button[data-add]')];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    if (at === -1 && step === -1) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
  }

  #ids(): string[] {
    return this.chosen().map(({ id }) => id);
  }

  #put(entry: IndicatorEntry, params: readonly number[], before: string | null): void {
    const id = indicatorId(entry, params);
    const ids = this.#ids();
    this.changed.emit(before === null ? [...ids, id] : ids.map((each) => (each === before ? id : each)));
    this.said.set(`${indicatorLabel({ id, entry, params })} ${before === null ? 'added' : 'changed'}`);
  }
}

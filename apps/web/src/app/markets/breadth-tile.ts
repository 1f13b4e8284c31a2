import { Component, computed, inject } from '@angular/core';
import { NumberCell, PercentCell, QuantityCell, Tile, VolumeCell, reasonText } from '@ziggy/ui';
import { BreadthStore } from '../data/breadth.store.ts';
import { answerFreshness } from './answer-freshness.ts';

/** How the universe rises and falls, as a whole and sector by sector; every figure is the server's. */
@Component({
  selector: 'z-breadth-tile',
  imports: [NumberCell, PercentCell, QuantityCell, Tile, VolumeCell],
  templateUrl: './breadth-tile.html',
  styleUrls: ['../tile-rows.scss', './breadth-tile.scss'],
})
export class BreadthTile {
  readonly #store = inject(BreadthStore);
  protected readonly answer = this.#store.all;
  protected readonly row = computed(() => this.#store.all()?.items[0] ?? null);
  protected readonly sectors = computed(() => this.#store.sectors()?.items ?? []);
  protected readonly freshness = answerFreshness(this.#store.all, this.#store.problem);
  protected readonly nothing = computed(() => {
    const problem = this.#store.problem();
    if (problem && !this.answer()) return `${problem.message}. ${problem.remedy}`;
    return this.answer() ? 'No session yet.' : 'Not received yet.';
  });

  protected why(field: string): string | null {
    const row = this.row();
    return row ? (row.reasons[field] ?? row.reason) : 'pending';
  }

  protected readonly words = reasonText;
}

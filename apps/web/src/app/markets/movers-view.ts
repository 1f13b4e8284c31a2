import { Component, DOCUMENT, computed, effect, inject, input, output, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { MoverList } from '@ziggy/contracts';
import {
  Button,
  EmptyBlock,
  ErrorBlock,
  FreshnessBadge,
  Icon,
  KindWatermark,
  NumberCell,
  PercentCell,
  PriceCell,
  QuantityCell,
  Segmented,
  Skeleton,
  TimeCell,
  VolumeCell,
} from '@ziggy/ui';
import type { Choice } from '@ziggy/ui';
import { csvName, csvText, saveText } from '../data/csv.ts';
import { MoversStore } from '../data/movers.store.ts';
import { decimalsFor } from '../symbol/instrument-facts.ts';
import { answerFreshness } from './answer-freshness.ts';
import { moversRows } from './movers-csv.ts';

interface Ranking extends Choice<MoverList> {
  readonly column: string;
  readonly meaning: string;
}

/** The ranked lists, and what each is by. */
const RANKINGS: readonly Ranking[] = [
  { id: 'gainers', label: 'Gainers', column: 'Change', meaning: 'by change against the previous close' },
  { id: 'losers', label: 'Losers', column: 'Change', meaning: 'by change against the previous close' },
  { id: 'active', label: 'Active', column: 'Volume', meaning: 'by volume of the day' },
  {
    id: 'unusual',
    label: 'Unusual volume',
    column: 'Times usual',
    meaning: 'by volume against the volume expected by this minute',
  },
  { id: 'gaps', label: 'Gaps', column: 'Gap', meaning: 'by the open against the previous close' },
];

/** Ranked movers of the universe, with the universe, its coverage and the time stated. */
@Component({
  selector: 'z-movers-view',
  imports: [
    Button,
    EmptyBlock,
    ErrorBlock,
    FreshnessBadge,
    Icon,
    KindWatermark,
    NumberCell,
    PercentCell,
    PriceCell,
    QuantityCell,
    RouterLink,
    Segmented,
    Skeleton,
    TimeCell,
    VolumeCell,
  ],
  templateUrl: './movers-view.html',
  styleUrl: './table-view.scss',
})
export class MoversView {
  readonly rank = input.required<MoverList>();
  readonly rankChange = output<MoverList>();
  protected readonly rankings = RANKINGS;
  protected readonly store = inject(MoversStore);
  protected readonly zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  readonly #document = inject(DOCUMENT);
  protected readonly ranking = computed(() => RANKINGS.find(({ id }) => id === this.rank()) as Ranking);
  protected readonly freshness = answerFreshness(this.store.answer, this.store.problem);
  protected readonly asOf = computed(() => {
    const asOf = this.store.answer()?.asOf ?? null;
    return asOf === null ? null : Date.parse(asOf);
  });
  protected readonly rows = computed(() =>
    (this.store.answer()?.items ?? []).map((item) => ({
      ...item,
      path: `movers.${this.rank()}.${item.symbol}.`,
      decimals: decimalsFor(item.quote.assetClass, item.quote.price),
    })),
  );

  constructor() {
    effect(() => {
      const rank = this.rank();
      untracked(() => this.store.show(rank));
    });
  }

  protected download(): void {
    const answer = this.store.answer();
    if (!answer) return;
    const { header, rows } = moversRows(answer);
    const at = answer.asOf === null ? Date.now() : Date.parse(answer.asOf);
    saveText(this.#document, csvName(`movers-${answer.list}`, answer.market, answer.kind, at), csvText(header, rows));
  }
}

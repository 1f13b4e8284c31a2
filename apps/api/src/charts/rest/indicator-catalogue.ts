import type { IndicatorsAnswer } from '@ziggy/contracts';
import { INDICATORS } from '@ziggy/quant';

/** The catalogue of the indicators as the wire shows it. */
export function indicatorCatalogue(): IndicatorsAnswer {
  const items = INDICATORS.map(({ name, title, params, order, outputs, pane, definition, warmUpBars }) => ({
    name,
    title,
    params: params.map((param) => ({ ...param })),
    order: order ?? null,
    outputs: outputs.map(({ name: output, unit, displacement = 0 }) => ({ name: output, unit, displacement })),
    pane,
    warmUpBars: warmUpBars(params.map((param) => param.default)),
    definition,
  }));
  return { items, nextCursor: null };
}

import { z } from './zod.ts';

// ---- GET /market/indicators ---------------------------------------------------------------------
export const INDICATOR_PANES = ['price', 'own'] as const;
export const INDICATOR_UNITS = ['price', 'ratio', 'percent', '0-100', 'volume', 'number'] as const;

export const indicatorParameter = z
  .object({
    name: z.string(),
    default: z.number(),
    min: z.number(),
    max: z.number(),
    integer: z.boolean().meta({ description: 'Only whole numbers are allowed.' }),
  })
  .meta({ id: 'IndicatorParameter' });
export const indicatorOutput = z
  .object({
    name: z.string().meta({ description: 'Key of the values in the answer of `/market/bars`.' }),
    unit: z.enum(INDICATOR_UNITS),
    displacement: z
      .int()
      .meta({ description: 'Bars to the right at which charts draw the value; it belongs to its own bar.' }),
  })
  .meta({ id: 'IndicatorOutput' });
export const indicatorEntry = z
  .object({
    name: z.string().meta({ description: 'As written in `indicators=`, before the brackets.', example: 'macd' }),
    title: z.string(),
    params: z.array(indicatorParameter).meta({ description: 'In the order in which they are written.' }),
    order: z
      .object({ lower: z.string(), upper: z.string(), equal: z.boolean() })
      .nullable()
      .meta({ description: 'Two parameters of which `lower` must be less than `upper`, or `equal` to it.' }),
    outputs: z.array(indicatorOutput),
    pane: z.enum(INDICATOR_PANES).meta({ description: 'Over the candles, or in a pane of its own.' }),
    warmUpBars: z.int().meta({ description: 'Bars read before the first one shown, at the default parameters.' }),
    definition: z.string().meta({ description: 'The formula in words, and where it comes from.' }),
  })
  .meta({ id: 'Indicator' });
export const indicatorsAnswer = z
  .object({ items: z.array(indicatorEntry), nextCursor: z.null() })
  .meta({ id: 'Indicators' });

export type IndicatorParameter = z.infer<typeof indicatorParameter>;
export type IndicatorEntry = z.infer<typeof indicatorEntry>;
export type IndicatorsAnswer = z.infer<typeof indicatorsAnswer>;

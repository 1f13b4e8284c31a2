import * as z from 'zod';

export const MARKET_CONFIG = Symbol('MARKET_CONFIG');

export interface MarketConfig {
  readonly source: string;
}

export const marketVariables = {
  MARKET_SOURCE: z
    .string()
    .regex(/^(auto|yahoo|simulated|tape:[a-z0-9-]+)$/, { error: 'must be auto, yahoo, simulated or tape:<name>' })
    .default('auto')
    .meta({ description: 'Where the market comes from: auto, yahoo, simulated or tape:<name>.' }),
};

export function readMarketConfig(env: z.output<z.ZodObject<typeof marketVariables>>): MarketConfig {
  return { source: env.MARKET_SOURCE };
}

export type { ClosedBar } from './bars.ts';
export { CompensatedSum, exp, log, logRatio, numericsFingerprint, sqrt, sum, tanh } from './numerics.ts';
export { FEATURE_NAMES, LOOKBACK } from './features/definitions.ts';
export type { FeatureName } from './features/definitions.ts';
export { breadth50, FeatureEngine, featuresAt } from './features/feature-engine.ts';
export type { FeatureValue, FeatureVector } from './features/feature-engine.ts';
export { QuoteEnricher } from './enrichment/quote-enricher.ts';
export { VOLUME_BINS } from './enrichment/symbol-state.ts';
export { RegimeMachine } from './regime/regime-machine.ts';
export { regimeInputs } from './regime/regime-inputs.ts';
export type { RegimeInput, RegimeInputName } from './regime/regime-rules.ts';
export type { RegimeState } from './regime/regime-state.ts';
export { INDICATORS } from './indicators/catalogue.ts';
export { orderFault } from './indicators/definition.ts';
export type {
  IndicatorBar,
  IndicatorDefinition,
  IndicatorPane,
  IndicatorParam,
  IndicatorUnit,
} from './indicators/definition.ts';
export { MAX_INDICATORS, parseIndicators } from './indicators/parse.ts';
export type { IndicatorFault, IndicatorSpec, ParsedIndicators } from './indicators/parse.ts';
export { computeIndicators, createIndicator, indicatorColumns } from './indicators/compute.ts';
export type { Indicator, IndicatorValues } from './indicators/compute.ts';
export { returnCorrelation } from './statistics/correlation.ts';
export type { Correlation, KeyedCloses } from './statistics/correlation.ts';

export { Treemap } from './treemap.ts';
export type { TreemapGroup, TreemapLeaf } from './treemap-model.ts';
export { treemapSummary } from './treemap-model.ts';

export { SectionList, moveItem, stepItem } from './section-list.ts';
export type { ListSection } from './section-list.ts';

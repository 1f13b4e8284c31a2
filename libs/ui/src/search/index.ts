export { Combobox, Palette } from './search.ts';
export type { SearchGroup, SearchOption } from './option-list.ts';

import type { IconName } from '@ziggy/ui';

/** A place of the rail. `keys` is pressed after G. */
export interface PagePlace {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly keys: string;
  readonly detail: string;
}

/** The pages that exist; what is not built is not shown. */
export const PAGES: readonly PagePlace[] = [
  { path: '/markets', label: 'Markets', icon: 'markets', keys: 'm', detail: 'Watch the tape' },
  { path: '/symbols', label: 'Symbol', icon: 'candles', keys: 'y', detail: 'Everything about one instrument' },
  { path: '/ops', label: 'Operations', icon: 'gear', keys: 'o', detail: 'How this installation runs' },
];

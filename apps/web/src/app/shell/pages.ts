import type { IconName } from '@ziggy/ui';

/** A place of the rail. `keys` is pressed after G. */
export interface PagePlace {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly keys: string;
  readonly detail: string;
  /** Operation of the API without which the page is of no use; where the role lacks it, the page is not shown. */
  readonly operation?: string;
}

/** The pages that exist; what is not built is not shown. */
export const PAGES: readonly PagePlace[] = [
  { path: '/markets', label: 'Markets', icon: 'markets', keys: 'm', detail: 'Watch the tape' },
  { path: '/symbols', label: 'Symbol', icon: 'candles', keys: 'y', detail: 'Everything about one instrument' },
  { path: '/ops', label: 'Operations', icon: 'gear', keys: 'o', detail: 'How this installation runs' },
  {
    path: '/admin',
    label: 'Admin',
    icon: 'user',
    keys: 'u',
    detail: 'People, organisation and audit',
    operation: 'audit.list',
  },
];

/** The pages that somebody may open. @param can whether an operation is allowed */
export function pagesFor(can: (operationId: string) => boolean): readonly PagePlace[] {
  return PAGES.filter(({ operation }) => operation === undefined || can(operation));
}

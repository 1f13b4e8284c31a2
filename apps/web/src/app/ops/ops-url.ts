import { oneOf } from '../data/url-state.ts';

/** Tabs of the Operations page, in their order. */
export const OPS_TABS = ['streams', 'sources'] as const;
export type OpsTab = (typeof OPS_TABS)[number];

/** What of the Operations page is in its URL. */
export const OPS_URL = { tab: oneOf(OPS_TABS, 'streams') };

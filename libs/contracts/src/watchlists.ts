import { lineOfText, queryInt } from './shared.ts';
import { z } from './zod.ts';

export const WATCHLISTS_MAX = 50;
export const WATCHLIST_SECTIONS_MAX = 20;
/** Symbols of all sections of one list together. */
export const WATCHLIST_SYMBOLS_MAX = 500;

const version = z.int().min(1).meta({ description: 'Rises with each change; send the one that you changed.' });
const name = lineOfText(1, 60);

export const watchlistSection = z
  .strictObject({
    title: lineOfText(0, 60).meta({ description: 'Heading; empty for a list without headings.' }),
    symbols: z
      .array(z.string().max(64).meta({ description: 'Symbol in any case, e.g. AAPL.', example: 'AAPL' }))
      .max(WATCHLIST_SYMBOLS_MAX)
      .meta({ description: 'In the order of the list; none twice in a section.' }),
  })
  .meta({ id: 'WatchlistSection' });
const sections = z
  .array(watchlistSection)
  .max(WATCHLIST_SECTIONS_MAX)
  .meta({ description: `At most ${WATCHLIST_SECTIONS_MAX}, with ${WATCHLIST_SYMBOLS_MAX} symbols in all.` });

export const watchlistBody = z.strictObject({ name, sections: sections.default([]) }).meta({ id: 'NewWatchlist' });
export const watchlistChange = z.strictObject({ name, sections, version }).meta({ id: 'WatchlistChange' });
export const watchlistPath = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .meta({ description: 'Id of the list, `wl_...`.', example: 'wl_4s1Qk0nXbZ7m' }),
});
export const watchlistDeletion = z.strictObject({
  version: queryInt(1, 2 ** 31 - 1).meta({ description: 'Version of the list that is meant.' }),
});
export const watchlist = z
  .object({
    id: z.string(),
    name: z.string(),
    sections: z.array(z.object({ title: z.string(), symbols: z.array(z.string()) })),
    version,
  })
  .meta({ id: 'Watchlist' });
export const watchlistsAnswer = z
  .object({ items: z.array(watchlist).max(WATCHLISTS_MAX), nextCursor: z.null() })
  .meta({ id: 'Watchlists' });

export type WatchlistBody = z.output<typeof watchlistBody>;
export type WatchlistChange = z.output<typeof watchlistChange>;
export type WatchlistSections = WatchlistBody['sections'];
export type Watchlist = z.infer<typeof watchlist>;
export type WatchlistsAnswer = z.infer<typeof watchlistsAnswer>;

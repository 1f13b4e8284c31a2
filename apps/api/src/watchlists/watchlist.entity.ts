import type { Watchlist } from '@ziggy/contracts';

/** Whose list it is. */
export interface Owner {
  readonly organisationId: string;
  readonly userId: string;
}

/** A row of the `watchlist` table, as the API shows it. */
export type WatchlistRow = Watchlist;

/** A list with its owner, for what is done with lists when nobody asks. */
export interface OwnedWatchlist extends WatchlistRow {
  readonly owner: Owner;
}

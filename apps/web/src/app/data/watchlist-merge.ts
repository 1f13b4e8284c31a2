import type { Watchlist, WatchlistSections } from '@ziggy/contracts';

/** What a person can change of a list. */
export type WatchlistEdit = Pick<Watchlist, 'name' | 'sections'>;

/**
 * Joins two edits of one list by item: what either added is there, what either took out is gone, an order that only one
 * changed is that one's, and where both did it is `mine` with the other's additions behind their neighbours. Sections are
 * told apart by their titles; a section that one removed and the other added to stays with the additions.
 */
export function mergeWatchlist(base: WatchlistEdit, mine: WatchlistEdit, theirs: WatchlistEdit): WatchlistEdit {
  const [was, own, other] = [bySection(base.sections), bySection(mine.sections), bySection(theirs.sections)];
  const kept = new Map<string, readonly string[]>();
  for (const key of new Set([...own.keys(), ...other.keys()])) {
    const before = was.get(key)?.symbols ?? [];
    const symbols = mergeOrder(before, own.get(key)?.symbols ?? [], other.get(key)?.symbols ?? []);
    const removed = was.has(key) && (!own.has(key) || !other.has(key));
    if (!removed || symbols.length > 0) kept.set(key, symbols);
  }
  const order = mergeOrder([...was.keys()], [...own.keys()], [...other.keys()]);
  const keys = [...order, ...[...kept.keys()].filter((key) => !order.includes(key))];
  return {
    name: mine.name === base.name ? theirs.name : mine.name,
    sections: keys.flatMap((key) => {
      const symbols = kept.get(key);
      const title = (own.get(key) ?? other.get(key))?.title ?? '';
      return symbols === undefined ? [] : [{ title, symbols: [...symbols] }];
    }),
  };
}

/** Three-way merge of ordered sets. */
export function mergeOrder(
  base: readonly string[],
  mine: readonly string[],
  theirs: readonly string[],
): readonly string[] {
  if (same(mine, base)) return theirs;
  if (same(theirs, base)) return mine;
  const [before, others] = [new Set(base), new Set(theirs)];
  const merged = mine.filter((item) => !before.has(item) || others.has(item));
  const held = new Set(merged);
  theirs.forEach((item, at) => {
    if (before.has(item) || held.has(item)) return;
    const neighbour = theirs.slice(0, at).findLast((other) => held.has(other));
    merged.splice(neighbour === undefined ? 0 : merged.indexOf(neighbour) + 1, 0, item);
    held.add(item);
  });
  return merged;
}

/** Sections by title; the second of a title is told apart by its place among its namesakes. */
function bySection(sections: WatchlistSections): Map<string, WatchlistSections[number]> {
  const map = new Map<string, WatchlistSections[number]>();
  for (const section of sections) {
    let nth = 1;
    while (map.has(`${nth} ${section.title}`)) nth += 1;
    map.set(`${nth} ${section.title}`, section);
  }
  return map;
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, at) => item === b[at]);

/** The known name nearest to a mistyped one, or null when none is near enough to be meant (a third of its length). */
export function nearest(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  // A name over 64 characters is compared by its first 64: it comes from a stranger, and the comparison is quadratic.
  const typed = name.slice(0, 64).toLowerCase();
  let bestDistance = Math.ceil(typed.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(typed, candidate.toLowerCase());
    if (distance >= candidate.length) continue;
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance: fewest characters to put in, take out or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? a.length;
}

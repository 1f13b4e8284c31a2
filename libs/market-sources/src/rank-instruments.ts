import type { AssetClass, Instrument } from '@ziggy/domain';

interface InstrumentSearch {
  readonly text: string;
  readonly limit: number;
  readonly assetClass?: readonly AssetClass[];
}

/**
 * Finds instruments by symbol, alias or name, without regard to case. Order: the symbol itself, symbols that begin so,
 * names with a word that begins so, then any other place in the name; within a rank as listed.
 * @returns at most `limit` instruments; none for a blank text or a limit below 1.
 */
export function rankInstruments(instruments: readonly Instrument[], search: InstrumentSearch): Instrument[] {
  const text = search.text.trim().toUpperCase();
  const limit = search.limit >= 1 ? Math.floor(search.limit) : 0;
  if (text === '' || limit === 0) return [];
  return instruments
    .filter((instrument) => search.assetClass?.includes(instrument.assetClass) ?? true)
    .map((instrument) => ({ instrument, rank: rankOf(instrument, text) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .slice(0, limit)
    .map(({ instrument }) => instrument);
}

function rankOf(instrument: Instrument, text: string): number | null {
  const symbols = [instrument.symbol, ...instrument.aliases].map((symbol) => symbol.toUpperCase());
  if (symbols.includes(text)) return 0;
  if (symbols.some((symbol) => symbol.replace(/^\^/, '').startsWith(text))) return 1;
  const name = instrument.name.toUpperCase();
  if (name.split(/[^\p{L}\p{N}&]+/u).some((word) => word.startsWith(text))) return 2;
  return name.includes(text) ? 3 : null;
}

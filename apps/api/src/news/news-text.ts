/** Named entities that headlines use; any other stays as it was written. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  bull: '•',
  middot: '·',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
};

/** Longest text that is looked at; feeds send whole articles as a summary. */
const READ_MAX = 20_000;
const WITH_CONTENT = /<(script|style|template|iframe|svg)\b[^>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
/** A tag begins with a letter, `/`, `!` or `?`: "profit < loss" is no tag. */
const TAG = /<[a-z/!?][^>]*(?:>|$)/gi;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi;
/** Control characters, marks that turn the reading direction, and zero-width ones; lone surrogates. */
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/**
 * Text of a vendor as plain text (market-data.md 9.2): tags out, entities decoded once, control and bidirectional
 * characters out, spaces joined, NFC, at most `most` characters with an ellipsis. `&lt;b&gt;` stays the text `<b>`.
 * @returns null when nothing is left
 */
export function plainText(raw: string, most: number): string | null {
  const text = raw
    .slice(0, READ_MAX)
    .replace(COMMENT, ' ')
    .replace(WITH_CONTENT, ' ')
    .replace(TAG, ' ')
    .replace(ENTITY, decode)
    .toWellFormed()
    .replace(UNSEEN, '')
    .replace(/\s+/g, ' ')
    .trim()
    .normalize('NFC');
  if (text === '') return null;
  return shortened(text, most);
}

/** Whole characters only: a surrogate pair is not cut in two. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = '';
  for (const character of text) {
    if (kept.length + character.length > most - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

function decode(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
}

import { domainToASCII, domainToUnicode } from 'node:url';

/** An address as it is compared, and the form in which look-alikes are equal. */
export interface EmailAddress {
  readonly address: string;
  readonly key: string;
}

const FORM = /^[^\s@"(),:;<>[\]\\]{1,64}@[^\s@/?#[\]:]{3,253}$/;
const HIDDEN = /[\p{C}\p{Zs}\p{Zl}\p{Zp}]|\p{Default_Ignorable_Code_Point}/u;
const SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Thai',
  'Devanagari',
];
const SCRIPT_TESTS = SCRIPTS.map((name) => ({ name, test: new RegExp(`\\p{Script=${name}}`, 'u') }));
/** Scripts that one writing uses together. */
const TOGETHER = [new Set(['Han', 'Hiragana', 'Katakana']), new Set(['Han', 'Hangul'])];

// Lower-case letters of other scripts that a reader takes for the Latin one (a part of Unicode TR 39).
const LOOKS_LIKE = new Map(
  Object.entries({
    а: 'a',
    в: 'b',
    е: 'e',
    ё: 'e',
    з: '3',
    і: 'i',
    ї: 'i',
    ј: 'j',
    к: 'k',
    м: 'm',
    н: 'h',
    о: 'o',
    р: 'p',
    с: 'c',
    т: 't',
    у: 'y',
    х: 'x',
    ѕ: 's',
    ԁ: 'd',
    ԛ: 'q',
    ԝ: 'w',
    һ: 'h',
    ӏ: 'l',
    г: 'r',
    п: 'n',
    α: 'a',
    β: 'b',
    γ: 'y',
    ε: 'e',
    η: 'n',
    ι: 'i',
    κ: 'k',
    ν: 'v',
    ο: 'o',
    ρ: 'p',
    σ: 'o',
    τ: 't',
    υ: 'u',
    χ: 'x',
    ω: 'w',
    օ: 'o',
    ս: 'u',
    ո: 'n',
    հ: 'h',
    ց: 'g',
    ı: 'i',
    ɡ: 'g',
    ɑ: 'a',
    ℓ: 'l',
  }),
);

/**
 * Reads an address: NFKC (full-width and styled letters become plain), lower case, the domain in its ASCII form.
 * Null when it is none, hides characters, or mixes scripts within one part, as look-alikes do.
 */
export function readEmail(text: string): EmailAddress | null {
  const plain = text.trim().normalize('NFKC').toLowerCase();
  if (HIDDEN.test(plain) || !FORM.test(plain)) return null;
  const at = plain.lastIndexOf('@');
  const local = plain.slice(0, at);
  const domain = domainToASCII(plain.slice(at + 1));
  const labels = domainToUnicode(domain).split('.');
  if (domain === '' || labels.length < 2 || labels.some((label) => label === '' || label.startsWith('-'))) return null;
  if (![local, ...labels].every(isOneWriting)) return null;
  const address = `${local}@${domain}`;
  if (address.length > 254) return null;
  return { address, key: `${skeleton(local)}@${skeleton(labels.join('.'))}` };
}

function isOneWriting(part: string): boolean {
  const used = SCRIPT_TESTS.filter(({ test }) => test.test(part)).map(({ name }) => name);
  return used.length < 2 || TOGETHER.some((set) => used.every((name) => set.has(name)));
}

function skeleton(text: string): string {
  const bare = text.normalize('NFD').replace(/\p{M}/gu, '');
  return Array.from(bare, (letter) => LOOKS_LIKE.get(letter) ?? letter).join('');
}

/** Language and region tags that are offered for numbers and dates. */
const TAGS = [
  'en-US en-GB en-IE en-CA en-AU en-IN en-ZA en-SG de-DE de-AT de-CH fr-FR fr-CA fr-CH it-IT es-ES es-MX pt-PT pt-BR',
  'nl-NL nl-BE sv-SE da-DK nb-NO fi-FI pl-PL cs-CZ hu-HU ro-RO el-GR tr-TR uk-UA ja-JP ko-KR zh-CN zh-TW hi-IN',
]
  .join(' ')
  .split(' ');

export interface NamedTag {
  readonly tag: string;
  readonly name: string;
}

/** The offered tags and the present one, each with its name, in the order of the names. */
export function languages(present: string): NamedTag[] {
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  return [...new Set([present, ...TAGS])]
    .map((tag) => ({ tag, name: `${nameOf(names, tag)} (${tag})` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameOf(names: Intl.DisplayNames, tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Every zone that the browser knows, and the present one, which it may not know. */
export function timeZones(present: string): string[] {
  return [...new Set([present, 'UTC', ...Intl.supportedValuesOf('timeZone')])].sort();
}

/** A number and an instant as they look in a language and a zone; null where the browser knows one of them not. */
export function sampleOf(
  tag: string,
  zone: string,
  at: number,
): { readonly number: string; readonly time: string } | null {
  try {
    return {
      number: new Intl.NumberFormat(tag, { minimumFractionDigits: 2 }).format(SAMPLE),
      time: new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'long', timeZone: zone }).format(at),
    };
  } catch {
    return null;
  }
}

/** Shows grouping, decimals and sign; it stands for nothing. */
const SAMPLE = -1_234_567.89;

import type { OrganisationAnswer, OrganisationBody } from '@ziggy/contracts';
import type { FormProblems } from '../identity/form-problems.ts';

export type NumberGroup = 'quotas' | 'retentionDays';

/** What is typed for an organisation. A number is text; empty is its default. */
export interface OrganisationDraft {
  readonly name: string;
  readonly baseCurrency: string;
  readonly timeZone: string;
  readonly quotas: Readonly<Record<string, string>>;
  readonly retentionDays: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, boolean>>;
}

export const ORGANISATION_LABELS = { name: 'Name', baseCurrency: 'Base currency', timeZone: 'Time zone' };

/** `savedItemsPerUser` as `Saved items per user`. */
export function settingWords(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The draft that changes nothing. A setting at its default is empty. */
export function draftOf(stored: OrganisationAnswer): OrganisationDraft {
  const texts = (group: OrganisationAnswer[NumberGroup]): Record<string, string> =>
    Object.fromEntries(
      Object.entries(group).map(([name, setting]) => [
        name,
        setting.value === setting.default ? '' : String(setting.value),
      ]),
    );
  return {
    name: stored.name,
    baseCurrency: stored.baseCurrency,
    timeZone: stored.timeZone,
    quotas: texts(stored.quotas),
    retentionDays: texts(stored.retentionDays),
    flags: Object.fromEntries(Object.entries(stored.flags).map(([name, { value }]) => [name, value])),
  };
}

/** What is wrong with a draft before it is sent; null when nothing is. */
export function draftFault(draft: OrganisationDraft, stored: OrganisationAnswer): FormProblems | null {
  const fields: Record<string, string> = {};
  const labels = new Map<string, string>();
  const name = draft.name.trim();
  if (name.length < 2) fields['name'] = 'At least two characters.';
  for (const group of ['quotas', 'retentionDays'] as const) {
    for (const [key, { min, max }] of Object.entries(stored[group])) {
      const text = draft[group][key] ?? '';
      const value = Number(text);
      if (text === '' || (Number.isInteger(value) && value >= min && value <= max)) continue;
      fields[`${group}/${key}`] = `A whole number from ${min} to ${max}, or empty.`;
      labels.set(`${group}/${key}`, settingWords(key));
    }
  }
  const wrong = Object.entries(fields);
  if (wrong.length === 0) return null;
  return {
    fields,
    summary: wrong.map(([key, text]) => ({ field: labels.get(key) ?? ORGANISATION_LABELS.name, text })),
  };
}

/** Only what differs from what is stored; null puts a setting back to its default. */
export function changeOf(draft: OrganisationDraft, stored: OrganisationAnswer): Omit<OrganisationBody, 'version'> {
  const before = draftOf(stored);
  const numbers = (group: NumberGroup): Record<string, number | null> =>
    Object.fromEntries(
      Object.entries(draft[group])
        .filter(([key, text]) => text !== before[group][key])
        .map(([key, text]) => [key, text === '' ? null : Number(text)]),
    );
  const [quotas, retentionDays] = [numbers('quotas'), numbers('retentionDays')];
  const flags = Object.fromEntries(
    Object.entries(draft.flags)
      .filter(([key, value]) => value !== before.flags[key])
      .map(([key, value]) => [key, value === stored.flags[key]?.default ? null : value]),
  );
  const name = draft.name.trim();
  return {
    ...(name === before.name ? {} : { name }),
    ...(draft.baseCurrency === before.baseCurrency ? {} : { baseCurrency: draft.baseCurrency }),
    ...(draft.timeZone === before.timeZone ? {} : { timeZone: draft.timeZone }),
    ...(Object.keys(quotas).length === 0 ? {} : { quotas }),
    ...(Object.keys(retentionDays).length === 0 ? {} : { retentionDays }),
    ...(Object.keys(flags).length === 0 ? {} : { flags }),
  };
}

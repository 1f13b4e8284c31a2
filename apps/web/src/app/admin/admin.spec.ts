import { describe, expect, it } from '@jest/globals';
import type { OrganisationAnswer } from '@ziggy/contracts';
import { auditQuery } from './audit-url.ts';
import { AUDIT_URL } from './audit-url.ts';
import { readUrl, writeUrl } from '../data/url-state.ts';
import { changeOf, draftFault, draftOf, settingWords } from './organisation-draft.ts';

const STORED: OrganisationAnswer = {
  id: 'org_1',
  name: 'Engines',
  baseCurrency: 'USD',
  timeZone: 'UTC',
  quotas: {
    savedItems: { value: 200, default: 200, min: 0, max: 1_000 },
    lists: { value: 7, default: 5, min: 1, max: 9 },
  },
  flags: { beta: { value: false, default: true } },
  retentionDays: { news: { value: 30, default: 30, min: 7, max: 365 } },
  version: 3,
};

describe('the draft of an organisation', () => {
  it('shows a default as empty, and changes nothing by itself', () => {
    const draft = draftOf(STORED);
    expect(draft.quotas).toEqual({ savedItems: '', lists: '7' });
    expect(changeOf(draft, STORED)).toEqual({});
    expect(draftFault(draft, STORED)).toBeNull();
  });

  it('sends only what differs, and null for what goes back to its default', () => {
    const draft = draftOf(STORED);
    const change = changeOf(
      {
        ...draft,
        name: '  Looms ',
        quotas: { savedItems: '300', lists: '' },
        retentionDays: { news: '' },
        flags: { beta: true },
      },
      STORED,
    );
    expect(change).toEqual({ name: 'Looms', quotas: { savedItems: 300, lists: null }, flags: { beta: null } });
  });

  it.each(['-1', '1001', '1.5', 'many'])('refuses %s where a whole number from 0 to 1000 is asked', (text) => {
    const draft = { ...draftOf(STORED), quotas: { savedItems: text, lists: '7' } };
    expect(draftFault(draft, STORED)?.summary).toEqual([
      { field: 'Saved items', text: 'A whole number from 0 to 1000, or empty.' },
    ]);
  });

  it('names settings in words', () => expect(settingWords('savedItemsPerUser')).toBe('Saved items per user'));
});

describe('the filter of the audit', () => {
  it('takes both days in, as the server counts its range', () => {
    const { values, dropped } = readUrl(AUDIT_URL, { from: '2026-02-28', to: '2026-02-28', action: 'user.' });
    expect(dropped).toEqual([]);
    expect(auditQuery(values)).toEqual({
      actor: undefined,
      action: 'user.',
      target: undefined,
      requestId: undefined,
      from: '2026-02-28T00:00:00.000Z',
      to: '2026-03-01T00:00:00.000Z',
    });
    expect(writeUrl(AUDIT_URL, values)).toMatchObject({ from: '2026-02-28', actor: null });
  });

  it.each(['2026-13-01', 'today', '2026-2-3'])('knows no day %s', (from) =>
    expect(readUrl(AUDIT_URL, { from }).dropped).toEqual(['from']),
  );
});

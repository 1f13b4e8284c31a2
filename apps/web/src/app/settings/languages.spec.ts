import { describe, expect, it } from '@jest/globals';
import { languages, sampleOf, timeZones } from './languages.ts';

describe('languages and zones', () => {
  it('offer the present one even when it is unusual', () => {
    expect(languages('en-FJ').some(({ tag }) => tag === 'en-FJ')).toBe(true);
    expect(languages('de-DE').filter(({ tag }) => tag === 'de-DE')).toHaveLength(1);
    expect(timeZones('Mars/Olympus')).toContain('Mars/Olympus');
  });

  it('show a number and an instant as they will look, and nothing where the browser knows them not', () => {
    const at = Date.UTC(2026, 2, 4, 23, 30);
    const german = sampleOf('de-DE', 'Asia/Tokyo', at);
    expect(german?.number).toBe('-1.234.567,89');
    expect(german?.time).toMatch(/5\. März 2026.*08:30/);
    expect(sampleOf('en', 'Mars/Olympus', at)).toBeNull();
    expect(sampleOf('not a tag', 'UTC', at)).toBeNull();
  });
});

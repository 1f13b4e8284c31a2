import { describe, expect, it } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import type { RawNews } from '@ziggy/market-sources';
import fc from 'fast-check';
import { newsCursor, readNewsCursor } from './news-cursor.ts';
import { canonicalUrl, newsId, safeUrl } from './news-id.ts';
import { readNews } from './news-reading.ts';
import { plainText } from './news-text.ts';

const NOW = Date.UTC(2026, 2, 4, 15);
const HOUR = 3_600_000;
const raw = (more: Partial<RawNews> = {}): RawNews => ({
  guid: 'g1',
  title: 'Acme beats expectations',
  summary: 'A short text.',
  url: 'https://news.example.com/a',
  publisher: 'Example Wire',
  language: 'en',
  publishedAt: NOW - HOUR,
  receivedAt: NOW,
  symbols: ['ACME' as Symbol],
  kind: 'delayed',
  ...more,
});

describe('plain text', () => {
  it.each([
    ['Fish &amp; chips', 'Fish & chips'],
    ['<b>Bold</b> <a href="javascript:alert(1)">link</a>', 'Bold link'],
    ['a<script>alert(1)</script>b', 'a b'],
    ['a<script>alert(1)', 'a'],
    ['<img src=x onerror=alert(1)>now', 'now'],
    ['<!-- hidden -->seen', 'seen'],
    // Decoded once: what was text stays text.
    ['&lt;b&gt;not bold&lt;/b&gt;', '<b>not bold</b>'],
    ['&amp;lt;b&amp;gt;', '&lt;b&gt;'],
    ['profit < loss & 3 > 2', 'profit < loss & 3 > 2'],
    ['&#65;&#x42;&unknown;&#0;&#x110000;', 'AB&unknown;'],
    ['one\n two\t three', 'one two three'],
    ['safe\u202etxt.exe\u200b\u0007', 'safetxt.exe'],
    ['e\u0301', '\u00e9'],
  ])('reads %j as %j', (text, wanted) => {
    expect(plainText(text, 300)).toBe(wanted);
  });

  it('is null when nothing is left', () => {
    for (const text of ['', '   ', '<br/>', '\u200b', '&nbsp;']) expect(plainText(text, 300)).toBeNull();
  });

  it('keeps its length, never cuts a character, and holds nothing unseen, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 2, max: 50 }), (text, most) => {
        const plain = plainText(text, most);
        if (plain === null) return;
        expect(plain.length).toBeLessThanOrEqual(most);
        expect(plain.isWellFormed()).toBe(true);
        expect(plain).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/);
        expect(plain).toBe(plain.trim());
      }),
    );
    expect(plainText('😀'.repeat(10), 6)).toBe('😀😀…');
  });

  it('comes to an end with endless and hostile texts, well within the deadline of a test', () => {
    const hostile = ['<'.repeat(100_000), '<a '.repeat(50_000), '&#'.repeat(100_000), '<!--'.repeat(50_000)];
    for (const text of hostile) expect(plainText(text, 300)?.length ?? 0).toBeLessThanOrEqual(300);
  });
});

describe('a headline', () => {
  it('has the id of its address, however it is written, or else of its feed', () => {
    const id = newsId('feed', 'g', 'https://news.example.com/a?b=2&a=1');
    for (const url of [
      'http://NEWS.example.com/a?a=1&b=2#top',
      'https://news.example.com/a?utm_source=x&a=1&b=2&fbclid=1',
    ]) {
      expect(newsId('other', 'h', url)).toBe(id);
    }
    expect(newsId('feed', 'g', null)).not.toBe(newsId('other', 'g', null));
    expect(canonicalUrl('http://Example.com:80/x#y')).toBe('https://example.com/x');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'https://user:pass@example.com/', 'not a url', 'file:///etc'])(
    'drops the address %s',
    (url) => {
      expect(safeUrl(url)).toBeNull();
      expect(readNews(raw({ url }), 's', NOW)?.url).toBeNull();
    },
  );

  it('keeps a date that can be true, and flags the others and what is old', () => {
    expect(readNews(raw(), 's', NOW)).toMatchObject({ publishedAt: NOW - HOUR, firstSeenAt: NOW, flags: [] });
    expect(readNews(raw({ publishedAt: NOW + 60_000 }), 's', NOW)?.flags).toEqual([]);
    for (const publishedAt of [NOW + 6 * 60_000, null, Number.NaN, 0]) {
      expect(readNews(raw({ publishedAt }), 's', NOW)).toMatchObject({ publishedAt: null, flags: ['date_invalid'] });
    }
    expect(readNews(raw({ publishedAt: NOW - 25 * HOUR }), 's', NOW)?.flags).toEqual(['backfill']);
  });

  it('keeps tags of our grammar, once, and no language that is none', () => {
    const symbols = ['AAPL', '../etc', 'aapl', 'MSFT', ''] as Symbol[];
    expect(readNews(raw({ symbols, language: '<b>' }), 's', NOW)).toMatchObject({
      symbols: ['AAPL', 'MSFT'],
      language: null,
    });
  });

  it('without title or id is none', () => {
    expect(readNews(raw({ title: '<br>' }), 's', NOW)).toBeNull();
    expect(readNews(raw({ guid: '' }), 's', NOW)).toBeNull();
  });
});

describe('a cursor', () => {
  it('leads back to its place under its own filters, and nowhere else', () => {
    const place = { sortAt: NOW, id: 'a'.repeat(64) };
    const cursor = newsCursor(place, ['m', 'AAPL']);
    expect(readNewsCursor(cursor, ['m', 'AAPL'])).toEqual(place);
    expect(readNewsCursor(cursor, ['m', 'MSFT'])).toBeNull();
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => expect(readNewsCursor(text, ['m'])).toBeNull()));
  });
});

import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { text } from 'node:stream/consumers';
import { preferredType } from './accept.ts';
import { csvCell, csvOf } from './csv.ts';
import { keyCursor, readKeyCursor } from './cursor.ts';

describe('CSV', () => {
  it('comes back as it went in, but for what a spreadsheet would run (property)', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('=1+1', '+1', '-1', '@x', '\tx', '\rx', 'a,"b"\n'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), async (rows) => {
        const view = { columns: ['one', 'two'], name: () => 'x', rows: () => rows };
        const read = parse(await text(csvOf(view, null).body), { record_delimiter: '\r\n' }) as string[][];
        const harmless = (value: string) => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);
        expect(read).toEqual([['one', 'two'], ...rows.map((row) => row.map(harmless))]);
      }),
    );
  });

  it('leaves numbers alone and writes the unknown as nothing', () => {
    expect([-1.5, 0, true, null].map(csvCell)).toEqual(['-1.5', '0', 'true', '']);
  });

  it('is refused beyond 50 000 rows, and named after what it holds', () => {
    const view = { columns: ['a'], name: () => 'bars-^GSPC/../x', kind: () => 'simulated' as const };
    const many = { ...view, rows: () => Array<[number]>(50_001).fill([1]) };
    expect(() => csvOf(many, null)).toThrow(
      expect.objectContaining({ code: 'export_too_large', extra: { rows: 50_001 } }),
    );
    expect(csvOf({ ...view, rows: () => [] }, null).fileName).toBe('bars-_GSPC_.._x-SIMULATED.csv');
  });
});

describe('the Accept header', () => {
  const offered = ['application/json', 'text/csv'];
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['application/json;q=0.5, text/csv', 'text/csv'],
    ['text/csv;q=0, */*', 'application/json'],
    ['TEXT/CSV', 'text/csv'],
    ['application/xml', null],
    ['text/csv;q=x', null],
    [';;;', null],
  ])('%s chooses %s', (accept, type) => {
    expect(preferredType(accept, offered)).toBe(type);
  });
});

it('a key cursor is read with its own filters only (property)', () => {
  const filters = fc.array(fc.string(), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      filters,
      filters,
      fc.string(),
      (key, own, other, garbage) => {
        expect(readKeyCursor(keyCursor(key, own), own)).toBe(key);
        if (JSON.stringify(own) !== JSON.stringify(other)) expect(readKeyCursor(keyCursor(key, own), other)).toBeNull();
        expect(readKeyCursor(garbage, own)).toBeNull();
      },
    ),
  );
});

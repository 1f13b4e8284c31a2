import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freeText, oneOf, readUrl, writeUrl } from './url-state.ts';

const SHAPE = {
  tf: oneOf(['1m', '5m', '1d'], '1d'),
  view: oneOf(['chart', 'table'], 'chart'),
  q: freeText(20),
};

describe('URL state', () => {
  it('round-trips every state, and writes defaults as absence', () => {
    const state = fc.record({
      tf: fc.constantFrom('1m' as const, '5m' as const, '1d' as const),
      view: fc.constantFrom('chart' as const, 'table' as const),
      q: fc.string({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(state, (values) => {
        const params = Object.fromEntries(Object.entries(writeUrl(SHAPE, values)).filter(([, text]) => text !== null));
        expect(readUrl(SHAPE, params)).toEqual({ values, dropped: [] });
      }),
    );
    expect(writeUrl(SHAPE, { tf: '1d', view: 'chart', q: '' })).toEqual({ tf: null, view: null, q: null });
  });

  it('drops what it does not know, by name, and keeps the rest', () => {
    expect(readUrl(SHAPE, { tf: '7m', view: 'evil', q: 'x'.repeat(21), utm: '1' })).toEqual({
      values: { tf: '1d', view: 'chart', q: '' },
      dropped: ['utm', 'tf', 'view', 'q'],
    });
    expect(readUrl(SHAPE, { tf: ['1m', '5m'] }).dropped).toEqual(['tf']);
  });
});

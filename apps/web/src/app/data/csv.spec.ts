import { describe, expect, it } from '@jest/globals';
import { csvCell, csvName, csvText } from './csv.ts';

describe('csv', () => {
  it('makes text harmless that a spreadsheet would run, and leaves numbers alone', () => {
    for (const start of ['=', '+', '-', '@', '\t', '\r']) expect(csvCell(`${start}1+1`)).toMatch(/^"?'/);
    expect(csvCell(-1.5)).toBe('-1.5');
    expect(csvCell('plain')).toBe('plain');
    expect(csvCell(null)).toBe('');
    expect(csvCell(0)).toBe('0');
  });

  it('quotes what needs it and ends each line with CRLF', () => {
    expect(csvText(['a', 'b'], [['x, "y"', 'z\nw']])).toBe('a,b\r\n"x, ""y""","z\nw"\r\n');
  });

  it('says in the name that data are simulated or recorded', () => {
    const at = Date.UTC(2026, 2, 4, 15, 30);
    expect(csvName('symbol-^GSPC-5m', 'sim:1:ab', 'simulated', at)).toBe(
      'ziggy_symbol-^GSPC-5m_SIMULATED_sim-1-ab_20260304T153000Z.csv',
    );
    expect(csvName('symbol-M&M.NS-1d', 'yahoo', 'live', at)).toBe('ziggy_symbol-M-M.NS-1d_yahoo_20260304T153000Z.csv');
    expect(csvName('x', 'tape:1/2', 'recorded', at)).toContain('_RECORDED_tape-1-2_');
  });
});

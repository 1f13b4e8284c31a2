import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decimalsOfTick,
  formatCompact,
  formatMoney,
  formatNumber,
  formatPercent,
  formatPrice,
  formatQuantity,
  shiftDecimal,
} from './numbers.ts';
import { DASH, MINUS, reasonText, regimeText } from './reading.ts';
import type { Reading } from './reading.ts';
import { formatAge, formatDuration, formatLatency, formatTime, zonePlace } from './times.ts';

const US = 'en-US';
const BAD = [null, undefined, Number.NaN, Infinity, -Infinity, '', ' ', 'abc', '1e99999', '0x10', '--1', '1,000'];

const all: ((value: number | string | null | undefined) => Reading)[] = [
  (value) => formatPrice(value, 2, US),
  (value) => formatPercent(value, 'pct', { decimals: 2, locale: US }),
  (value) => formatPercent(value, 'ratio', { decimals: 1, locale: US }),
  (value) => formatMoney(value, 'USD', { sign: 'always', locale: US }),
  (value) => formatQuantity(value, 8, US),
  (value) => formatCompact(value, US),
  (value) => formatNumber(value, { decimals: 3, sign: 'always', locale: US }),
];

describe('figures', () => {
  it('a value that is not a number is a dash, in every formatter', () => {
    for (const format of all)
      for (const value of BAD) expect(format(value)).toEqual({ text: DASH, tone: 'none', missing: true });
    for (const format of [formatAge, formatDuration, formatLatency]) {
      for (const value of [null, undefined, Number.NaN, Infinity]) expect(format(value).text).toBe(DASH);
    }
  });

  it('no double is ever shown as NaN, Infinity or undefined, or with a hyphen for minus', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        for (const format of [...all, formatAge, formatDuration, formatLatency]) {
          expect((format as (value: number) => Reading)(value).text).not.toMatch(/NaN|Infinity|∞|undefined|-/);
        }
      }),
    );
  });

  it('writes one sign, a true minus, and says the direction of what is shown', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
        fc.integer({ min: 0, max: 6 }),
        (value, decimals) => {
          const { text, tone } = formatPercent(value, 'pct', { decimals, locale: US });
          expect([...text.matchAll(/[+\u2212-]/g)]).toHaveLength(tone === 'flat' ? 0 : 1);
          expect(tone).toBe(text.startsWith('+') ? 'up' : text.startsWith(MINUS) ? 'down' : 'flat');
          if (tone === 'flat') expect(text.replaceAll(/[0.%]/g, '')).toBe('');
        },
      ),
    );
  });

  it('writes the sign and finds the direction in the figures of every language', () => {
    for (const locale of ['en-US', 'de', 'sv', 'he', 'fa', 'ar-EG', 'hi-u-nu-deva'])
      for (const [value, sign, direction] of [
        [-1234.5, MINUS, 'down'],
        [1234.5, '+', 'up'],
        [0.001, '', 'flat'],
        [-0.001, '', 'flat'],
      ] as const) {
        const { text, tone } = formatNumber(value, { decimals: 2, sign: 'always', locale });
        expect([locale, value, text.match(/[+\u2212-]/g)?.join('') ?? '', tone]).toEqual([
          locale,
          value,
          sign,
          direction,
        ]);
      }
  });

  it('keeps every digit of a decimal string to 1e-18', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (scaled) => {
        const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(19, '0');
        const decimal = `${scaled < 0n ? '-' : ''}${digits.slice(0, -18)}.${digits.slice(-18)}`;
        const { text } = formatNumber(decimal, { decimals: 18, locale: US });
        expect(text.replaceAll(',', '').replace(MINUS, '-')).toBe(scaled === 0n ? `0.${'0'.repeat(18)}` : decimal);
      }),
    );
  });

  it('a ratio is multiplied once and a percentage not, exactly', () => {
    expect(formatPercent(0.07, 'ratio', { decimals: 15, locale: US }).text).toBe('+7.000000000000000%');
    expect(formatPercent('0.012', 'ratio', { decimals: 2, locale: US }).text).toBe('+1.20%');
    expect(formatPercent(1.2, 'pct', { decimals: 2, locale: US }).text).toBe('+1.20%');
    expect(formatPercent(-0.0347, 'ratio', { decimals: 2, locale: US }).text).toBe(`${MINUS}3.47%`);
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), (value) => {
        expect(Number(shiftDecimal(String(value), 2))).toBeCloseTo(value * 100, 6);
      }),
    );
  });

  it('writes the forms of the desk', () => {
    expect(formatPrice(187.3, 2, US).text).toBe('187.30');
    expect(formatPrice(-0.001, 2, US)).toEqual({ text: '0.00', tone: 'none', missing: false });
    expect(formatPrice(61240.5, 2, US).text).toBe('61,240.50');
    expect(formatMoney('1048210.5', 'USD', { sign: 'always', locale: US }).text).toBe('+$1,048,210.50');
    expect(formatMoney(-48210, 'JPY', { sign: 'always', locale: US }).text).toBe(`${MINUS}¥48,210`);
    expect(formatMoney(5, 'not a currency').text).toBe(DASH);
    expect([0, 950, 12_345, 48_213_077, 1_230_000_000].map((value) => formatCompact(value, US).text)).toEqual([
      '0',
      '950',
      '12.3K',
      '48.2M',
      '1.23B',
    ]);
    expect(formatQuantity('0.004120', 8, US).text).toBe('0.00412');
    expect([1, 100, 10_000, 1_000_000, 25_000].map((tick) => decimalsOfTick(tick))).toEqual([6, 4, 2, 2, 3]);
    expect(decimalsOfTick(0)).toBe(2);
  });
});

describe('times', () => {
  it('ages grow in words and never go back', () => {
    expect(
      [0, 420, 9_949, 9_950, 42_000, 59_999, 60_000, 7_500_000, 4 * 86_400_000].map((age) => formatAge(age).text),
    ).toEqual(['0.0 s', '0.4 s', '9.9 s', '9 s', '42 s', '59 s', '1 min', '2 h 5 min', '4 d']);
    expect(formatAge(-500).text).toBe('0.0 s');
    expect(formatLatency(84.4).text).toBe('84 ms');
    expect(formatLatency(999.6).text).toBe('1.0 s');
  });

  it('durations are clocks', () => {
    expect([42_000, 725_000, 9_067_000, 3 * 86_400_000 + 4 * 3_600_000].map((ms) => formatDuration(ms).text)).toEqual([
      '0:42',
      '12:05',
      '2:31:07',
      '3 d 4:00:00',
    ]);
  });

  it('shows the time of the exchange on both sides of a clock change', () => {
    const zone = 'America/New_York';
    expect(formatTime(Date.UTC(2026, 2, 6, 14, 30), zone, 'time', US).text).toBe('09:30:00');
    expect(formatTime(Date.UTC(2026, 2, 9, 13, 30), zone, 'time', US).text).toBe('09:30:00');
    expect(formatTime(0, 'Mars/Olympus', 'time', US).text).toBe(DASH);
    expect(formatTime(Number.MAX_VALUE, 'UTC', 'time', US).text).toBe(DASH);
    expect(zonePlace(zone)).toBe('New York');
  });

  it('reasons are sentences, unknown codes readable', () => {
    expect(reasonText('warm_up')).toBe('not enough history yet');
    expect(reasonText('some_new_code')).toBe('some new code');
    expect(reasonText(null)).toBe('no value received');
  });
});

it.each([
  ['RiskOn', 'Risk on'],
  ['RiskOff', 'Risk off'],
  ['Panic', 'Panic'],
  ['SomethingNew', 'SomethingNew'],
])('says the regime %s in words', (label, words) => {
  expect(regimeText(label)).toBe(words);
});

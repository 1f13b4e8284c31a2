import { describe, expect, it } from '@jest/globals';
import { SCOPES } from '@ziggy/contracts';
import { currencyNames } from './currencies.ts';
import { deviceWords } from './device-words.ts';
import { rangeFault } from './ip-range.ts';
import { scopeBlocked } from './role-words.ts';

describe('a device in plain words', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome on Android'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
      'Safari on macOS',
    ],
    ['curl/8.5.0', 'curl'],
    ['node', 'Node.js'],
    ['unknown', 'Unknown device'],
    ['SomethingElse/1.0', 'SomethingElse/1.0'],
  ])('%s', (agent, words) => expect(deviceWords(agent)).toBe(words));
});

describe('a range of addresses', () => {
  it.each(['10.0.0.0/8', '192.168.1.7', '0.0.0.0/0', '::1', '2001:db8::/32', '::ffff:10.0.0.1/128'])(
    '%s is one',
    (line) => expect(rangeFault(line)).toBeNull(),
  );
  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '::1/129',
    'a:b',
    'host',
    ':::',
    '1.2.3.4]',
  ])('"%s" is none', (line) => expect(rangeFault(line)).not.toBeNull());
});

it('offers scopes as far as a role reaches', () => {
  const open = (role: Parameters<typeof scopeBlocked>[1]) =>
    SCOPES.filter((scope) => scopeBlocked(scope, role) === null);
  expect(open('viewer')).toEqual(['read', 'write']);
  expect(open('trader')).toEqual(['read', 'write', 'trade']);
  expect(open('risk')).toEqual([...SCOPES]);
  expect(scopeBlocked('trade', 'analyst')).toBe('it needs the role trader');
});

it('names each currency once', () => {
  expect(currencyNames(['EUR', 'EUR', 'XXZ'])).toEqual([
    { code: 'EUR', name: 'EUR, Euro' },
    { code: 'XXZ', name: 'XXZ, XXZ' },
  ]);
});

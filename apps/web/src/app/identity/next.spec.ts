import { describe, expect, it } from '@jest/globals';
import { safeNext, signInPath } from './next.ts';

describe('the place to go after the sign-in', () => {
  it('is a path below /app/, with its query and fragment', () => {
    for (const path of [
      '/app/markets',
      '/app/symbols/AAPL?tf=1h&view=table#legend',
      '/app/symbols/%5EGSPC',
      '/app/symbols/EURUSD%3DX?from=2020-01-01',
      '/app/symbols/M%26M.NS',
      '/app/',
    ])
      expect(safeNext(path)).toBe(path);
  });

  it.each([
    null,
    undefined,
    '',
    '/',
    '/application',
    '/app',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/app//evil.example',
    '/app/..//evil.example',
    '/app/../../evil',
    '/app/%2e%2e/docs',
    '/app/%2E%2E%2F%2Fevil.example',
    '/app/%5c%5cevil.example',
    '/app/%2f%2fevil.example',
    '/app/\t/evil.example',
    '/\t/evil.example',
    '/app/%0a/evil',
    'https://evil.example/app/',
    'https:evil.example',
    'HTTPS://evil.example/app/markets',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    '%2F%2Fevil.example',
    '/%2fevil.example',
    'app/markets',
    ' /app/markets',
    '@evil.example/app/',
    '/app/sign-in',
    '/app/sign-in?next=/app/markets',
    '/app/setup#token=x',
    '/app/welcome',
    `/app/${'x'.repeat(3_000)}`,
  ])('is never %j', (text) => {
    expect(safeNext(text)).toBeNull();
  });

  it('stands in the address of the sign-in, unless it is where everybody starts', () => {
    expect(signInPath('/app/ops?tab=streams#x')).toBe('/app/sign-in?next=%2Fapp%2Fops%3Ftab%3Dstreams%23x');
    expect(signInPath('/app/markets')).toBe('/app/sign-in');
    expect(signInPath('//evil')).toBe('/app/sign-in');
  });
});

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exp, ln } from './exact-math.ts';
import { HashPrefix, sha256Hex } from './sha256.ts';
import { Stream } from './stream.ts';

const near = (value: number, wanted: number, tolerance: number) =>
  Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));

describe('exact arithmetic', () => {
  it('exp and ln agree with the built-in ones to 1e-14 and invert each other', () => {
    fc.assert(
      fc.property(fc.double({ min: -300, max: 300, noNaN: true }), (x) => {
        const value = exp(x);
        expect(Math.abs(value - Math.exp(x)) <= 1e-14 * Math.exp(x)).toBe(true);
        expect(near(ln(value), x, 1e-14)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (x) => {
        expect(near(ln(x), Math.log(x), 1e-14)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect([exp(0), exp(-1000), exp(1000), exp(Number.NaN), ln(1)]).toEqual([1, 0, Infinity, Number.NaN, 0]);
  });

  it('exp rises where its argument does', () => {
    const wrong: number[] = [];
    for (let x = -1, last = 0; x < 1; x += 1e-5) {
      if (exp(x) < last) wrong.push(x);
      last = exp(x);
    }
    expect(wrong).toEqual([]);
  });

  it('uses nothing that engines may round differently', () => {
    const allowed = new Set(['floor', 'ceil', 'abs', 'sqrt', 'min', 'max', 'sign']);
    const folder = new URL('.', import.meta.url);
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
    expect(sources.length).toBeGreaterThan(15);
    for (const name of sources) {
      const text = readFileSync(new URL(name, folder), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      const used = [...text.matchAll(/Math\.(\w+)|\{([^}]*)\} = Math;/g)].flatMap(([, one, some]) =>
        (one ?? some ?? '').split(',').map((word) => word.trim()),
      );
      // bigint powers in the constants of SHA-256 are exact
      const powers = name === 'sha256.ts' ? [] : [...text.matchAll(/\*\*/g)].map(() => '**');
      expect([name, ...used.filter((word) => !allowed.has(word)), ...powers]).toEqual([name]);
    }
  });
});

describe('sha256Hex', () => {
  it('equals node:crypto for ASCII of every length up to four blocks', () => {
    const wrong: number[] = [];
    for (let length = 0; length <= 256; length++) {
      const text = Array.from({ length }, (_, i) => String.fromCharCode(32 + ((i * 7 + length) % 95))).join('');
      if (sha256Hex(text) !== createHash('sha256').update(text).digest('hex')) wrong.push(length);
    }
    expect(wrong).toEqual([]);
  });

  it('hashes a beginning with many ends, longer and shorter, as the whole text', () => {
    for (const length of [0, 11, 50, 63, 64, 120]) {
      const prefix = new HashPrefix('p'.repeat(length));
      for (const rest of ['2026-03-03', 'x'.repeat(64), '', 'ab', 'y'.repeat(63), '7']) {
        const hex = Array.from(prefix.words(rest), (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
        expect(hex).toBe(
          createHash('sha256')
            .update('p'.repeat(length) + rest)
            .digest('hex'),
        );
      }
    }
  });
});

describe('Stream', () => {
  it('gives the same values for the same key and others for another', () => {
    const draw = (key: string) => {
      const stream = new Stream(key);
      return Array.from({ length: 8 }, () => stream.bits());
    };
    expect(draw('1|day|AAPL|2026-03-03')).toEqual(draw('1|day|AAPL|2026-03-03'));
    expect(draw('1|day|AAPL|2026-03-03')).not.toEqual(draw('1|day|AAPL|2026-03-04'));
    const used = new Stream('other');
    used.normal();
    used.rekey(new HashPrefix('1|day|AAPL|'), '2026-03-03');
    expect(Array.from({ length: 8 }, () => used.bits())).toEqual(draw('1|day|AAPL|2026-03-03'));
  });

  it('has the moments that it promises', () => {
    const stream = new Stream('moments');
    const count = 200_000;
    const moments = (next: () => number) => {
      let sum = 0;
      let square = 0;
      for (let i = 0; i < count; i++) {
        const x = next();
        sum += x;
        square += x * x;
      }
      return [sum / count, square / count] as const;
    };
    const [mean, square] = moments(() => stream.uniform());
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.003);
    expect(Math.abs(square - 1 / 3)).toBeLessThan(0.003);
    for (const next of [() => stream.normal(), () => stream.studentT(8), () => stream.studentT(6)]) {
      const [average, variance] = moments(next);
      expect(Math.abs(average)).toBeLessThan(0.01);
      expect(Math.abs(variance - 1)).toBeLessThan(0.04);
    }
  });
});

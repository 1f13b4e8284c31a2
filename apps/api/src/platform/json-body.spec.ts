import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProblemError } from './problem.ts';
import { findJsonFault, parseJsonBody } from './json-body.ts';

const MAX_DEPTH = 8;

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('findJsonFault', () => {
  it('accepts every document of bounded depth that JSON.stringify writes, however spaced, and reads it back equal', () => {
    const value = fc
      .jsonValue({ maxDepth: MAX_DEPTH - 1 })
      .filter((one) => !JSON.stringify(one).includes('"__proto__"'));
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (one, indent) => {
        const text = JSON.stringify(one, null, indent);
        expect(findJsonFault(text, MAX_DEPTH)).toBeNull();
        expect(parseJsonBody(Buffer.from(text), MAX_DEPTH)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('agrees with JSON.parse on damaged documents: what it accepts parses, and what does not parse has a fault inside the text', () => {
    const damage = fc.record({
      value: fc.jsonValue({ maxDepth: 3 }),
      at: fc.nat(),
      drop: fc.nat(3),
      insert: fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '\\', 'null', '\u0000'),
    });
    fc.assert(
      fc.property(damage, ({ value, at, drop, insert }) => {
        const good = JSON.stringify(value);
        const place = at % (good.length + 1);
        const text = good.slice(0, place) + insert + good.slice(place + drop);
        const fault = findJsonFault(text, 100);
        if (fault === null) expect(parses(text)).toBe(true);
        else expect(fault.position).toBeLessThanOrEqual(text.length);
        if (!parses(text)) expect(fault).not.toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['[[[[[[[[[1]]]]]]]]]', 8, 'deeper'],
    ['{"a":{"b":1,"b":2}}', 12, 'twice'],
    ['{"a":1,"\\u0061":2}', 7, 'twice'],
    ['{"constructor":1,"__proto__":{}}', 17, '__proto__'],
    ['[1e999]', 1, 'too large'],
    ['[1,]', 3, 'value'],
    ['{"a":1,}', 7, 'key'],
    ['  ', 2, 'empty'],
    ['[1', 2, 'end of the list'],
    ['[', 1, 'too early'],
    ['01', 1, 'after the end'],
  ])('finds the fault of %s at %i', (text, position, words) => {
    expect(findJsonFault(text, MAX_DEPTH)).toEqual({ position, reason: expect.stringContaining(words) });
  });

  it('takes linear time on a long hostile text', () => {
    const startedAt = performance.now();
    expect(findJsonFault(`"${'\\'.repeat(1_000_000)}`, MAX_DEPTH)).not.toBeNull();
    expect(findJsonFault('['.repeat(1_000_000), MAX_DEPTH)).toMatchObject({ position: MAX_DEPTH });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

it('names the first byte that is not UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
      const before = Buffer.from(text);
      try {
        parseJsonBody(Buffer.concat([before, Buffer.from([0xff, 0x41])]), MAX_DEPTH);
        throw new Error('was accepted');
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemError);
        expect((error as ProblemError).extra['position']).toBe(before.length);
      }
    }),
  );
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '../config/environment.ts';

const PAGE = 'docs/streams-guarantees.md';
const GUARANTEES = 36;
const read = (file: string): string => readFileSync(join(workspaceRoot(), file), 'utf8');
const rows = read(PAGE)
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter(([, number]) => /^\d+$/.test(number ?? ''));

describe(PAGE, () => {
  it('has every guarantee once, in order', () => {
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: GUARANTEES }, (_, i) => i + 1));
  });

  const proofs = rows.flatMap(([, number, , proof]) =>
    [...(proof ?? '').matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file, title]) => [number, file, title] as const),
  );

  it.each(proofs)('guarantee %s is proved in %s under "%s"', (_, file = '', title = '') => {
    expect(read(file)).toContain(title);
  });

  it('names a proof for all but what comes with another part of the product', () => {
    const proved = new Set(proofs.map(([number]) => number));
    const open = rows.filter(([, number]) => !proved.has(number)).map(([, number]) => Number(number));
    expect(open).toEqual([24, 25, 26, 27, 36]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CLOSE_CODES, STREAM_ERRORS } from '@ziggy/contracts';
import * as z from 'zod';
import { workspaceRoot } from '../config/environment.ts';
import { streamVariables } from '../config/stream.config.ts';

const PAGE = 'docs/streams-guarantees.md';
const GUARANTEES = 36;
const read = (file: string): string => readFileSync(join(workspaceRoot(), file), 'utf8');
const cells = read(PAGE)
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
const rows = cells.filter(([, number]) => /^\d+$/.test(number ?? ''));
const codes = cells.filter(([, code]) => /^\d+ [a-z_0-9]+$/.test(code ?? ''));
const limits = cells.filter(([, variable]) => /^`WS_[A-Z_]+`$/.test(variable ?? ''));
const proofsIn = (text = '') => [...text.matchAll(/`([^`]+)` "([^"]+)"/g)];

describe(PAGE, () => {
  it('has every guarantee once, in order', () => {
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: GUARANTEES }, (_, i) => i + 1));
  });

  const proofs = rows.flatMap(([, number, , proof]) =>
    proofsIn(proof).map(([, file, title]) => [number, file, title] as const),
  );

  it.each(proofs)('guarantee %s is proved in %s under "%s"', (_, file = '', title = '') => {
    expect(read(file)).toContain(title);
  });

  it('names a proof for all but what comes with another part of the product', () => {
    const proved = new Set(proofs.map(([number]) => number));
    const open = rows.filter(([, number]) => !proved.has(number)).map(([, number]) => Number(number));
    expect(open).toEqual([24, 25, 26, 27, 36]);
  });

  it('has every code of the registry with its number, and a proof of each that the server sends', () => {
    const registry = [
      ...Object.entries(STREAM_ERRORS).map(([name, { code }]) => `${code} ${name}`),
      ...Object.entries(CLOSE_CODES).map(([name, code]) => `${code} ${name}`),
    ];
    expect(codes.map(([, code]) => code)).toEqual(registry);
    const unproved = codes.filter(
      ([, , proof]) => proofsIn(proof).length === 0 && proof?.startsWith('not sent') !== true,
    );
    expect(unproved).toEqual([]);
  });

  it('has every limit of the streams with the default that it has, and a proof that it binds', () => {
    const defaults = z.object(streamVariables).parse({});
    const held = Object.entries(defaults).filter(([name]) => name.startsWith('WS_'));
    const told = limits.map(([, name, value]) => [name?.replaceAll('`', ''), Number(value)]);
    expect(new Map(told as [string, number][])).toEqual(new Map(held));
    expect(limits.filter(([, , , proof]) => proofsIn(proof).length === 0)).toEqual([]);
  });

  it.each([
    ...codes.flatMap(([, code, proof]) => proofsIn(proof).map(([, file, title]) => [code, file, title] as const)),
    ...limits.flatMap(([, name, , proof]) => proofsIn(proof).map(([, file, title]) => [name, file, title] as const)),
  ])('%s is proved in %s under "%s"', (_, file = '', title = '') => {
    expect(read(file)).toContain(title);
  });
});

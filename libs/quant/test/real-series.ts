import { readFileSync } from 'node:fs';
import type { ClosedBar } from '../src/bars.ts';
import type { IndicatorBar } from '../src/indicators/definition.ts';

const FILE = new URL('../../../node_modules/vega-datasets/data/sp500-2000.csv', import.meta.url);

/** One real session: the S&P 500, 2000-01-03 to 2020-04-17, 5 105 rows. */
export interface RealSession extends IndicatorBar {
  readonly date: string;
  readonly v: number;
}

export function sp500(): RealSession[] {
  const [, ...lines] = readFileSync(FILE, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [date, o, h, l, c, , v] = line.split(',');
    return { date: date!, o: Number(o), h: Number(h), l: Number(l), c: Number(c), v: Number(v) };
  });
}

const micro = (price: number): number => Math.round(price * 1e6);

export function asClosedBar(row: RealSession): ClosedBar {
  const openTime = Date.parse(row.date);
  return {
    openTime,
    closeTime: openTime + 1,
    o: micro(row.o),
    h: micro(row.h),
    l: micro(row.l),
    c: micro(row.c),
    volume: row.v,
  };
}

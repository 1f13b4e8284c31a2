import { describe, expect, it } from '@jest/globals';
import * as I from 'indicatorts';
import * as T from 'technicalindicators';
import { sp500 } from '../../test/real-series.ts';
import { candles } from '../../test/walks.ts';
import { INDICATORS } from './catalogue.ts';
import { computeIndicators } from './compute.ts';
import { parseIndicators } from './parse.ts';

/**
 * Two public libraries as oracles, on 1 000 real sessions and on walks, relative 1e-9. T and I are compared at every
 * value they give (their arrays end at the same bar as ours); I300 starts another way and is compared from bar 300 on.
 */
interface Columns {
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
}
type Oracle = (x: Columns) => readonly (number | undefined)[];

const dataSets = {
  'the S&P 500, rows 3000-3999': sp500().slice(3_000, 4_000),
  'a walk near 100': candles(41, 1_000),
  'a walk near 30 000': candles(42, 1_000, 30_000),
  'a walk near 0.5': candles(43, 1_000, 0.5),
};

function columns(bars: readonly { o: number; h: number; l: number; c: number; v: number | null }[]): Columns {
  return {
    open: bars.map((b) => b.o),
    high: bars.map((b) => b.h),
    low: bars.map((b) => b.l),
    close: bars.map((b) => b.c),
    volume: bars.map((b) => b.v!),
  };
}

interface Row {
  /** indicator text and output */
  readonly of: string;
  readonly output: string;
  readonly oracle: Oracle;
  /** First bar compared; by default every value that both have. */
  readonly from?: number;
  readonly absolute?: number;
}

const values = (x: Columns): { values: number[] } => ({ values: x.close });
const lastN = <K extends string>(rows: readonly Partial<Record<K, number>>[], key: K): (number | undefined)[] =>
  rows.map((row) => row[key]);
const macdOf = (x: Columns) =>
  T.MACD.calculate({
    ...values(x),
    fastPeriod: 12,
    slowPeriod: 26,
    signalPeriod: 9,
    SimpleMAOscillator: false,
    SimpleMASignal: false,
  });
const adxOf = (x: Columns) => T.ADX.calculate({ high: x.high, low: x.low, close: x.close, period: 14 });
const cloudOf = (x: Columns) =>
  T.IchimokuCloud.calculate({
    high: x.high,
    low: x.low,
    conversionPeriod: 9,
    basePeriod: 26,
    spanPeriod: 52,
    displacement: 26,
  });
const keltnerOf = (x: Columns) =>
  T.KeltnerChannels.calculate({
    high: x.high,
    low: x.low,
    close: x.close,
    maPeriod: 20,
    atrPeriod: 10,
    multiplier: 2,
    useSMA: false,
  });
const bandsOf = (x: Columns) => T.BollingerBands.calculate({ ...values(x), period: 20, stdDev: 2 });

const ROWS: Row[] = [
  { of: 'sma(20)', output: 'value', oracle: (x) => T.SMA.calculate({ ...values(x), period: 20 }) },
  { of: 'sma(20)', output: 'value', oracle: (x) => I.sma(x.close, { period: 20 }), from: 19 },
  { of: 'wma(20)', output: 'value', oracle: (x) => T.WMA.calculate({ ...values(x), period: 20 }) },
  { of: 'ema(20)', output: 'value', oracle: (x) => T.EMA.calculate({ ...values(x), period: 20 }) },
  { of: 'ema(20)', output: 'value', oracle: (x) => I.ema(x.close, { period: 20 }), from: 300 },
  { of: 'rma(14)', output: 'value', oracle: (x) => T.WEMA.calculate({ ...values(x), period: 14 }) },
  { of: 'rma(14)', output: 'value', oracle: (x) => I.rma(x.close, { period: 14 }), from: 13 },
  { of: 'macd(12,26,9)', output: 'macd', oracle: (x) => lastN(macdOf(x), 'MACD'), from: 25 },
  { of: 'macd(12,26,9)', output: 'signal', oracle: (x) => lastN(macdOf(x), 'signal'), from: 33 },
  { of: 'macd(12,26,9)', output: 'histogram', oracle: (x) => lastN(macdOf(x), 'histogram'), from: 33 },
  {
    of: 'macd(12,26,9)',
    output: 'macd',
    oracle: (x) => I.macd(x.close, { fast: 12, slow: 26, signal: 9 }).macdLine,
    from: 300,
  },
  {
    of: 'macd(12,26,9)',
    output: 'signal',
    oracle: (x) => I.macd(x.close, { fast: 12, slow: 26, signal: 9 }).signalLine,
    from: 400,
  },
  { of: 'rsi(14)', output: 'value', oracle: (x) => T.RSI.calculate({ ...values(x), period: 14 }), absolute: 0.00501 },
  { of: 'rsi(14)', output: 'value', oracle: gainsAndLosses, from: 14 },
  { of: 'rsi(14)', output: 'value', oracle: (x) => I.rsi(x.close, { period: 14 }), from: 400 },
  {
    of: 'stoch(14,3)',
    output: 'k',
    oracle: (x) =>
      lastN(T.Stochastic.calculate({ high: x.high, low: x.low, close: x.close, period: 14, signalPeriod: 3 }), 'k'),
  },
  {
    of: 'stoch(14,3)',
    output: 'd',
    oracle: (x) =>
      lastN(T.Stochastic.calculate({ high: x.high, low: x.low, close: x.close, period: 14, signalPeriod: 3 }), 'd'),
  },
  {
    of: 'stoch(14,3)',
    output: 'k',
    oracle: (x) => I.stoch(x.high, x.low, x.close, { kPeriod: 14, dPeriod: 3 }).k,
    from: 13,
  },
  {
    of: 'stoch(14,3)',
    output: 'd',
    oracle: (x) => I.stoch(x.high, x.low, x.close, { kPeriod: 14, dPeriod: 3 }).d,
    from: 15,
  },
  {
    of: 'williamsR(14)',
    output: 'value',
    oracle: (x) => T.WilliamsR.calculate({ high: x.high, low: x.low, close: x.close, period: 14 }),
  },
  { of: 'williamsR(14)', output: 'value', oracle: (x) => I.willr(x.high, x.low, x.close, { period: 14 }), from: 13 },
  {
    of: 'cci(20)',
    output: 'value',
    oracle: (x) => T.CCI.calculate({ high: x.high, low: x.low, close: x.close, period: 20 }),
  },
  { of: 'roc(12)', output: 'value', oracle: (x) => T.ROC.calculate({ ...values(x), period: 12 }) },
  {
    of: 'ao(5,34)',
    output: 'value',
    oracle: (x) => T.AwesomeOscillator.calculate({ high: x.high, low: x.low, fastPeriod: 5, slowPeriod: 34 }),
  },
  { of: 'ao(5,34)', output: 'value', oracle: (x) => I.ao(x.high, x.low, { fast: 5, slow: 34 }), from: 33 },
  { of: 'bollinger(20,2)', output: 'middle', oracle: (x) => lastN(bandsOf(x), 'middle') },
  { of: 'bollinger(20,2)', output: 'upper', oracle: (x) => lastN(bandsOf(x), 'upper') },
  { of: 'bollinger(20,2)', output: 'lower', oracle: (x) => lastN(bandsOf(x), 'lower') },
  { of: 'bollinger(20,2)', output: 'percentB', oracle: (x) => lastN(bandsOf(x), 'pb') },
  { of: 'bollinger(20,2)', output: 'upper', oracle: (x) => I.bb(x.close, { period: 20 }).upper, from: 19 },
  { of: 'bollinger(20,2)', output: 'lower', oracle: (x) => I.bb(x.close, { period: 20 }).lower, from: 19 },
  {
    of: 'trueRange',
    output: 'value',
    oracle: (x) => T.TrueRange.calculate({ high: x.high, low: x.low, close: x.close }),
  },
  {
    of: 'atr(14)',
    output: 'value',
    oracle: (x) => T.ATR.calculate({ high: x.high, low: x.low, close: x.close, period: 14 }),
  },
  { of: 'keltner(20,10,2)', output: 'middle', oracle: (x) => lastN(keltnerOf(x), 'middle') },
  { of: 'keltner(20,10,2)', output: 'upper', oracle: (x) => lastN(keltnerOf(x), 'upper') },
  { of: 'keltner(20,10,2)', output: 'lower', oracle: (x) => lastN(keltnerOf(x), 'lower') },
  { of: 'adx(14)', output: 'adx', oracle: (x) => lastN(adxOf(x), 'adx') },
  { of: 'adx(14)', output: 'plusDI', oracle: (x) => lastN(adxOf(x), 'pdi') },
  { of: 'adx(14)', output: 'minusDI', oracle: (x) => lastN(adxOf(x), 'mdi') },
  {
    of: 'psar(0.02,0.2)',
    output: 'value',
    oracle: (x) => T.PSAR.calculate({ high: x.high, low: x.low, step: 0.02, max: 0.2 }),
    from: 100,
  },
  { of: 'ichimoku(9,26,52)', output: 'conversion', oracle: (x) => lastN(cloudOf(x), 'conversion') },
  { of: 'ichimoku(9,26,52)', output: 'base', oracle: (x) => lastN(cloudOf(x), 'base') },
  { of: 'ichimoku(9,26,52)', output: 'spanA', oracle: (x) => lastN(cloudOf(x), 'spanA') },
  { of: 'ichimoku(9,26,52)', output: 'spanB', oracle: (x) => lastN(cloudOf(x), 'spanB') },
  { of: 'ichimoku(9,26,52)', output: 'base', oracle: (x) => I.ichimokuCloud(x.high, x.low, x.close).kijun, from: 25 },
  { of: 'obv', output: 'value', oracle: (x) => T.OBV.calculate({ close: x.close, volume: x.volume }) },
  { of: 'obv', output: 'value', oracle: (x) => I.obv(x.close, x.volume), from: 0 },
  { of: 'adl', output: 'value', oracle: (x) => I.ad(x.high, x.low, x.close, x.volume), from: 0 },
  { of: 'cmf(20)', output: 'value', oracle: (x) => I.cmf(x.high, x.low, x.close, x.volume, { period: 20 }), from: 19 },
  {
    of: 'mfi(14)',
    output: 'value',
    oracle: (x) => T.MFI.calculate({ high: x.high, low: x.low, close: x.close, volume: x.volume, period: 14 }),
    absolute: 0.00501,
  },
  { of: 'dema(20)', output: 'value', oracle: (x) => I.dema(x.close, { period: 20 }), from: 300 },
  { of: 'tema(20)', output: 'value', oracle: (x) => I.tema(x.close, { period: 20 }), from: 400 },
  { of: 'trima(20)', output: 'value', oracle: (x) => I.trima(x.close, { period: 20 }), from: 19 },
  {
    of: 'ppo(12,26)',
    output: 'value',
    oracle: (x) => I.ppo(x.close, { fast: 12, slow: 26, signal: 9 }).ppoResult,
    from: 400,
  },
  { of: 'trix(15)', output: 'value', oracle: (x) => T.TRIX.calculate({ ...values(x), period: 15 }) },
  { of: 'kst', output: 'value', oracle: (x) => lastN(kstOf(x), 'kst'), from: 44 },
  { of: 'stdev(20)', output: 'value', oracle: (x) => T.SD.calculate({ ...values(x), period: 20 }) },
  { of: 'zscore(20)', output: 'value', oracle: zScores, from: 19 },
  { of: 'realisedVol(20,252)', output: 'value', oracle: volatility, from: 20 },
  { of: 'ulcer(14)', output: 'value', oracle: (x) => I.ulcerIndex(x.close, { period: 14 }), from: 26 },
  { of: 'chandelier(22,3)', output: 'long', oracle: (x) => lastN(exitsOf(x), 'exitLong') },
  { of: 'chandelier(22,3)', output: 'short', oracle: (x) => lastN(exitsOf(x), 'exitShort') },
  {
    of: 'vortex(14)',
    output: 'plus',
    oracle: (x) => I.vortex(x.high, x.low, x.close, { period: 14 }).plus,
    from: 14,
  },
  {
    of: 'vortex(14)',
    output: 'minus',
    oracle: (x) => I.vortex(x.high, x.low, x.close, { period: 14 }).minus,
    from: 14,
  },
  {
    of: 'linregSlope(20)',
    output: 'value',
    oracle: (x) =>
      I.movingLeastSquare(
        20,
        x.close.map((_, i) => i),
        x.close,
      ).m,
    from: 19,
  },
  { of: 'vpt', output: 'value', oracle: (x) => I.vpt(x.close, x.volume), from: 1 },
  {
    of: 'chaikinOsc(3,10)',
    output: 'value',
    oracle: (x) => I.cmo(x.high, x.low, x.close, x.volume, { fast: 3, slow: 10 }).cmoResult,
    from: 300,
  },
  {
    of: 'forceIndex(13)',
    output: 'value',
    oracle: (x) => T.ForceIndex.calculate({ close: x.close, volume: x.volume, period: 13 }),
  },
  {
    of: 'massIndex(9,25)',
    output: 'value',
    oracle: (x) => I.mi(x.high, x.low, { emaPeriod: 9, miPeriod: 25 }),
    from: 400,
  },
  { of: 'vwma(20)', output: 'value', oracle: (x) => I.vwma(x.close, x.volume, { period: 20 }), from: 19 },
  { of: 'volumeSma(20)', output: 'value', oracle: (x) => T.SMA.calculate({ values: x.volume, period: 20 }) },
];

function exitsOf(x: Columns) {
  return T.ChandelierExit.calculate({ high: x.high, low: x.low, close: x.close, period: 22, multiplier: 3 });
}
function kstOf(x: Columns) {
  return T.KST.calculate({
    ...values(x),
    ROCPer1: 10,
    ROCPer2: 15,
    ROCPer3: 20,
    ROCPer4: 30,
    SMAROCPer1: 10,
    SMAROCPer2: 10,
    SMAROCPer3: 10,
    SMAROCPer4: 15,
    signalPeriod: 9,
  });
}
/** From the parts that T has: mean and deviation. */
function zScores(x: Columns): (number | undefined)[] {
  const means = T.SMA.calculate({ ...values(x), period: 20 });
  const deviations = T.SD.calculate({ ...values(x), period: 20 });
  return means.map((mean: number, i: number) => (x.close[i + 19]! - mean) / deviations[i]!);
}
function volatility(x: Columns): number[] {
  const returns = x.close.slice(1).map((close, i) => Math.log(close / x.close[i]!));
  return T.SD.calculate({ values: returns, period: 20 }).map((deviation: number) => deviation * Math.sqrt(252));
}

/** T rounds its RSI; its mean gains and losses are not rounded. */
function gainsAndLosses(x: Columns): number[] {
  const gains = T.AverageGain.calculate({ ...values(x), period: 14 });
  const losses = T.AverageLoss.calculate({ ...values(x), period: 14 });
  return gains.map((gain: number, i: number) => 100 - 100 / (1 + gain / losses[i]!));
}

/** indicatorts has a channel of closes: ours is fed bars whose high and low are the close. */
const CLOSE_ONLY: Row[] = [
  { of: 'donchian(20)', output: 'upper', oracle: (x) => I.dc(x.close, { period: 20 }).upper, from: 19 },
  { of: 'donchian(20)', output: 'middle', oracle: (x) => I.dc(x.close, { period: 20 }).middle, from: 19 },
  { of: 'donchian(20)', output: 'lower', oracle: (x) => I.dc(x.close, { period: 20 }).lower, from: 19 },
];

function compare(row: Row, bars: readonly { o: number; h: number; l: number; c: number; v: number | null }[]): void {
  const parsed = parseIndicators(row.of);
  if (!('specs' in parsed)) throw new Error(parsed.fault.message);
  const spec = parsed.specs[0]!;
  const ours = computeIndicators([spec], bars)[spec.id]![row.output]!;
  const theirs = row.oracle(columns(bars));
  const isPrice =
    INDICATORS.find((d) => d.name === spec.name)!.outputs.find((o) => o.name === row.output)!.unit === 'price';
  const shift = ours.length - theirs.length;
  const first = Math.max(
    row.from ?? 0,
    shift,
    ours.findIndex((v) => v !== null),
  );
  let compared = 0;
  let worst = 0;
  for (let i = first; i < ours.length; i++) {
    const theirValue = theirs[i - shift];
    if (typeof theirValue !== 'number' || ours[i] === null) throw new Error(`bar ${i}: ${theirValue} and ${ours[i]}`);
    const gap = Math.abs(ours[i]! - theirValue);
    // A difference of prices is as exact as the prices, an oscillator as its own scale.
    worst = Math.max(
      worst,
      row.absolute === undefined ? gap / Math.max(Math.abs(theirValue), isPrice ? bars[i]!.c : 1) : gap,
    );
    compared++;
  }
  expect(compared).toBeGreaterThan(550);
  expect(worst).toBeLessThan(row.absolute ?? 1e-9);
}

describe.each(Object.entries(dataSets))('on %s', (_, bars) => {
  it.each(ROWS.map((row, i) => [`${row.of} ${row.output}, oracle ${i}`, row] as const))('%s', (_name, row) =>
    compare(row, bars),
  );

  it.each(CLOSE_ONLY.map((row) => [`${row.of} ${row.output}`, row] as const))('%s of closes', (_name, row) =>
    compare(
      row,
      bars.map((bar) => ({ ...bar, o: bar.c, h: bar.c, l: bar.c })),
    ),
  );

  it('vwap, one session at a time', () => {
    const size = 50;
    const vwap = { id: 'vwap', name: 'vwap', params: [] };
    const ours = computeIndicators(
      [vwap],
      bars.map((bar, i) => ({ ...bar, session: `S${Math.floor(i / size)}` })),
    )['vwap']!['value']!;
    for (let from = 0; from < bars.length; from += size) {
      const x = columns(bars.slice(from, from + size));
      const theirs = T.VWAP.calculate({ high: x.high, low: x.low, close: x.close, volume: x.volume });
      for (const [i, value] of theirs.entries()) expect(Math.abs(ours[from + i]! / value - 1)).toBeLessThan(1e-9);
    }
  });
});

it('the parabolic stop by hand', () => {
  // Rises of 1 a bar, then a fall through the stop. Start up at the first low 10 with the first high 11.
  const bars = [
    { o: 10, h: 11, l: 10, c: 11, v: 1 },
    { o: 11, h: 12, l: 11, c: 12, v: 1 },
    { o: 12, h: 13, l: 12, c: 13, v: 1 },
    { o: 13, h: 14, l: 13, c: 14, v: 1 },
    { o: 9, h: 9, l: 8, c: 8, v: 1 },
    { o: 8, h: 8, l: 7, c: 7, v: 1 },
  ];
  const psar = { id: 'psar(0.02,0.2)', name: 'psar', params: [0.02, 0.2] };
  const values = computeIndicators([psar], bars)['psar(0.02,0.2)']!['value']!;
  // Bar 1: 10 + .02 (11 − 10) is above the low before, so 10. AF .04 after the new high 12.
  // Bar 2: 10 + .04 (12 − 10) = 10.08, held down to the low two bars before, 10. AF .06, extreme 13.
  // Bar 3: 10 + .06 × 3 = 10.18. AF .08, extreme 14.
  // Bar 4: 10.18 + .08 × 3.82 = 10.4856 is crossed by the low 8: reversal, the stop is the extreme 14.
  // Bar 5: 14 + .02 (8 − 14) = 13.88, not under the highs before, 14 and 9: stays 14.
  const expected = [null, 10, 10, 10.18, 14, 14];
  for (const [i, value] of expected.entries()) {
    if (value === null) expect(values[i]).toBeNull();
    else expect(values[i]).toBeCloseTo(value, 12);
  }
});

/**
 * Indicators over 100 000 bars against `technicalindicators` and `indicatorts` in the same run (performance.md row 10),
 * on the indicators that each of them has with the same definition, and how ours grows with ten times the bars.
 * Run: node --conditions=@ziggy/source tools/bench/indicators.bench.ts
 */
import {
  computeIndicators,
  createIndicator,
  indicatorColumns,
  INDICATORS,
  parseIndicators,
  type IndicatorBar,
  type IndicatorSpec,
} from '@ziggy/quant';
import * as I from 'indicatorts';
import * as T from 'technicalindicators';
import { atLeast, machine, median, table, type BenchResult, type BenchRow } from './result.ts';

const BARS = 100_000;
const ROUNDS = 5;

interface Columns {
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
}
type Peer = Readonly<Record<string, (x: Columns) => unknown>>;

const TECHNICAL: Peer = {
  'sma(20)': (x) => T.SMA.calculate({ values: x.close, period: 20 }),
  'wma(20)': (x) => T.WMA.calculate({ values: x.close, period: 20 }),
  'ema(20)': (x) => T.EMA.calculate({ values: x.close, period: 20 }),
  'rma(14)': (x) => T.WEMA.calculate({ values: x.close, period: 14 }),
  'macd(12,26,9)': (x) =>
    T.MACD.calculate({
      values: x.close,
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    }),
  'rsi(14)': (x) => T.RSI.calculate({ values: x.close, period: 14 }),
  'stoch(14,3)': (x) => T.Stochastic.calculate({ ...x, period: 14, signalPeriod: 3 }),
  'williamsR(14)': (x) => T.WilliamsR.calculate({ ...x, period: 14 }),
  'cci(20)': (x) => T.CCI.calculate({ ...x, period: 20 }),
  'roc(12)': (x) => T.ROC.calculate({ values: x.close, period: 12 }),
  'ao(5,34)': (x) => T.AwesomeOscillator.calculate({ ...x, fastPeriod: 5, slowPeriod: 34 }),
  'bollinger(20,2)': (x) => T.BollingerBands.calculate({ values: x.close, period: 20, stdDev: 2 }),
  trueRange: (x) => T.TrueRange.calculate(x),
  'atr(14)': (x) => T.ATR.calculate({ ...x, period: 14 }),
  'keltner(20,10,2)': (x) =>
    T.KeltnerChannels.calculate({ ...x, maPeriod: 20, atrPeriod: 10, multiplier: 2, useSMA: false }),
  'psar(0.02,0.2)': (x) => T.PSAR.calculate({ ...x, step: 0.02, max: 0.2 }),
  'adx(14)': (x) => T.ADX.calculate({ ...x, period: 14 }),
  'ichimoku(9,26,52)': (x) =>
    T.IchimokuCloud.calculate({ ...x, conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26 }),
  obv: (x) => T.OBV.calculate(x),
  'mfi(14)': (x) => T.MFI.calculate({ ...x, period: 14 }),
  'volumeSma(20)': (x) => T.SMA.calculate({ values: x.volume, period: 20 }),
};

/** Its Ichimoku copies the result at every bar; 100 000 bars of it do not end, so it is left out. */
const INDICATORTS: Peer = {
  'sma(20)': (x) => I.sma(x.close, { period: 20 }),
  'ema(20)': (x) => I.ema(x.close, { period: 20 }),
  'rma(14)': (x) => I.rma(x.close, { period: 14 }),
  'macd(12,26,9)': (x) => I.macd(x.close, { fast: 12, slow: 26, signal: 9 }),
  'rsi(14)': (x) => I.rsi(x.close, { period: 14 }),
  'stoch(14,3)': (x) => I.stoch(x.high, x.low, x.close, { kPeriod: 14, dPeriod: 3 }),
  'williamsR(14)': (x) => I.willr(x.high, x.low, x.close, { period: 14 }),
  'ao(5,34)': (x) => I.ao(x.high, x.low, { fast: 5, slow: 34 }),
  'bollinger(20,2)': (x) => I.bb(x.close, { period: 20 }),
  obv: (x) => I.obv(x.close, x.volume),
  adl: (x) => I.ad(x.high, x.low, x.close, x.volume),
  'cmf(20)': (x) => I.cmf(x.high, x.low, x.close, x.volume, { period: 20 }),
};

function candles(count: number): IndicatorBar[] {
  let state = 7;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  let c = 100;
  return Array.from({ length: count }, (_, i) => {
    const o = c;
    c = Math.max(1, o * (1 + 0.02 * (next() - 0.5)));
    const h = Math.max(o, c) * (1 + 0.004 * next());
    const l = Math.min(o, c) * (1 - 0.004 * next());
    return { o, h, l, c, v: 1_000 + Math.floor(9_000 * next()), session: `S${Math.floor(i / 390)}` };
  });
}

function columns(bars: readonly IndicatorBar[]): Columns {
  return {
    high: bars.map((b) => b.h),
    low: bars.map((b) => b.l),
    close: bars.map((b) => b.c),
    volume: bars.map((b) => b.v!),
  };
}

function spec(id: string): IndicatorSpec {
  const parsed = parseIndicators(id);
  if ('fault' in parsed) throw new Error(parsed.fault.message);
  return parsed.specs[0]!;
}

/** Processor time of this thread in ms: what the machine does beside the bench does not count. */
function timed(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e3;
}

/** Medians of rounds that take turns. Each starts from the same bars: the peers' column arrays are part of their cost. */
function race(
  specs: IndicatorSpec[],
  bars: readonly IndicatorBar[],
  peer: Peer,
): { ours: number; nullable: number; theirs: number } {
  const samples = Array.from({ length: ROUNDS }, () => ({
    ours: timed(() => indicatorColumns(specs, bars)),
    nullable: timed(() => computeIndicators(specs, bars)),
    theirs: timed(() => {
      const x = columns(bars);
      return specs.map((one) => peer[one.id]!(x));
    }),
  }));
  return {
    ours: median(samples.map((s) => s.ours)),
    nullable: median(samples.map((s) => s.nullable)),
    theirs: median(samples.map((s) => s.theirs)),
  };
}

function against(name: string, peer: Peer, bars: readonly IndicatorBar[]): BenchRow[] {
  const specs = Object.keys(peer).map(spec);
  // Both are warmed on fewer bars: the first run of a function is its compiler's.
  race(specs, bars.slice(0, 5_000), peer);
  const { ours, nullable, theirs } = race(specs, bars, peer);
  return [
    { metric: `${name}, ${specs.length} indicators`, value: theirs, unit: 'ms' },
    { metric: `ours, the same ${specs.length}`, value: ours, unit: 'ms' },
    atLeast(`faster than ${name}`, theirs / ours, 'x', 2),
    { metric: 'faster with nulls in place of NaN, as REST gives them', value: theirs / nullable, unit: 'x' },
  ];
}

function allOfOurs(bars: readonly IndicatorBar[]): number {
  const specs = INDICATORS.map((definition) => spec(definition.name));
  return median(Array.from({ length: ROUNDS }, () => timed(() => indicatorColumns(specs, bars))));
}

function oneBar(bars: readonly IndicatorBar[]): number {
  const live = INDICATORS.map((definition) => createIndicator(spec(definition.name)));
  const total = timed(() => bars.forEach((bar) => live.forEach((indicator) => indicator.next(bar))));
  return (total * 1e3) / bars.length;
}

export async function run(): Promise<BenchResult> {
  const bars = candles(BARS);
  const rows = [
    ...against('technicalindicators 3.1.0', TECHNICAL, bars),
    ...against('indicatorts 2.2.2', INDICATORTS, bars),
  ];
  const all = allOfOurs(bars);
  const tenfold = allOfOurs(candles(10 * BARS));
  rows.push(
    { metric: `all ${INDICATORS.length} of ours, 100 000 bars`, value: all, unit: 'ms' },
    { metric: 'growth of the cost with ten times the bars', value: tenfold / all, unit: 'x' },
    {
      metric: `one bar through all ${INDICATORS.length}, incrementally`,
      value: oneBar(bars.slice(0, 20_000)),
      unit: 'us',
    },
  );
  return { name: 'indicators', machine: machine(), rows };
}

if (import.meta.main) console.log(table(await run()));

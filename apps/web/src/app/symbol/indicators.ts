import type { IndicatorEntry, IndicatorParameter } from '@ziggy/contracts';
import type { IndicatorColumns } from '@ziggy/stream-client';
import type { IndicatorLine, IndicatorView } from '@ziggy/ui/candles';

/** Most that the server computes in one answer. */
export const MOST_INDICATORS = 10;

/** An indicator with all its parameters; `id` is how it is asked for, answered and written in the URL. */
export interface ChosenIndicator {
  readonly id: string;
  readonly entry: IndicatorEntry;
  readonly params: readonly number[];
}

const ITEM = /^([A-Za-z][A-Za-z0-9]*)(?:\(([0-9.,\s]*)\))?$/;
const NUMBER = /^\d{1,6}(\.\d{1,6})?$/;

/** Splits `sma(20),macd(12,26,9)` at the commas outside brackets; undefined when an item cannot be one, or there are too many. */
export function splitIndicators(text: string): readonly string[] | undefined {
  const items = text.split(/,(?![^(]*\))/).map((item) => item.trim());
  if (items.length > MOST_INDICATORS || items.some((item) => !ITEM.test(item))) return undefined;
  return [...new Set(items)];
}

/** The canonical text of an indicator. */
export function indicatorId(entry: IndicatorEntry, params: readonly number[]): string {
  return params.length === 0 ? entry.name : `${entry.name}(${params.join(',')})`;
}

/** What is wrong with the text of one parameter; null when nothing is. */
export function parameterFault(param: IndicatorParameter, text: string): string | null {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  const bounds = `from ${param.min} to ${param.max}`;
  if (Number.isNaN(value)) return `A number ${bounds}.`;
  if (param.integer && !Number.isInteger(value)) return `A whole number ${bounds}.`;
  return value < param.min || value > param.max ? `From ${param.min} to ${param.max}.` : null;
}

/** What is wrong with parameters that are each within bounds; null when nothing is. */
export function orderFault({ order, params }: IndicatorEntry, values: readonly number[]): string | null {
  if (order === null) return null;
  const value = (name: string): number => values[params.findIndex((param) => param.name === name)] ?? Number.NaN;
  const [low, high] = [value(order.lower), value(order.upper)];
  if (low < high || (order.equal && low === high)) return null;
  return `${order.lower} must be ${order.equal ? 'at most' : 'less than'} ${order.upper}.`;
}

/** Reads one item of the URL against the catalogue: the indicator, or what is wrong with it. */
export function readIndicator(
  text: string,
  catalogue: ReadonlyMap<string, IndicatorEntry>,
): ChosenIndicator | { readonly fault: string } {
  const match = ITEM.exec(text);
  const entry = catalogue.get((match?.[1] ?? '').toLowerCase());
  if (!match || !entry) return { fault: `${text}: unknown` };
  const given = (match[2] ?? '').trim() === '' ? [] : (match[2] as string).split(',').map((part) => part.trim());
  if (given.length > entry.params.length) return { fault: `${text}: takes ${entry.params.length} parameters` };
  const params: number[] = [];
  for (const [index, param] of entry.params.entries()) {
    const part = given[index];
    const fault = part === undefined ? null : parameterFault(param, part);
    if (fault) return { fault: `${text}: ${param.name}: ${fault}` };
    params.push(part === undefined ? param.default : Number(part));
  }
  const wrong = orderFault(entry, params);
  return wrong ? { fault: `${text}: ${wrong}` } : { id: indicatorId(entry, params), entry, params };
}

/** `SMA 20`, `MACD 12, 26, 9`, `True range`. */
export function indicatorLabel({ entry, params }: ChosenIndicator): string {
  const words = entry.name.replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  const name = entry.name.length <= 5 ? entry.name.toUpperCase() : words.charAt(0).toUpperCase() + words.slice(1);
  return [name, params.join(', ')].filter((part) => part !== '').join(' ');
}

/** Levels that readers of an indicator look for; drawn as dotted lines without a figure. */
const LEVELS: Readonly<Record<string, readonly number[]>> = {
  rsi: [30, 70],
  stoch: [20, 80],
  stochRsi: [20, 80],
  mfi: [20, 80],
  williamsR: [-80, -20],
  cci: [-100, 100],
  adx: [25],
  macd: [0],
  ppo: [0],
  trix: [0],
  roc: [0],
  momentum: [0],
  kst: [0],
  cmf: [0],
  chaikinOsc: [0],
  forceIndex: [0],
};
const HISTOGRAMS: ReadonlySet<string> = new Set(['histogram', 'ao.value']);
const POINTS: ReadonlySet<string> = new Set(['psar']);

/** The lines of an indicator. Over the candles only prices have a place. */
function linesOf({ entry }: ChosenIndicator): IndicatorLine[] {
  return entry.outputs
    .filter(({ unit }) => entry.pane === 'own' || unit === 'price')
    .map(({ name, displacement }) => ({
      name,
      label: (displacement > 0 ? `${spaced(name)} +${displacement}` : spaced(name)).trim(),
      displacement,
      style:
        HISTOGRAMS.has(name) || HISTOGRAMS.has(`${entry.name}.${name}`)
          ? 'histogram'
          : POINTS.has(entry.name)
            ? 'points'
            : 'line',
    }));
}

const spaced = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

function decimalsOf({ entry }: ChosenIndicator, priceDecimals: number): number {
  const [first] = entry.outputs;
  return first?.unit === 'price' ? priceDecimals : first?.unit === 'ratio' ? 4 : first?.unit === 'volume' ? 0 : 2;
}

/** The chosen indicators with the received values; one that the server did not send yet is left out. */
export function indicatorViews(
  chosen: readonly ChosenIndicator[],
  columns: IndicatorColumns,
  priceDecimals: number,
): IndicatorView[] {
  return chosen.flatMap((indicator) => {
    const values = columns[indicator.id];
    if (!values) return [];
    const levels = LEVELS[indicator.entry.name];
    return [
      {
        id: indicator.id,
        label: indicatorLabel(indicator),
        pane: indicator.entry.pane,
        lines: linesOf(indicator),
        values,
        decimals: decimalsOf(indicator, priceDecimals),
        compact: indicator.entry.outputs[0]?.unit === 'volume',
        ...(levels ? { levels } : {}),
      },
    ];
  });
}

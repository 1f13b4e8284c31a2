import { findIndicator, INDICATORS } from './catalogue.ts';
import { orderFault } from './definition.ts';
import type { IndicatorDefinition, IndicatorParam } from './definition.ts';

export interface IndicatorSpec {
  /** Canonical text with every parameter, e.g. `bollinger(20,2)`; two requests with the same id are the same. */
  readonly id: string;
  readonly name: string;
  readonly params: readonly number[];
}

/** What is wrong with one item, and what would be right. */
export interface IndicatorFault {
  /** The offending text, cut at 64 characters. */
  readonly value: string;
  readonly message: string;
  readonly allowed: string[];
}

export const MAX_INDICATORS = 10;
/** Ten of the longest ids fit four times over; what is longer is not a request. */
const MAX_TEXT = 1_000;
const NUMBER = /^\d{1,6}(\.\d{1,6})?$/;

export type ParsedIndicators = { readonly specs: IndicatorSpec[] } | { readonly fault: IndicatorFault };

/**
 * Reads `sma(20),macd(12,26,9)`. Names in any case, missing parameters take their defaults, duplicates fold into one,
 * at most ten remain. Empty text is no indicator. The first fault ends the reading.
 */
export function parseIndicators(text: string): ParsedIndicators {
  if (text.length > MAX_TEXT) return fault(text, `The list is longer than ${MAX_TEXT} characters.`, []);
  if (text.trim() === '') return { specs: [] };
  const specs = new Map<string, IndicatorSpec>();
  for (const item of splitOutsideBrackets(text)) {
    const parsed = parseOne(item.trim());
    if ('fault' in parsed) return parsed;
    specs.set(parsed.id, parsed);
  }
  if (specs.size > MAX_INDICATORS) {
    return fault(text, `${specs.size} indicators are too many.`, [`at most ${MAX_INDICATORS}`]);
  }
  return { specs: [...specs.values()] };
}

function splitOutsideBrackets(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}

function parseOne(item: string): IndicatorSpec | { fault: IndicatorFault } {
  const match = /^([A-Za-z][A-Za-z0-9]*)\s*(?:\(([^()]*)\))?$/.exec(item);
  if (match === null)
    return fault(item, 'Not an indicator: a name with its parameters in brackets is expected.', syntax());
  const definition = findIndicator(match[1]!);
  if (definition === undefined) return fault(item, 'Unknown indicator.', INDICATORS.map(signature));
  const given = match[2] === undefined || match[2].trim() === '' ? [] : match[2].split(',').map((part) => part.trim());
  if (given.length > definition.params.length) {
    return fault(item, `${definition.name} takes ${definition.params.length} parameters.`, [signature(definition)]);
  }
  const params: number[] = [];
  for (const [i, param] of definition.params.entries()) {
    const value = i < given.length ? readNumber(given[i]!, param) : param.default;
    if (value === null)
      return fault(item, `${param.name} of ${definition.name} is not allowed: ${cut(given[i]!)}.`, [bounds(param)]);
    params.push(value);
  }
  const wrong = orderFault(definition, params);
  if (wrong !== null) return fault(item, `${definition.name}: ${wrong}.`, [signature(definition)]);
  return indicatorSpec(definition, params);
}

/** The spec of a definition and its complete parameters. */
export function indicatorSpec(definition: IndicatorDefinition, params: readonly number[]): IndicatorSpec {
  const id = params.length === 0 ? definition.name : `${definition.name}(${params.join(',')})`;
  return { id, name: definition.name, params };
}

function readNumber(text: string, param: IndicatorParam): number | null {
  if (!NUMBER.test(text)) return null;
  const value = Number(text);
  if (param.integer && !Number.isInteger(value)) return null;
  return value >= param.min && value <= param.max ? value : null;
}

const cut = (text: string): string => text.slice(0, 64);
const syntax = (): string[] => ['name', 'name(1)', 'name(1,2)'];

function bounds(param: IndicatorParam): string {
  return `${param.name}: ${param.integer ? 'whole number' : 'number'} from ${param.min} to ${param.max}`;
}

/** How an indicator is written, with its defaults. */
function signature(definition: IndicatorDefinition): string {
  return indicatorSpec(
    definition,
    definition.params.map((param) => param.default),
  ).id;
}

function fault(value: string, message: string, allowed: string[]): { fault: IndicatorFault } {
  return { fault: { value: cut(value), message, allowed } };
}

import type { InputFaultCode } from '@ziggy/contracts';
import type { InputFault } from '@ziggy/domain';
import { ZodObject } from 'zod';
import type { ZodError, ZodType, core } from 'zod';
import { nearest } from './nearest.ts';

const VALUE_MAX = 64;
const ALLOWED_MAX = 50;
const SECRET_NAME = /pass|secret|token|ticket|api-?key|authorization|cookie/i;

type Issue = core.$ZodIssue;

/** Turns the faults that zod found into the words of the contract. `part` says where the value came from. */
export function inputFaults(error: ZodError, schema: ZodType, part: InputFault['in']): InputFault[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? unknownNames(issue, schema, part) : [fault(issue, part)],
  );
}

function fault(issue: Issue, part: InputFault['in']): InputFault {
  const path = pathOf(issue.path, part);
  const value = shownValue(issue.input, path);
  const allowed = allowedOf(issue);
  const code = codeOf(issue);
  return {
    in: part,
    path,
    code,
    message: messageOf(issue, code),
    ...(value === undefined ? {} : { value }),
    ...(allowed === undefined ? {} : { allowed }),
  };
}

function unknownNames(issue: core.$ZodIssueUnrecognizedKeys, schema: ZodType, part: InputFault['in']): InputFault[] {
  const known = issue.path.length === 0 && schema instanceof ZodObject ? Object.keys(schema.shape) : [];
  return issue.keys.map((name) => {
    const near = nearest(name, known);
    const hint = near === null ? '' : ` Did you mean ${near}?`;
    return {
      in: part,
      path: pathOf([...issue.path, name], part),
      code: 'parameter_unknown' satisfies InputFaultCode,
      message: `Unknown ${part === 'body' ? 'field' : 'parameter'}.${hint}`,
      allowed: near === null ? known.slice(0, ALLOWED_MAX) : [near],
    };
  });
}

/** zod's own words, but for those that speak of types where a person speaks of a text that is missing. */
function messageOf(issue: Issue, code: InputFaultCode): string {
  if (code === 'required') return 'Required.';
  return issue.message
    .replace(/^Invalid input: expected (\w+), received (\w+)$/, 'Must be a $1.')
    .replace(/^Invalid (?:option|input): expected /, 'Must be ');
}

/** JSON pointer in a body, dotted name elsewhere. */
function pathOf(path: readonly PropertyKey[], part: InputFault['in']): string {
  if (part !== 'body') return path.map(String).join('.');
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function shownValue(input: unknown, path: string): string | undefined {
  if (input === undefined || SECRET_NAME.test(path)) return undefined;
  const text = typeof input === 'string' ? input : (JSON.stringify(input) as string | undefined);
  return text?.slice(0, VALUE_MAX);
}

function codeOf(issue: Issue): InputFaultCode {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'required' : 'invalid_type';
    case 'too_big':
      return issue.origin === 'string'
        ? 'too_long'
        : issue.origin === 'array' || issue.origin === 'set'
          ? 'limit_exceeded'
          : 'out_of_range';
    case 'too_small':
      return 'out_of_range';
    case 'custom':
      return customCode(issue.params);
    default:
      return 'invalid_value';
  }
}

/** A refinement names its code in `params.code`: `{ code: 'custom', params: { code: 'symbol_invalid' } }`. */
function customCode(params: Record<string, unknown> | undefined): InputFaultCode {
  return typeof params?.['code'] === 'string' ? (params['code'] as InputFaultCode) : 'invalid_value';
}

function allowedOf(issue: Issue): string[] | undefined {
  if (issue.code === 'invalid_value') return issue.values.slice(0, ALLOWED_MAX).map(String);
  if (issue.code === 'too_big') return [`${issue.inclusive === false ? '<' : '<='} ${issue.maximum}`];
  if (issue.code === 'too_small') return [`${issue.inclusive === false ? '>' : '>='} ${issue.minimum}`];
  return undefined;
}

import {
  array,
  boolean,
  coerce,
  config,
  discriminatedUnion,
  enum as zodEnum,
  int,
  iso,
  literal,
  looseObject,
  never,
  null as zodNull,
  number,
  object,
  preprocess,
  record,
  strictObject,
  string,
  tuple,
  undefined as zodUndefined,
  union,
  unknown as zodUnknown,
} from 'zod';
import type { infer as Infer, output as Output } from 'zod';

// zod probes for `eval` when it compiles an object schema; under the portal's content security policy the probe
// itself would be reported as a violation, so a browser is told before the first schema exists.
if ('document' in globalThis) config({ jitless: true });

/**
 * The part of zod that the contracts use. The namespace of the package would take all of its languages with it into the
 * portal's first load, 60 kB of gzip.
 */
export const z = {
  array,
  boolean,
  coerce,
  discriminatedUnion,
  enum: zodEnum,
  int,
  iso,
  literal,
  looseObject,
  never,
  null: zodNull,
  number,
  object,
  preprocess,
  record,
  strictObject,
  string,
  tuple,
  undefined: zodUndefined,
  union,
  unknown: zodUnknown,
};

// eslint-disable-next-line @typescript-eslint/no-namespace -- types only: `z.infer` and `z.output`, as in zod itself
export declare namespace z {
  export type infer<T> = Infer<T>;
  export type output<T> = Output<T>;
}

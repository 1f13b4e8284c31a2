import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { DomainError } from '@ziggy/domain';
import type { InputFault } from '@ziggy/domain';
import type { ZodType, output } from 'zod';
import { inputFaults } from './input-faults.ts';

/** Parses one part of a request. All faults of the part are told at once, as one 422 `validation_failed`. */
@Injectable()
export class ZodPipe<Schema extends ZodType> implements PipeTransform<unknown, output<Schema>> {
  readonly #schema: Schema;
  readonly #part: InputFault['in'];

  constructor(schema: Schema, part: InputFault['in']) {
    this.#schema = schema;
    this.#part = part;
  }

  transform(value: unknown): output<Schema> {
    const result = this.#schema.safeParse(value, { reportInput: true });
    if (result.success) return result.data;
    throw invalidInput(inputFaults(result.error, this.#schema, this.#part));
  }
}

/** `@Query(zodPipe(quotesQuery, 'query')) query: QuotesQuery` */
export function zodPipe<Schema extends ZodType>(schema: Schema, part: 'query' | 'path' | 'body'): ZodPipe<Schema> {
  return new ZodPipe(schema, part);
}

/** The one error for input that does not fit. */
export function invalidInput(faults: readonly InputFault[]): DomainError {
  const first = faults[0];
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new DomainError(
    'validation_failed',
    first === undefined ? 'The input is not valid.' : `${first.path}: ${first.message}${rest}`,
    { faults },
  );
}

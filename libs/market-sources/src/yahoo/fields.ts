import { toMicro } from '@ziggy/domain';

/** Fields of an answer that is not trusted: each reader gives the value in its right type, or null. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function textOf(value: unknown, maxLength = 200): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, maxLength) : null;
}

/** A price in micro-units; null unless it is positive. Yahoo writes 0 where nobody offers. */
export function priceOf(value: unknown): number | null {
  const price = numberOf(value);
  if (price === null) return null;
  const micro = toMicro(price);
  return micro !== null && micro > 0 ? micro : null;
}

/** An instant in epoch ms from a date, or from seconds where the library left them as they came. */
export function instantOf(value: unknown): number | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime();
  const seconds = numberOf(value);
  // After 1970 and before 2100: anything else is not a time of a trade.
  return seconds !== null && seconds > 0 && seconds < 4_102_444_800 ? Math.round(seconds * 1_000) : null;
}

/** A count that may be 0 but not less. */
export function countOf(value: unknown): number | null {
  const count = numberOf(value);
  return count !== null && count >= 0 ? count : null;
}

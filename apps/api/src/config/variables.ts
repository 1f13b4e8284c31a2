import * as z from 'zod';

/** `true`, `1`, `yes`, `on` and their opposites; anything else is a fault. */
export const onOff = z.stringbool({ error: 'must be true or false' });

/** A comma list; blanks round an entry do not count, and unset is an empty list. */
export function list<Item extends z.ZodType<unknown, string>>(item: Item) {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .pipe(z.array(item));
}

import type { WireTapeLine } from '../yahoo/wire.ts';
import { phaseOf, WireFailure, wireKey } from '../yahoo/wire.ts';

/** A session of the tape's own: recordings hold no cookie and no crumb. */
const TAPE_CRUMB = 'tape.Crumb';
const TAPE_COOKIE = 'A3=tape; Domain=.yahoo.com; Path=/; Max-Age=31536000; Secure';

/** Reads a wire tape as `YAHOO_RECORD` writes it: one JSON object a line; a last line that was cut off is left out. */
export function readWireTape(text: string): WireTapeLine[] {
  const lines = text.split('\n');
  const whole = text.endsWith('\n') ? lines : lines.slice(0, -1);
  return whole.filter((line) => line !== '').map((line) => JSON.parse(line) as WireTapeLine);
}

/**
 * A `fetch` that answers from a wire tape. Answers of one request are given in the order in which they were recorded, the
 * last one again and again; a request that is not on the tape fails as `TapeMiss`.
 */
export function tapeFetch(lines: readonly WireTapeLine[]): typeof globalThis.fetch {
  const answers = new Map<string, WireTapeLine[]>();
  for (const line of lines) answers.set(line.key, [...(answers.get(line.key) ?? []), line]);
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const phase = phaseOf(url);
    if (phase === 'crumb') return new Response(TAPE_CRUMB);
    if (phase !== 'data') return new Response('<html></html>', { headers: { 'set-cookie': TAPE_COOKIE } });
    const key = wireKey(init.method ?? 'GET', url);
    const left = answers.get(key);
    const line = left !== undefined && left.length > 1 ? left.shift() : left?.[0];
    if (line === undefined) throw new WireFailure('tape_miss', phase, `The wire tape holds no ${key}.`);
    return new Response(line.body, { status: line.status, headers: line.headers });
  };
}

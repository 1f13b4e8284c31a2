import type { StreamErrorName } from '@ziggy/contracts';

export type CommandId = string | number;

/** One frame of a client as it was read. `body` is a JSON object whose members are still unchecked. */
export type ReadCommand =
  | {
      readonly ok: true;
      readonly type: string;
      readonly id: CommandId | undefined;
      readonly body: Readonly<Record<string, unknown>>;
    }
  | {
      readonly ok: false;
      readonly error: StreamErrorName;
      readonly id: CommandId | undefined;
      readonly detail: string;
    };

/**
 * Reads one text frame: one JSON object, at most `deepest` levels deep, named by `type` (or `action`). The depth is counted
 * before parsing, so a hostile frame costs one pass over its bytes.
 */
export function readCommand(text: string, deepest: number): ReadCommand {
  if (depthOf(text) > deepest) {
    return fault('too_large', undefined, `The frame is nested deeper than ${deepest} levels.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fault('bad_json', undefined, 'The frame is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault('bad_json', undefined, 'The frame is not one JSON object.');
  }
  const body = value as Readonly<Record<string, unknown>>;
  const id = idOf(body['id']);
  const type = body['type'] ?? body['action'];
  if (typeof type !== 'string') return fault('unknown_type', id, 'The frame names no command in "type".');
  return { ok: true, type, id, body };
}

/** A usable id of a command, even when the rest of it is not valid: the answer can then be told apart. */
export function idOf(value: unknown): CommandId | undefined {
  if (typeof value === 'string' && value.length > 0 && value.length <= 64) return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** A piece of a client's own text, safe to repeat to it. */
export function excerpt(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 64 ? `${text.slice(0, 63)}…` : text;
}

function fault(error: StreamErrorName, id: CommandId | undefined, detail: string): ReadCommand {
  return { ok: false, error, id, detail };
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Deepest nesting of objects and lists; brackets inside strings do not count. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === 123 || unit === 91) deepest = Math.max(deepest, ++depth);
    else if (unit === 125 || unit === 93) depth--;
  }
  return deepest;
}

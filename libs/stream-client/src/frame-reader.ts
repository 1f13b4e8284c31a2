import { serverFrames } from '@ziggy/contracts';
import type { ServerFrame, ServerFrameName } from '@ziggy/contracts';

/** Frames so frequent that a full check of each would be felt. Everything else is checked in full, always. */
const HOT = new Set(['market_data', 'market_data+snap', 'chart_update', 'ping', 'pong']);

interface RawFrame {
  readonly type: string;
  readonly snap?: unknown;
  readonly ts?: unknown;
  readonly v?: unknown;
  readonly symbol?: unknown;
  readonly data?: unknown;
}

/**
 * Turns the text of a WebSocket message into a frame. A bad or unknown frame is counted, told once per type, and dropped:
 * one broken producer must not take the page down.
 */
export class FrameReader {
  bad = 0;
  unknown = 0;
  readonly #validateAll: boolean;
  readonly #warn: (message: string) => void;
  readonly #seen = new Set<string>();
  readonly #warned = new Set<string>();

  constructor(validation: 'all' | 'guarded', warn: (message: string) => void) {
    this.#validateAll = validation === 'all';
    this.#warn = warn;
  }

  read(text: unknown): ServerFrame | null {
    const raw = typeof text === 'string' ? parse(text) : null;
    if (raw === null) return this.#reject('?', 'not a JSON object');
    if (raw.type === 'market_data') complete(raw);
    const variant = raw.snap === true ? `${raw.type}+snap` : raw.type;
    if (!this.#validateAll && HOT.has(variant) && this.#seen.has(variant)) {
      return guard(raw) ? (raw as unknown as ServerFrame) : this.#reject(raw.type, 'shape');
    }
    const schema = schemaOf(raw);
    if (!schema) {
      // A newer server may say more than this client knows.
      this.unknown++;
      return null;
    }
    const result = schema.safeParse(raw);
    if (!result.success) return this.#reject(raw.type, result.error.issues[0]?.message ?? 'schema');
    this.#seen.add(variant);
    return raw as unknown as ServerFrame;
  }

  #reject(type: string, why: string): null {
    this.bad++;
    if (!this.#warned.has(type)) {
      this.#warned.add(type);
      this.#warn(`dropped a bad ${type} frame: ${why}`);
    }
    return null;
  }
}

const BRAIN = ['regime', 'regimeConfidence', 'volatility', 'z20', 'relativeVolume', 'moveSigma', 'confidence'] as const;

/** A live quote leaves out what the brain does not know; here it is `null` again. */
function complete({ data }: RawFrame): void {
  const brain = (data as { brain?: Record<string, unknown> | null } | null | undefined)?.brain;
  if (typeof brain !== 'object' || brain === null) return;
  for (const name of BRAIN) brain[name] ??= null;
}

function schemaOf({ type, snap }: RawFrame) {
  const name = type === 'chart_update' && snap === true ? 'chart_snapshot' : type;
  return Object.hasOwn(serverFrames, name) ? serverFrames[name as ServerFrameName] : null;
}

function parse(text: string): RawFrame | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && typeof (value as RawFrame).type === 'string'
      ? (value as RawFrame)
      : null;
  } catch {
    return null;
  }
}

const numberOrNull = (value: unknown): boolean => value === null || typeof value === 'number';

/** The cheap check of hot frames whose type was once validated in full. */
function guard(raw: RawFrame): boolean {
  if (typeof raw.ts !== 'number') return false;
  if (raw.type !== 'market_data' && raw.type !== 'chart_update') return true;
  if (typeof raw.v !== 'number' || typeof raw.symbol !== 'string' || typeof raw.data !== 'object' || raw.data === null)
    return false;
  const data = raw.data as Record<string, unknown>;
  if (raw.type === 'market_data') {
    return (
      numberOrNull(data['price']) &&
      numberOrNull(data['changePct']) &&
      typeof data['asOf'] === 'number' &&
      typeof data['brain'] === 'object'
    );
  }
  const bar = data['bar'] as Record<string, unknown> | undefined;
  return typeof bar === 'object' && typeof bar['openTime'] === 'number' && typeof bar['close'] === 'number';
}

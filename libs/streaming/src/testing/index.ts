import type { ChartUpdateFrame, MarketDataFrame, ServerFrame } from '@ziggy/contracts';
import { FLUSH_SLOT_MS } from '../flush-wheel.ts';
import { LatestValueHub } from '../hub.ts';
import type { HubOptions } from '../hub-options.ts';
import type { ClientOutbox, Outlet } from '../outbox.ts';

/** A socket in memory. While `stuck`, what is written stays in its buffer; with `bytesPerMs` it drains at that pace. */
export class MemoryOutlet implements Outlet {
  readonly received: { at: number; frame: ServerFrame }[] = [];
  writes = 0;
  closed: { code: number; reason: string } | null = null;
  stuck = false;
  bufferedAmount = 0;
  peak = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(frames: readonly Uint8Array[]): void {
    if (this.closed !== null) throw new Error('written after the close');
    this.writes++;
    for (const frame of frames) {
      this.received.push({ at: this.#now(), frame: decode(frame) });
      if (this.stuck) this.bufferedAmount += frame.length;
    }
    this.peak = Math.max(this.peak, this.bufferedAmount);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  quotes(symbol?: string): MarketDataFrame[] {
    return this.received.flatMap(({ frame }) =>
      frame.type === 'market_data' && (symbol === undefined || frame.symbol === symbol) ? [frame] : [],
    );
  }

  bars(): ChartUpdateFrame['data']['bar'][] {
    return this.received.flatMap(({ frame }) =>
      frame.type === 'chart_update' && 'bar' in frame.data ? [frame.data.bar] : [],
    );
  }
}

/** The frame in a server's bytes; ASCII only, which is all that tests send. */
export function decode(bytes: Uint8Array): ServerFrame {
  const short = bytes[1] as number;
  const from = short < 126 ? 2 : short === 126 ? 4 : 10;
  return JSON.parse(String.fromCharCode(...bytes.subarray(from))) as ServerFrame;
}

/** A hub in virtual time: urgent flushes run at the end of each step, slots every 10 ms, as the server does it. */
export class VirtualHub {
  now = 1_000;
  readonly hub: LatestValueHub;
  readonly closed: ClientOutbox[] = [];

  constructor(options: Partial<HubOptions> = {}) {
    this.hub = new LatestValueHub({
      flushMs: 100,
      clock: { now: () => this.now },
      wall: { now: () => this.now },
      onClosed: (client) => this.closed.push(client),
      ...options,
    });
  }

  client(): { outlet: MemoryOutlet; client: ClientOutbox } {
    const outlet = new MemoryOutlet(() => this.now);
    return { outlet, client: this.hub.attach(outlet) };
  }

  /** Ends the present turn: what need not wait for a slot goes out. */
  settle(): void {
    while (this.hub.flushUrgent(this.now));
  }

  run(milliseconds: number): void {
    this.settle();
    for (const end = this.now + milliseconds; this.now < end;) {
      this.now = Math.min(end, this.now + FLUSH_SLOT_MS);
      this.hub.advance(this.now);
      this.settle();
    }
  }

  pending(): number {
    return this.hub.backlog().dirtyKeys;
  }
}

export function quote(symbol: string, price: number, v: number, ts = 0): MarketDataFrame {
  const brain = {
    regime: null,
    regimeConfidence: null,
    volatility: null,
    z20: null,
    relativeVolume: null,
    moveSigma: null,
    confidence: null,
  };
  const data = {
    price,
    change: null,
    changePct: null,
    bid: null,
    ask: null,
    volume: null,
    source: 'simulated',
    kind: 'simulated' as const,
    asOf: ts,
    brain,
  };
  return { type: 'market_data', ch: 'market', ts, symbol, v, data };
}

export function bar(symbol: string, openTime: number, close: number, closed: boolean, v: number): ChartUpdateFrame {
  const values = { openTime, closeTime: openTime + 60_000, open: 1, high: 9, low: 1, close, volume: 1, closed };
  return {
    type: 'chart_update',
    ch: 'charts',
    ts: 0,
    symbol,
    timeframe: '1m',
    v,
    data: { bar: values, indicators: {}, source: 'simulated', kind: 'simulated', asOf: null },
  };
}

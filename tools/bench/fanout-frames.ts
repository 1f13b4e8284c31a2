import type { MarketDataFrame } from '@ziggy/contracts';

/** How the server and the load process of the fan-out bench are told what to do, over the channel of the child process. */
export type ServerOrder =
  | { readonly do: 'publish'; readonly symbols: number; readonly hz: number }
  | { readonly do: 'stop' }
  | { readonly do: 'watch' }
  /** The figures as they stand, without a collection of garbage. */
  | { readonly do: 'look' }
  | { readonly do: 'report' };

export interface ServerReport {
  readonly published: number;
  /** 99th percentile of the event loop's delay since `watch`, beyond the timer's own 10 ms. */
  readonly loopP99Ms: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly conflated: number;
  readonly encoded: number;
  readonly writes: number;
  /** Closes by code since the start; the product's own count. */
  readonly closes?: Readonly<Record<string, number>>;
  /** Connections that the product holds. */
  readonly open?: number;
  /** Database queries since the start. */
  readonly queries?: number;
}

/** Clients of a load process: those whose latency counts, and those that are there to disturb them. */
export type LoadGroup = 'measured' | 'other';

export type LoadOrder =
  /** The key that clients show from here on. */
  | { readonly do: 'show'; readonly key: string | undefined }
  | {
      readonly do: 'open';
      readonly port: number;
      readonly kind: LoadKind;
      readonly clients: number;
      readonly perClient: number;
      readonly symbols: number;
      /** `measured` unless said. */
      readonly group?: LoadGroup;
      /** So many handshakes are under way at one time, 100 unless said. */
      readonly atOnce?: number;
    }
  | { readonly do: 'measure'; readonly ms: number }
  /** The other clients stop reading, for good. */
  | { readonly do: 'stall' }
  /** Clients that send commands as fast as the socket takes them, and come back at once when they are closed. */
  | { readonly do: 'flood'; readonly port: number; readonly clients: number }
  /** Each second so many clients leave without a word, and as many new ones come. */
  | { readonly do: 'churn'; readonly perSecond: number }
  /** Ends a group, or everything. */
  | { readonly do: 'close'; readonly group?: LoadGroup };

export interface LoadReport {
  readonly delivered: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** What the flooders saw since they began. */
  readonly flood: FloodReport;
  /** Clients replaced since the churn began. */
  readonly replaced: number;
}

export interface FloodReport {
  readonly commands: number;
  readonly rateLimited: number;
  readonly closes: Readonly<Record<string, number>>;
}

export const SERVER_KINDS = ['product', 'ws-each', 'ws-once', 'socket.io'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];
/** What a load process speaks to; `news` is a lossless channel of the product. */
export type LoadKind = ServerKind | 'news';

export const symbolName = (i: number): string => `SYM${i}`;

/** A quote as the enrichment makes it, with all brain fields: about 330 bytes as text. */
export function benchQuote(i: number, v: number): MarketDataFrame {
  const price = Math.round((100 + (i % 400) + Math.sin(v / 10) * 3) * 100) / 100;
  const now = Date.now();
  return {
    type: 'market_data',
    ch: 'market',
    ts: now,
    symbol: symbolName(i),
    v,
    data: {
      price,
      change: 1.25,
      changePct: 0.6789,
      bid: price - 0.01,
      ask: price + 0.01,
      volume: 1_000_000 + v,
      source: 'simulated',
      kind: 'simulated',
      asOf: now,
      brain: {
        regime: 'RiskOn',
        regimeConfidence: 0.9132,
        volatility: 0.2134,
        z20: 0.4211,
        relativeVolume: 1.102,
        moveSigma: 0.3127,
        confidence: 0.5512,
      },
    },
  };
}

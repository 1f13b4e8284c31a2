/**
 * One server of the fan-out bench: `node fanout-server.ts <kind>`. Prints its port to the parent and does as it is told.
 * All kinds publish the same frames at the same pace; only the way to the sockets differs.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MarketDataFrame } from '@ziggy/contracts';
import { benchQuote, symbolName, type ServerKind, type ServerOrder, type ServerReport } from './fanout-frames.ts';
import { startPeer } from './fanout-peers.ts';
import { startProduct } from './fanout-product.ts';

/** What a kind of server offers to the pacing loop below. */
export interface FanoutServer {
  readonly port: number;
  /** What clients show at the door, where it asks for something. */
  readonly key?: string;
  publish(symbol: string, frame: MarketDataFrame): void;
  counters(): Pick<ServerReport, 'conflated' | 'encoded' | 'writes' | 'closes' | 'open' | 'queries'>;
  /** Ends what would outlive the process. */
  stop?(): Promise<void>;
}

const BEAT_MS = 10;

const kind = process.argv[2] as ServerKind;
const server = kind === 'product' ? await startProduct() : await startPeer(kind);
const loop = monitorEventLoopDelay({ resolution: BEAT_MS });
let published = 0;
let timer: NodeJS.Timeout | null = null;

/** Symbols in turn, evenly over the second. Ticks that the loop was too late for are skipped, not caught up in a burst. */
function pace(symbols: number, hz: number): void {
  const perMs = (symbols * hz) / 1_000;
  let due = 0;
  let at = 0;
  let last = performance.now();
  timer = setInterval(() => {
    const now = performance.now();
    due += Math.min(now - last, 10 * BEAT_MS) * perMs;
    last = now;
    for (; due >= 1; due--) {
      const i = at++ % symbols;
      server.publish(symbolName(i), benchQuote(i, ++published));
    }
  }, BEAT_MS);
}

function report(collect: boolean): ServerReport {
  if (collect) globalThis.gc?.();
  return {
    published,
    loopP99Ms: Math.max(0, loop.percentile(99) / 1e6 - BEAT_MS),
    rssBytes: process.memoryUsage.rss(),
    heapBytes: process.memoryUsage().heapUsed,
    ...server.counters(),
  };
}

process.on('message', (order: ServerOrder) => {
  if (order.do === 'publish') pace(order.symbols, order.hz);
  else if (order.do === 'stop') clearInterval(timer ?? undefined);
  else if (order.do === 'watch') {
    loop.reset();
    loop.enable();
  }
  // Two collections: the first lets finalisers run, so that the second finds what they freed.
  if (order.do === 'report') globalThis.gc?.();
  process.send?.(report(order.do !== 'look'));
});
process.on('disconnect', () => void Promise.resolve(server.stop?.()).finally(() => process.exit(0)));
process.send?.({ port: server.port, key: server.key });

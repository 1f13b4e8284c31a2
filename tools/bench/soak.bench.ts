/**
 * Time and idleness (wire.md, guarantees 33 and 34): memory of the process over ten minutes of live values while clients come
 * and go, and what open, greeted and silent sockets cost, pings included. The product's whole stream path.
 * Run: node --conditions=@ziggy/source --expose-gc tools/bench/soak.bench.ts [--quick]
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LoadReport, ServerReport } from './fanout-frames.ts';
import { atLeast, atMost, median, table, type BenchResult, type BenchRow } from './result.ts';
import { withServer } from './stream-scene.ts';
import { workbench } from './worker.ts';

const QUICK = process.argv.includes('--quick');
const CLIENTS = QUICK ? 200 : 1_000;
const SOAK_S = QUICK ? 20 : 600;
/** Pools and code that all clients share are paid for in this time. */
const WARM_S = QUICK ? 15 : 60;
/** A tenth of the clients is replaced in this time, again and again. */
const CHURN_S = 10;
const SAMPLES = QUICK ? 10 : 60;
const SCENE = { kind: 'product', perClient: 30, symbols: 500 } as const;
const HZ = 10;
const IDLE = QUICK ? 1_000 : 10_000;
/** Tables that grow by doubling are paid for by these. */
const WARM_SOCKETS = 1_000;
/** Two rounds of pings, which come each 25 s. */
const IDLE_S = QUICK ? 30 : 60;

interface Sample {
  readonly rss: number;
  readonly heap: number;
}

const mib = (bytes: number): number => bytes / 2 ** 20;
/** From the middle of the first third to the middle of the last, percent. */
function drift(values: readonly number[]): number {
  const third = Math.ceil(values.length / 3);
  return (median(values.slice(-third)) / median(values.slice(0, third)) - 1) * 100;
}

/** Guarantee 33. */
function soak(): Promise<BenchRow[]> {
  return withServer('product', async (server, load, port) => {
    await load.order({ do: 'open', port, ...SCENE, clients: CLIENTS });
    await server.order({ do: 'publish', symbols: SCENE.symbols, hz: HZ });
    await load.order({ do: 'churn', perSecond: CLIENTS / 10 / CHURN_S });
    await pause(WARM_S * 1_000);
    const samples: Sample[] = [];
    let delivered = 0;
    let replaced = 0;
    for (let i = 0; i < SAMPLES; i++) {
      const report = await load.order<LoadReport>({ do: 'measure', ms: (SOAK_S * 1_000) / SAMPLES });
      delivered += report.delivered;
      replaced = report.replaced;
      // After a collection: what is left is held.
      const { rssBytes, heapBytes } = await server.order<ServerReport>({ do: 'report' });
      samples.push({ rss: mib(rssBytes), heap: mib(heapBytes) });
    }
    const rss = samples.map((sample) => sample.rss);
    const heap = samples.map((sample) => sample.heap);
    console.log(`soak: RSS ${rss.map((value) => value.toFixed(0)).join(' ')} MiB`);
    const what = `33, ${CLIENTS} clients, ${SOAK_S} s, a tenth replaced each ${CHURN_S} s`;
    return [
      atMost(`${what}: drift of RSS, either way`, Math.abs(drift(rss)), '%', 5),
      atMost(`${what}: drift of the heap, either way`, Math.abs(drift(heap)), '%', 5),
      { metric: '33: RSS at the end', value: rss.at(-1) ?? Number.NaN, unit: 'MiB' },
      { metric: '33: heap at the end', value: heap.at(-1) ?? Number.NaN, unit: 'MiB' },
      { metric: '33: clients replaced', value: replaced, unit: 'clients' },
      atLeast('33: delivered', delivered / SOAK_S, 'ticks/s', 0.9 * CLIENTS * SCENE.perClient * HZ),
    ];
  });
}

/** Guarantee 34. */
function idle(): Promise<BenchRow[]> {
  return withServer('product', async (server, load, port) => {
    const open = (clients: number) =>
      load.order({ do: 'open', port, kind: 'product', clients, perClient: 0, symbols: 1 });
    await open(WARM_SOCKETS);
    await pause(1_000);
    const before = await server.order<ServerReport>({ do: 'report' });
    await open(IDLE);
    await pause(2_000);
    const opened = await server.order<ServerReport>({ do: 'report' });
    const cpu = server.cpuSeconds();
    const began = performance.now();
    await pause(IDLE_S * 1_000);
    const core = (server.cpuSeconds() - cpu) / ((performance.now() - began) / 1_000);
    const after = await server.order<ServerReport>({ do: 'report' });
    const closed = Object.values(after.closes ?? {}).reduce((sum, count) => sum + count, 0);
    const each = ({ rssBytes }: ServerReport) => (rssBytes - before.rssBytes) / IDLE / 1_024;
    const what = `34, ${IDLE} idle sockets`;
    return [
      atMost(`${what}: memory of each`, each(opened), 'KB', 12),
      atMost(`${what}: memory of each after ${IDLE_S} s with pings`, each(after), 'KB', 12),
      atMost(`${what}: of one core, with pings`, core * 100, '%', 5),
      atMost(`${what}: closed meanwhile`, closed, 'sockets', 0),
    ];
  });
}

const rows = [...(await idle()), ...(await soak())];
const result: BenchResult = { name: 'soak and idle sockets', machine: workbench(), rows };
console.log(`${table(result)}\n${JSON.stringify(result)}`);

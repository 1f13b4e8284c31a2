/**
 * Clients that come and come back, at the full numbers of the guarantees (docs/streams-guarantees.md: 18, 23 and 35), on the
 * product's whole stream path: 10 000 connections that open and end, 2 000 that return at once, and the image that a new client
 * is shown while the process is busy.
 * Run: node --conditions=@ziggy/source --expose-gc tools/bench/returns.bench.ts [--quick]
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LoadOrder, ServerOrder, ServerReport } from './fanout-frames.ts';
import { symbolName } from './fanout-frames.ts';
import { atLeast, atMost, percentile, table, type BenchResult, type BenchRow } from './result.ts';
import { BenchClient } from './stream-client.ts';
import { withServer } from './stream-scene.ts';
import { workbench, type Worker } from './worker.ts';

const QUICK = process.argv.includes('--quick');
const CYCLES = QUICK ? 2_000 : 10_000;
/** Code and pools that all connections share are paid for in these. */
const WARM_CYCLES = QUICK ? 1_000 : 3_000;
const AT_ONCE = 200;
const RETURNING = QUICK ? 400 : 2_000;
const SCENE = { kind: 'product', perClient: 30, symbols: 500 } as const;
const BUSY_CLIENTS = QUICK ? 200 : 1_000;
const HZ = 10;
const OPENINGS = QUICK ? 40 : 400;
const GIVE_UP_S = 30;

type Stage = readonly [server: Worker<ServerOrder>, load: Worker<LoadOrder>, port: number];

/** Waits until the server knows of no connection; its figures then. */
async function empty(server: Worker<ServerOrder>): Promise<ServerReport> {
  const began = performance.now();
  let report = await server.order<ServerReport>({ do: 'report' });
  while ((report.open ?? 0) > 0 && performance.now() - began < GIVE_UP_S * 1_000) {
    await pause(200);
    report = await server.order<ServerReport>({ do: 'report' });
  }
  return report;
}

async function cycle([server, load, port]: Stage, times: number): Promise<ServerReport> {
  for (let done = 0; done < times; done += AT_ONCE) {
    await load.order({ do: 'open', port, ...SCENE, clients: AT_ONCE, atOnce: AT_ONCE });
    await load.order({ do: 'close' });
  }
  return empty(server);
}

/** Guarantee 18. */
function cycles(): Promise<BenchRow[]> {
  return withServer('product', async (...stage) => {
    const [server, load, port] = stage;
    const before = await cycle([server, load, port], WARM_CYCLES);
    const after = await cycle([server, load, port], CYCLES);
    const what = `18: ${CYCLES} connections that subscribe and vanish, ${AT_ONCE} at once`;
    return [
      atMost(`${what}: growth of the heap`, (after.heapBytes / before.heapBytes - 1) * 100, '%', 3),
      atMost(`${what}: connections left`, after.open ?? Number.NaN, 'connections', 0),
      { metric: '18: heap after them', value: after.heapBytes / 2 ** 20, unit: 'MiB' },
    ];
  });
}

/** Guarantee 23. */
function returning(): Promise<BenchRow[]> {
  return withServer('product', async (server, load, port) => {
    const crowd = { do: 'open', port, ...SCENE, clients: RETURNING, atOnce: RETURNING } as const;
    await load.order(crowd);
    await load.order({ do: 'close' });
    const before = await empty(server);
    const began = performance.now();
    await load.order(crowd);
    const seconds = (performance.now() - began) / 1_000;
    const after = await server.order<ServerReport>({ do: 'report' });
    const queries = (after.queries ?? Number.NaN) - (before.queries ?? Number.NaN);
    const what = `23: ${RETURNING} clients return at once`;
    return [
      atMost(`${what}: all subscribed after`, seconds, 's', 20),
      atLeast(`${what}: of them open`, after.open ?? Number.NaN, 'connections', RETURNING),
      // What runs once a second goes on: a query of each client would be thousands.
      atMost(`${what}: database queries for each of them`, queries / RETURNING, 'queries', 0.1),
    ];
  });
}

/** Guarantee 35: under the load of row 1. */
function images(): Promise<BenchRow[]> {
  return withServer('product', async (server, load, port, key = '') => {
    await load.order({ do: 'open', port, ...SCENE, clients: BUSY_CLIENTS });
    await server.order({ do: 'publish', symbols: SCENE.symbols, hz: HZ });
    await pause(2_000);
    const times: number[] = [];
    let shown = 0;
    for (let n = 0; n < OPENINGS; n++) {
      const client = await BenchClient.open({ port, key }, '/ws/market');
      const symbols = Array.from({ length: SCENE.perClient }, (_, i) => symbolName((n * 7 + i) % SCENE.symbols));
      const began = performance.now();
      client.send({ type: 'subscribe', symbols });
      await client.first('snapshot_end');
      times.push(performance.now() - began);
      shown += client.frames.filter((frame) => frame.type === 'market_data' && frame.snap === true).length;
      client.kill();
    }
    const what = `35: image of ${SCENE.perClient} symbols among ${BUSY_CLIENTS} busy clients`;
    return [
      { metric: `${what}, p50`, value: percentile(times, 0.5), unit: 'ms' },
      atMost(`${what}, p95 of ${OPENINGS}`, percentile(times, 0.95), 'ms', 150),
      atLeast('35: quotes shown for each', shown / OPENINGS, 'quotes', SCENE.perClient),
    ];
  });
}

const rows = [...(await cycles()), ...(await returning()), ...(await images())];
const result: BenchResult = { name: 'clients that come back', machine: workbench(), rows };
console.log(`${table(result)}\n${JSON.stringify(result)}`);

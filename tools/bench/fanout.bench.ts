/**
 * Fan-out of live quotes (performance.md rows 1 to 5): the product's whole stream path against `ws` with one
 * `JSON.stringify` and `send` per client, `ws` with one encoding, and socket.io rooms, all in one run. Server and load
 * are processes of their own, pinned to a core each where `taskset` exists; CPU is read from the operating system.
 * Run: node --conditions=@ziggy/source tools/bench/fanout.bench.ts [--quick]
 */
import { setTimeout as pause } from 'node:timers/promises';
import { SERVER_KINDS, type LoadReport, type ServerKind, type ServerReport } from './fanout-frames.ts';
import { atLeast, atMost, table, type BenchResult, type BenchRow } from './result.ts';
import { withServer } from './stream-scene.ts';
import { workbench } from './worker.ts';

const quick = process.argv.includes('--quick');
const WARM_MS = quick ? 1_500 : 3_000;
const MEASURE_MS = quick ? 4_000 : 10_000;
const HZ = 10;
const SYMBOLS = 500;
const PER_CLIENT = 30;
const CLIENTS = 1_000;

interface Run {
  readonly askedPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly coreShare: number;
  readonly usPerTick: number;
  readonly latencyMs: LoadReport['latencyMs'];
  readonly server: ServerReport;
  readonly before: ServerReport;
}

interface Scene {
  readonly kind: ServerKind;
  readonly clients: number;
  readonly perClient: number;
  readonly symbols: number;
  readonly hz: number;
  readonly measureMs?: number;
}

function fanOut(scene: Scene): Promise<Run> {
  return withServer(scene.kind, async (server, load, port) => {
    await load.order({ do: 'open', port, ...scene });
    await server.order({ do: 'publish', symbols: scene.symbols, hz: scene.hz });
    await pause(WARM_MS);
    const before = await server.order<ServerReport>({ do: 'watch' });
    const cpuBefore = server.cpuSeconds();
    const report = await load.order<LoadReport>({ do: 'measure', ms: scene.measureMs ?? MEASURE_MS });
    const cpu = server.cpuSeconds() - cpuBefore;
    const after = await server.order<ServerReport>({ do: 'report' });
    return {
      askedPerSecond: scene.clients * scene.perClient * scene.hz,
      deliveredPerSecond: report.delivered / report.seconds,
      coreShare: cpu / report.seconds,
      usPerTick: (cpu * 1e6) / Math.max(1, report.delivered),
      latencyMs: report.latencyMs,
      server: after,
      before,
    };
  });
}

/** Memory of connections that are open, greeted and silent. */
function idleBytes(kind: ServerKind, clients: number): Promise<number> {
  return withServer(kind, async (server, load, port) => {
    // The first connections pay for code and pools that all share.
    await load.order({ do: 'open', port, kind, clients: 1_000, perClient: 0, symbols: 1 });
    await pause(500);
    const before = await server.order<ServerReport>({ do: 'report' });
    await load.order({ do: 'open', port, kind, clients, perClient: 0, symbols: 1 });
    await pause(2_000);
    const after = await server.order<ServerReport>({ do: 'report' });
    return (after.rssBytes - before.rssBytes) / clients;
  });
}

function told(scene: Scene, run: Run): Run {
  const { kind, clients, perClient, symbols } = scene;
  process.stdout.write(
    `${kind}: ${clients} clients x ${perClient} of ${symbols} symbols x ${scene.hz} Hz: ${Math.round(run.deliveredPerSecond)} of ${run.askedPerSecond} ticks/s, ` +
      `${(run.coreShare * 100).toFixed(0)} % of a core, ${run.usPerTick.toFixed(2)} us/tick, latency p50 ${run.latencyMs.p50} p99 ${run.latencyMs.p99} ms, loop p99 ${run.server.loopP99Ms.toFixed(1)} ms\n`,
  );
  return run;
}

async function scene(kind: ServerKind, more: Partial<Scene> = {}): Promise<Run> {
  const full: Scene = { kind, clients: CLIENTS, perClient: PER_CLIENT, symbols: SYMBOLS, hz: HZ, ...more };
  return told(full, await fanOut(full));
}

const rows: BenchRow[] = [];
const product = await scene('product');
const peers = new Map<ServerKind, Run>();
for (const kind of SERVER_KINDS) if (kind !== 'product') peers.set(kind, await scene(kind));
const quiet = await scene('product', {
  clients: 50,
  perClient: 1,
  symbols: 50,
  hz: 1,
  measureMs: quick ? 3_000 : 10_000,
});
const idle = await idleBytes('product', quick ? 1_000 : 9_000);
const idlePeer = await idleBytes('socket.io', quick ? 500 : 2_000);

const perTick = (CLIENTS * PER_CLIENT) / SYMBOLS;
const offered = (product.server.published - product.before.published) * perTick;
const conflated = product.server.conflated - product.before.conflated;
// Server and load begin and end to count at slightly different moments.
rows.push(
  atLeast(
    'delivered, 1 000 clients x 30 of 500 symbols x 10 Hz',
    product.deliveredPerSecond,
    'ticks/s',
    0.999 * product.askedPerSecond,
  ),
);
rows.push(atMost('replaced by newer ones at that load', (conflated / offered) * 100, '%', 0.1));
rows.push(atMost('core used at that load', product.coreShare * 100, '%', 45));
rows.push(atMost('event-loop delay p99 at that load', product.server.loopP99Ms, 'ms', 20));
rows.push(atMost('event to client p50 at that load', product.latencyMs.p50, 'ms', 60));
rows.push(atMost('event to client p99 at that load', product.latencyMs.p99, 'ms', 150));
rows.push({ metric: 'CPU per delivered tick', value: product.usPerTick, unit: 'us' });
for (const [kind, run] of peers) {
  rows.push({ metric: `CPU per delivered tick, ${kind}`, value: run.usPerTick, unit: 'us' });
  rows.push({ metric: `delivered, ${kind}`, value: run.deliveredPerSecond, unit: 'ticks/s' });
  if (kind === 'ws-once')
    rows.push({ metric: `product / ${kind}, CPU per tick`, value: product.usPerTick / run.usPerTick, unit: 'ratio' });
  else rows.push(atMost(`product / ${kind}, CPU per tick`, product.usPerTick / run.usPerTick, 'ratio', 0.25));
}
rows.push(atMost('first change after quiet, event to client p99', quiet.latencyMs.p99, 'ms', 15));
rows.push(atMost('memory of an idle connection', idle / 1_024, 'KB', 12));
rows.push({ metric: 'memory of an idle connection, socket.io', value: idlePeer / 1_024, unit: 'KB' });
rows.push(
  atMost(
    'encodings per published frame',
    (product.server.encoded - product.before.encoded) / (product.server.published - product.before.published),
    'frames',
    1,
  ),
);

if (!quick) {
  const ceiling = await scene('product', { clients: 3_000 });
  rows.push(atLeast('ceiling of one process, 3 000 clients', ceiling.deliveredPerSecond, 'ticks/s', 800_000));
  const few = await scene('product', { clients: 100 });
  rows.push({ metric: 'CPU per tick with a tenth of the clients', value: few.usPerTick, unit: 'us' });
  const many = await scene('product', { symbols: 5_000 });
  rows.push({ metric: 'CPU per tick with ten times the symbols', value: many.usPerTick, unit: 'us' });
}

const result: BenchResult = {
  name: 'fan-out',
  machine: workbench(),
  rows,
};
process.stdout.write(`\n${table(result)}\n${JSON.stringify(result)}\n`);

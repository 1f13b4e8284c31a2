/**
 * What one client can do to the others (wire.md, guarantees 14, 15 and 17): clients that never read, and clients that
 * flood, among clients that live as usual, on the product's whole stream path. The same clients are measured with and
 * without the trouble, in turns within one run.
 * Run: node --conditions=@ziggy/source --expose-gc tools/bench/isolation.bench.ts [--quick]
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LoadOrder, LoadReport, ServerOrder, ServerReport } from './fanout-frames.ts';
import { atLeast, atMost, median, table, type BenchResult, type BenchRow } from './result.ts';
import { withServer } from './stream-scene.ts';
import { Worker, workbench } from './worker.ts';

const QUICK = process.argv.includes('--quick');
const CLIENTS = QUICK ? 200 : 1_000;
const STALLED = CLIENTS / 10;
const FLOODERS = 1;
const ROUNDS = QUICK ? 2 : 5;
const WARM_MS = 2_000;
/** Code and pools that all clients share are paid for in this time. */
const SETTLE_MS = 15_000;
/** A stalled client is closed after 10 s without draining at the earliest, so a measurement ends before. */
const MEASURE_MS = QUICK ? 3_000 : 6_000;
const SCENE = { kind: 'product', perClient: 30, symbols: 500 } as const;
const HZ = 10;
const CLOSED_WITHIN_S = 45;
const CLOSED_GIVE_UP_S = 75;
const LOOK_EVERY_MS = 250;

interface Stage {
  readonly server: Worker<ServerOrder>;
  readonly load: Worker<LoadOrder>;
  /** A process of its own: what flooding costs there is not taken from those whose latency is measured. */
  readonly flooder: Worker<LoadOrder>;
  readonly port: number;
}

const latency = async ({ load }: Stage): Promise<LoadReport> =>
  load.order<LoadReport>({ do: 'measure', ms: MEASURE_MS });

/** Guarantee 14: memory of the process and time until the close, for clients that stop reading under load. */
async function neverReads({ server, load, port }: Stage): Promise<BenchRow[]> {
  await load.order({ do: 'open', port, ...SCENE, clients: STALLED, group: 'other' });
  await pause(WARM_MS);
  const before = await server.order<ServerReport>({ do: 'report' });
  // The kernel's buffers may hide the stall until the ping goes unanswered: either close is right.
  const count = ({ closes }: ServerReport, name: string) => (closes?.[name] ?? 0) - (before.closes?.[name] ?? 0);
  const began = performance.now();
  await load.order({ do: 'stall' });
  let peak = before.rssBytes;
  let seconds: number;
  let slow: number;
  let silent: number;
  do {
    await pause(LOOK_EVERY_MS);
    const now = await server.order<ServerReport>({ do: 'look' });
    peak = Math.max(peak, now.rssBytes);
    slow = count(now, 'slow_consumer');
    silent = count(now, 'no_pong');
    seconds = (performance.now() - began) / 1_000;
  } while (slow + silent < STALLED && seconds < CLOSED_GIVE_UP_S);
  await load.order({ do: 'close', group: 'other' });
  return [
    atMost(
      '14: memory of a client that never reads, at the most',
      (peak - before.rssBytes) / STALLED / 2 ** 20,
      'MiB',
      1.5,
    ),
    atLeast('14: such clients closed', slow + silent, `of ${STALLED}`, STALLED),
    { metric: '14: of them as slow, 4003', value: slow, unit: 'clients' },
    { metric: '14: of them for no answer to a ping, 4004', value: silent, unit: 'clients' },
    atMost('14: the last of them closed after', seconds, 's', CLOSED_WITHIN_S),
  ];
}

interface Pair {
  readonly calm: LoadReport;
  readonly troubled: LoadReport;
}

/** Guarantee 15: the same tenth of the clients reads in the first half of each round and not in the second. */
async function stalledAmong(stage: Stage): Promise<Pair> {
  const { load, port } = stage;
  await load.order({ do: 'open', port, ...SCENE, clients: STALLED, group: 'other' });
  await pause(WARM_MS);
  const calm = await latency(stage);
  await load.order({ do: 'stall' });
  await pause(WARM_MS);
  const troubled = await latency(stage);
  await load.order({ do: 'close', group: 'other' });
  return { calm, troubled };
}

/** Guarantee 17. */
async function flooded(stage: Stage): Promise<Pair> {
  const { flooder, port } = stage;
  await pause(WARM_MS);
  const calm = await latency(stage);
  await flooder.order({ do: 'flood', port, clients: FLOODERS });
  await pause(WARM_MS);
  const troubled = await latency(stage);
  const { flood } = await flooder.order<LoadReport>({ do: 'measure', ms: 0 });
  await flooder.order({ do: 'close' });
  return { calm, troubled: { ...troubled, flood } };
}

async function rounds(stage: Stage, one: (stage: Stage) => Promise<Pair>): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const pair = await one(stage);
    const { calm, troubled } = pair;
    console.log(`${one.name}: p99 ${calm.latencyMs.p99} ms calm, ${troubled.latencyMs.p99} ms troubled`);
    pairs.push(pair);
  }
  return pairs;
}

/** How much the p99 moved: the middle one of the rounds on each side. */
function moved(guarantee: string, pairs: readonly Pair[]): BenchRow[] {
  const calm = median(pairs.map((pair) => pair.calm.latencyMs.p99));
  const troubled = median(pairs.map((pair) => pair.troubled.latencyMs.p99));
  const delivered = median(pairs.map((pair) => pair.troubled.delivered / pair.calm.delivered));
  return [
    { metric: `${guarantee}: p99 of the others before`, value: calm, unit: 'ms' },
    { metric: `${guarantee}: p99 of the others with it`, value: troubled, unit: 'ms' },
    atMost(`${guarantee}: their p99 rises by`, (troubled / calm - 1) * 100, '%', 10),
    { metric: `${guarantee}: delivered to the others, with / without`, value: delivered, unit: 'ratio' },
  ];
}

function floodRows(pairs: readonly Pair[]): BenchRow[] {
  const { commands, rateLimited, closes } = (pairs.at(-1) as Pair).troubled.flood;
  const ended = (closes['4007'] ?? 0) + (closes['4501'] ?? 0);
  const all = Object.values(closes).reduce((sum, count) => sum + count, 0);
  return [
    { metric: '17: commands of the flooder', value: commands, unit: 'commands' },
    atLeast('17: of them answered 107', rateLimited, 'errors', 1),
    atLeast('17: its closes with 4007 or 4501', ended, 'closes', 1),
    atMost('17: its closes with another code', all - ended, 'closes', 0),
  ];
}

const rows = await withServer('product', async (server, load, port, key) => {
  const flooder = new Worker<LoadOrder>('./fanout-load.ts', 1);
  await flooder.next();
  await flooder.order({ do: 'show', key });
  const stage: Stage = { server, load, flooder, port };
  await load.order({ do: 'open', port, ...SCENE, clients: CLIENTS - STALLED, group: 'measured' });
  await server.order({ do: 'publish', symbols: SCENE.symbols, hz: HZ });
  await pause(WARM_MS);
  await pause(SETTLE_MS);
  // First, because memory that other stalled clients have filled is kept by the allocator and would hide its cost.
  const silent = await neverReads(stage);
  const stalls = await rounds(stage, stalledAmong);
  const floods = await rounds(stage, flooded);
  await flooder.stop();
  return [
    ...silent,
    ...moved(`15, ${STALLED} stalled among ${CLIENTS}`, stalls),
    ...moved(`17, a flooder among ${CLIENTS - STALLED}`, floods),
    ...floodRows(floods),
  ];
});

const result: BenchResult = { name: 'isolation of clients', machine: workbench(), rows };
console.log(`${table(result)}\n${JSON.stringify(result)}`);

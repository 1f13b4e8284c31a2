/**
 * The guarantees of the lossless channels at their full numbers (docs/streams-guarantees.md: 10, 13 and 32), on the product's
 * whole stream path with a database of its own: sockets killed at 200 random points of 20 000 events on each channel, 1 000
 * resumes while 1 000 events a second are published, and alerts while quotes saturate the process.
 * Run: node --conditions=@ziggy/source --expose-gc tools/bench/lossless.bench.ts [--quick]
 */
import { randomInt } from 'node:crypto';
import { LOSSLESS_CHANNELS } from '@ziggy/contracts';
import type { EventFrame, LosslessChannel, ServerFrame, StreamPosition } from '@ziggy/contracts';
import type * as EventLogExports from '../../apps/api/src/persistence/event-log.ts';
import type { EventLog } from '../../apps/api/src/persistence/event-log.ts';
import type * as HubsExports from '../../apps/api/src/stream/hubs.ts';
import { withDatabase } from './bench-database.ts';
import { say, Speaker, type Line } from './bench-event.ts';
import { built } from './built.ts';
import { benchQuote, symbolName, type LoadOrder } from './fanout-frames.ts';
import { startProductApp, type ProductApp } from './fanout-product.ts';
import { atLeast, atMost, machine, percentile, table, type BenchResult, type BenchRow } from './result.ts';
import { BenchClient, until } from './stream-client.ts';
import { Worker } from './worker.ts';

const QUICK = process.argv.includes('--quick');
const EVENTS = QUICK ? 2_000 : 20_000;
const KILLS = QUICK ? 20 : 200;
const RESUMES = QUICK ? 100 : 1_000;
const ALERTS = QUICK ? 50 : 500;
const PER_SECOND = 1_000;
/** Half of what a resume replays: a client that is further behind would have to start over. */
const BEHIND_MAX = 250;
const RESUMES_AT_ONCE = 8;
/** Live events that a resumed client must see in order, after the replay. */
const LIVE = 20;
const SATURATED = { clients: 1_000, perClient: 30, symbols: 500, hz: 10 };
const BEAT_MS = 10;

const isEvent = (frame: ServerFrame): frame is EventFrame => 'prev' in frame;
const positionOf = ({ epoch, seq }: Partial<StreamPosition>): StreamPosition => {
  if (epoch === undefined || seq === undefined) throw new Error('The greeting names no position.');
  return { epoch, seq };
};
const at = (channel: LosslessChannel, { epoch, seq }: StreamPosition) => `/ws/${channel}?epoch=${epoch}&seq=${seq}`;

/** Guarantee 10. */
async function killed(product: ProductApp, line: Line): Promise<BenchRow[]> {
  const { channel } = line;
  const first = await BenchClient.open(product, `/ws/${channel}`);
  let position = positionOf(await first.first('hello'));
  first.kill();
  const points = Array.from({ length: KILLS }, () => randomInt(1, EVENTS)).sort((a, b) => a - b);
  const received: EventFrame[] = [];
  const speaker = new Speaker(line, EVENTS, PER_SECOND, (said) => said - received.length < BEHIND_MAX);
  for (const point of [...points, EVENTS]) {
    const client = await BenchClient.open(product, at(channel, position));
    const { data } = await client.first('resume_ack');
    if (!data.recovered) throw new Error(`A resume of ${channel} failed: ${JSON.stringify(data)}`);
    received.push(...client.frames.filter(isEvent));
    client.onFrame = (frame) => {
      if (isEvent(frame)) received.push(frame);
      if (received.length >= point) client.kill();
    };
    if (received.length >= point) client.kill();
    await until(() => received.length >= point);
    position = positionOf(received.at(-1) ?? position);
  }
  await speaker.done;
  const same = speaker.said.filter(({ id, seq }, i) => received[i]?.id === id && received[i].seq === seq).length;
  const what = `10: ${channel}, killed at ${KILLS} points of ${EVENTS} events`;
  return [
    atLeast(`${what}: received in order`, same, 'events', EVENTS),
    atMost(`${what}: received beside those`, received.length - same, 'events', 0),
  ];
}

/** Guarantee 13: one resume, true when everything after the position came once and in order. */
async function resumed(product: ProductApp, said: readonly EventFrame[]): Promise<boolean> {
  const from = said.at(-1 - randomInt(0, Math.min(200, said.length))) as EventFrame;
  const client = await BenchClient.open(product, at('news', from));
  const { data } = await client.first('resume_ack');
  const events = () => client.frames.filter(isEvent);
  await until(() => events().length >= data.replayed + LIVE);
  client.kill();
  return (
    data.recovered &&
    events().every(({ seq, prev, replay }, i) => {
      const next = from.seq + 1 + i;
      return seq === next && prev === next - 1 && (replay === true) === i < data.replayed;
    })
  );
}

async function resumes(product: ProductApp, line: Line): Promise<BenchRow[]> {
  const speaker = new Speaker(line, Number.POSITIVE_INFINITY, PER_SECOND);
  await until(() => speaker.said.length > 0);
  const began = performance.now();
  const before = speaker.said.length;
  let left = RESUMES;
  let whole = 0;
  await Promise.all(
    Array.from({ length: RESUMES_AT_ONCE }, async () => {
      while (left-- > 0) if (await resumed(product, speaker.said)) whole++;
    }),
  );
  const perSecond = (speaker.said.length - before) / ((performance.now() - began) / 1_000);
  await speaker.stop();
  return [
    atLeast(`13: resumes without hole, repeat or reorder, of ${RESUMES}`, whole, 'resumes', RESUMES),
    atLeast('13: events published meanwhile', perSecond, 'events/s', 0.9 * PER_SECOND),
  ];
}

/** Guarantee 32: row 1 of the targets beside it, whose clients are a process of their own. */
async function alerts(product: ProductApp, line: Line): Promise<BenchRow[]> {
  const { MARKET_HUB } = await built<typeof HubsExports>('stream/hubs.js');
  const hub = product.app.get<HubsExports.LatestValueHub>(MARKET_HUB, { strict: false });
  const load = new Worker<LoadOrder>('./fanout-load.ts', 1);
  await load.next();
  await load.order({ do: 'show', key: product.key });
  await load.order({ do: 'open', port: product.port, kind: 'product', ...SATURATED });
  let published = 0;
  const storm = setInterval(() => {
    for (let n = (SATURATED.symbols * SATURATED.hz * BEAT_MS) / 1_000; n > 0; n--) {
      const i = published++ % SATURATED.symbols;
      hub.publish(symbolName(i), symbolName(i), benchQuote(i, published));
    }
  }, BEAT_MS);
  const client = await BenchClient.open(product, '/ws/alerts');
  client.send({ type: 'subscribe', symbols: ['*'] });
  await client.first('snapshot_end');
  const times: number[] = [];
  const { sent } = hub.counters;
  const startedAt = performance.now();
  for (let n = 0; n < ALERTS; n++) {
    const began = performance.now();
    const { id } = await say(line);
    const came = () => client.frames.findLast(isEvent)?.id === id;
    await until(came);
    times.push(performance.now() - began);
  }
  const quotes = (hub.counters.sent - sent) / ((performance.now() - startedAt) / 1_000);
  clearInterval(storm);
  client.kill();
  await load.stop();
  return [
    { metric: '32: quotes sent meanwhile', value: quotes, unit: 'ticks/s' },
    { metric: '32: alert from trigger over the log to the client, p50', value: percentile(times, 0.5), unit: 'ms' },
    atMost(`32: the same, p99 of ${ALERTS}`, percentile(times, 0.99), 'ms', 100),
  ];
}

const rows = await withDatabase(async (url) => {
  const product = await startProductApp(url);
  try {
    const { EventLog: Log } = await built<typeof EventLogExports>('persistence/event-log.js');
    const log = product.app.get<EventLog>(Log, { strict: false });
    const line = (channel: LosslessChannel): Line => ({ log, channel, owner: product.owner });
    const found: BenchRow[] = [];
    for (const channel of LOSSLESS_CHANNELS) found.push(...(await killed(product, line(channel))));
    found.push(...(await resumes(product, line('news'))), ...(await alerts(product, line('alerts'))));
    return found;
  } finally {
    await product.app.close();
  }
});
const result: BenchResult = { name: 'lossless channels', machine: machine(), rows };
console.log(`${table(result)}\n${JSON.stringify(result)}`);

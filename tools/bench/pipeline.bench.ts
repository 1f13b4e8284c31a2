/**
 * The way of a tick through the API (performance.md row 6, market-data.md L1): quote made, gate, version, brain, cache,
 * bars of five intervals, hub; 5 000 symbols on one core, without sockets. Also how it grows with ten times the symbols,
 * what the stages cost one by one, whether the heap grows, and a steady 20 000 ticks/s (L2; 10 min, or 10 s with --quick).
 * Run: node --conditions=@ziggy/source --expose-gc tools/bench/pipeline.bench.ts [--quick]
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { INTERVALS, type Instrument, type QuoteUpdate, type Symbol } from '@ziggy/domain';
import { QuoteEnricher, RegimeMachine, VOLUME_BINS } from '@ziggy/quant';
import { LatestValueHub } from '@ziggy/streaming';
import { LiveBars } from '../../apps/api/src/charts/live/live-bars.ts';
import { DataIds } from '../../apps/api/src/market/quotes/data-ids.ts';
import { QuoteGate } from '../../apps/api/src/market/quotes/gate.ts';
import { QuotePipeline } from '../../apps/api/src/market/quotes/quote-pipeline.ts';
import { Venues } from '../../apps/api/src/market/calendar/venues.ts';
import { atLeast, atMost, machine, median, table, type BenchResult, type BenchRow } from './result.ts';

const QUICK = process.argv.includes('--quick');
const SYMBOLS = 5_000;
const TICKS = QUICK ? 300_000 : 1_000_000;
const ROUNDS = QUICK ? 2 : 5;
const BATCH = 256;
const PACED_PER_SECOND = 20_000;
const LOOP_RESOLUTION_MS = 10;
/** How often the API closes bars (`market-beat.ts`). */
const ADVANCE_EVERY_MS = 250;
/** Symbols that one client watches; the hub keeps the newest frame of the others. */
const WATCHED = 500;
const OPEN = Date.UTC(2026, 2, 4, 14, 30);

interface Parts {
  readonly brain: boolean;
  readonly bars: boolean;
  readonly hub: boolean;
}

const WHOLE: Parts = { brain: true, bars: true, hub: true };
const NO_BRAIN = {
  regime: null,
  regimeConfidence: null,
  volatility: null,
  z20: null,
  relativeVolume: null,
  moveSigma: null,
  confidence: null,
  why: 'not_configured',
} as const;

function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function instrumentOf(index: number): Instrument {
  return {
    symbol: `SYM${index}` as Symbol,
    name: `Symbol ${index}`,
    assetClass: 'equity',
    mic: 'XNYS',
    currency: 'USD',
    tick: 10_000,
    calendar: 'XNYS',
    sector: null,
    validFrom: null,
    validTo: null,
    aliases: [],
  };
}

/** The product's own parts, wired as the API wires them, on a market clock that the bench moves. */
class Bench {
  now = OPEN;
  readonly pipeline: QuotePipeline;
  readonly live: LiveBars;
  readonly hub: LatestValueHub;
  readonly #instruments: readonly Instrument[];
  readonly #prices: Float64Array;
  readonly #volumes: Float64Array;
  readonly #next = uniform(11);
  #seq = 0;
  closed = 0;

  constructor(symbols: number, parts: Parts) {
    this.#instruments = Array.from({ length: symbols }, (_, i) => instrumentOf(i));
    const known = new Map(this.#instruments.map((instrument) => [instrument.symbol, instrument]));
    this.#prices = Float64Array.from(this.#instruments, () => 20e6 + Math.floor(400 * this.#next()) * 1e6);
    this.#volumes = new Float64Array(symbols);
    const venues = new Venues();
    const clock = { now: () => this.now };
    const enricher = parts.brain ? this.#enricher() : { enrich: () => NO_BRAIN };
    this.hub = new LatestValueHub({ flushMs: 100, clock, wall: clock });
    const client = this.hub.attach({ bufferedAmount: 0, write: () => undefined, close: () => undefined });
    for (let i = 0; i < Math.min(WATCHED, symbols); i++) this.hub.join(client, `SYM${i}`);
    this.pipeline = new QuotePipeline({
      gate: new QuoteGate({ onReject: () => undefined, isClosed: (_, at) => venues.isClosed('XNYS', at) }),
      enricher,
      outlet: parts.hub ? this.hub : { publish: () => undefined },
      ids: new DataIds(1),
      venues,
      market: clock,
      wall: clock,
      sourceId: 'bench',
      rules: { mode: 'pushed', expectedGapMs: 5_000 },
      instrumentOf: (symbol) => known.get(symbol),
      counts: { ticks: 0, published: 0, unknown: 0, overflow: 0 },
      defer: (work) => work(),
    });
    this.live = new LiveBars({
      market: 'bench',
      sourceId: 'bench',
      intervals: INTERVALS,
      windowsOf: (calendar) => venues.windows(calendar),
      marketNow: () => this.now,
      sourceBar: null,
      flows: () => true,
      store: () => void this.closed++,
      onFailed: () => undefined,
    });
    if (!parts.bars) return;
    for (const instrument of this.#instruments) this.live.track(instrument);
    this.pipeline.listen(this.live);
  }

  #enricher(): QuoteEnricher {
    const enricher = new QuoteEnricher({ barsPerYear: 252 });
    const volumeCurve = Array.from({ length: VOLUME_BINS + 1 }, (_, edge) => edge * 12_820);
    this.#instruments.forEach(({ symbol }, i) => {
      const c = this.#prices[i] as number;
      const daily = Array.from({ length: 70 }, (_, day) => {
        const openTime = OPEN - (71 - day) * 86_400_000;
        const price = Math.round(c * (1 + 0.02 * (this.#next() - 0.5)));
        return { openTime, closeTime: openTime + 1, o: price, h: price, l: price, c: price, volume: 1e6 };
      });
      enricher.seed(symbol, { daily, volumeCurve });
    });
    enricher.setRegime(new RegimeMachine().state);
    return enricher;
  }

  /** Makes ticks of random symbols and sends them through; market time moves so that all symbols tick each 5 s. */
  run(ticks: number): void {
    const symbols = this.#instruments.length;
    const perBatchMs = (BATCH / symbols) * 5_000;
    for (let sent = 0; sent < ticks; sent += BATCH) {
      this.now += perBatchMs;
      // A session of six and a half hours: the bench walks through it and begins anew.
      if (this.now > OPEN + 6 * 3_600_000) this.now = OPEN + 6 * 3_600_000;
      this.send(BATCH);
      if (sent % (BATCH * 40) === 0) {
        this.live.advance();
        this.flush();
      }
    }
  }

  /** One batch of ticks of random symbols, at the market time that is. */
  send(ticks: number): void {
    const symbols = this.#instruments.length;
    const batch: QuoteUpdate[] = [];
    for (let i = 0; i < ticks; i++) batch.push(this.#tick(Math.floor(this.#next() * symbols)));
    this.pipeline.intake(batch);
  }

  flush(): void {
    this.hub.advance(this.now);
    this.hub.flushUrgent(this.now);
  }

  #tick(index: number): QuoteUpdate {
    const price = Math.round(((this.#prices[index] as number) * (1 + 0.0004 * (this.#next() - 0.5))) / 10_000) * 10_000;
    this.#prices[index] = price;
    const volume = ((this.#volumes[index] as number) += 100);
    const at = Math.floor(this.now);
    return {
      symbol: (this.#instruments[index] as Instrument).symbol,
      price,
      bid: price - 10_000,
      ask: price + 10_000,
      bidSize: 100,
      askSize: 100,
      open: null,
      high: null,
      low: null,
      prevClose: price - 1_000_000,
      volume,
      marketState: 'open',
      exchangeAt: at,
      receivedAt: at,
      delayMinutes: 0,
      kind: 'simulated',
      seq: ++this.#seq,
    };
  }
}

/** Ticks a second of processor time of this thread: what the machine does beside the bench does not count. */
function rate(bench: Bench): number {
  const started = process.threadCpuUsage();
  bench.run(TICKS);
  const { user, system } = process.threadCpuUsage(started);
  return TICKS / ((user + system) / 1e6);
}

function measured(symbols: number, parts: Parts): number {
  const bench = new Bench(symbols, parts);
  bench.run(50_000);
  return median(Array.from({ length: ROUNDS }, () => rate(bench)));
}

function heapGrowth(): number {
  const collect = globalThis.gc;
  if (collect === undefined) return Number.NaN;
  const bench = new Bench(SYMBOLS, WHOLE);
  bench.run(500_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  bench.run(TICKS);
  collect();
  return (process.memoryUsage().heapUsed - before) / 1024 / 1024;
}

/** What a steady stream costs: share of a core, delay of the event loop, growth of the process. */
interface Steady {
  readonly corePct: number;
  readonly loopP99Ms: number;
  readonly rssMiB: number;
  readonly perSecond: number;
}

/**
 * `PACED_PER_SECOND` ticks in portions each 10 ms, as a source delivers them. Market time is the wall's, and bars and flushes
 * come as often as in the API.
 */
async function pace(bench: Bench, seconds: number): Promise<number> {
  const began = performance.now();
  const opened = bench.now;
  let sent = 0;
  let advancedAt = 0;
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - began) {
    bench.now = opened + elapsed;
    const due = Math.floor((elapsed / 1_000) * PACED_PER_SECOND);
    if (due > sent) bench.send(due - sent);
    sent = Math.max(sent, due);
    if (elapsed - advancedAt >= ADVANCE_EVERY_MS) {
      bench.live.advance();
      advancedAt = elapsed;
    }
    bench.flush();
    await pause(10);
  }
  return sent;
}

/** Measures after a tenth of the time: by then the code is compiled and the heap has its size. */
async function steady(seconds: number): Promise<Steady> {
  const bench = new Bench(SYMBOLS, WHOLE);
  await pace(bench, seconds / 10);
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  globalThis.gc?.();
  const rss = process.memoryUsage.rss();
  const cpu = process.threadCpuUsage();
  const began = performance.now();
  delay.enable();
  const sent = await pace(bench, seconds);
  delay.disable();
  const { user, system } = process.threadCpuUsage(cpu);
  const tookMs = performance.now() - began;
  globalThis.gc?.();
  return {
    corePct: (user + system) / 10 / tookMs,
    loopP99Ms: Math.max(0, delay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
    rssMiB: (process.memoryUsage.rss() - rss) / 1024 / 1024,
    perSecond: sent / (tookMs / 1_000),
  };
}

// First of all, so that the growth is not that of what other rows left behind.
const paced = await steady(QUICK ? 10 : 600);
const rows: BenchRow[] = [];
const whole = measured(SYMBOLS, WHOLE);
rows.push(atLeast(`source, gate, brain, cache, bars, hub: ${SYMBOLS} symbols`, whole, 'ticks/s', 100_000));
const bare = measured(SYMBOLS, { brain: false, bars: true, hub: false });
rows.push(atLeast('source, gate, version, bars, dispatch', bare, 'ticks/s', 300_000));
for (const [name, parts] of [
  ['without the brain', { ...WHOLE, brain: false }],
  ['without bars', { ...WHOLE, bars: false }],
  ['without the hub', { ...WHOLE, hub: false }],
] as const) {
  rows.push({ metric: name, value: measured(SYMBOLS, parts), unit: 'ticks/s' });
}
rows.push({ metric: `whole path, ${SYMBOLS * 10} symbols`, value: measured(SYMBOLS * 10, WHOLE), unit: 'ticks/s' });
const growth = heapGrowth();
if (Number.isFinite(growth)) rows.push(atMost(`heap growth over ${TICKS} ticks`, growth, 'MiB', 5));
rows.push(
  atLeast(`paced, ${QUICK ? '10 s' : '10 min'}`, paced.perSecond, 'ticks/s', 0.98 * PACED_PER_SECOND),
  atMost('paced: of one core', paced.corePct, '%', 35),
  atMost('paced: delay of the event loop, p99', paced.loopP99Ms, 'ms', 20),
  atMost('paced: growth of the process', paced.rssMiB, 'MiB', 50),
);

const result: BenchResult = { name: 'pipeline', machine: machine(), rows };
console.log(table(result));
console.log(JSON.stringify(result));

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { INTERVALS, PHASES } from '@ziggy/domain';
import type { Instrument, Symbol } from '@ziggy/domain';
import { VirtualTime } from '../testing/virtual-time.ts';
import { openTape, summarizeTape } from './tape-file.ts';
import { recoverTape } from './tape-recovery.ts';
import { TapeSource } from './tape-source.ts';
import { TapeWriter } from './tape-writer.ts';
import { TapeError, makeTape } from './tape.ts';
import type { Tape, TapeEvent, TapeRecord, TapeTitle } from './tape.ts';

const SYMBOLS = ['AAA', 'BRK-B', '^GSPC', 'M&M.NS', 'EURUSD=X'] as Symbol[];
const START = Date.UTC(2026, 2, 4, 14, 30);
const MINUTE = 60_000;

const instrument = (symbol: Symbol): Instrument => ({
  symbol,
  name: `${symbol} "quoted" \\ ü`,
  assetClass: 'equity',
  mic: 'XNYS',
  currency: 'USD',
  tick: 10_000,
  calendar: 'XNYS',
  sector: null,
  validFrom: null,
  validTo: null,
  aliases: [],
});
const TITLE: TapeTitle = {
  title: 'Test',
  sourceMarket: 'sim:1:00000000',
  originKind: 'simulated',
  licence: 'None',
  redistributable: true,
  instruments: SYMBOLS.map(instrument),
  calendars: ['XNYS'],
  actions: [{ symbol: 'AAA' as Symbol, type: 'split', exAt: START, ratio: 4, amount: null, knownAt: START - 1 }],
};

const micro = fc.integer({ min: 1, max: 10_000_000_000_000 });
const maybe = fc.option(micro);
const symbol = fc.constantFrom(...SYMBOLS);
const at = fc.integer({ min: START, max: START + 1_000 * MINUTE });
const content = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      k: fc.constant('q' as const),
      quote: fc.record({
        symbol,
        price: maybe,
        bid: maybe,
        ask: maybe,
        bidSize: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)),
        askSize: maybe,
        open: maybe,
        high: maybe,
        low: maybe,
        prevClose: maybe,
        volume: maybe,
        marketState: fc.constantFrom(...PHASES),
        exchangeAt: at,
        delayMinutes: fc.option(fc.integer({ min: 0, max: 20 })),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      k: fc.constant('b' as const),
      bar: fc.record({
        symbol,
        interval: fc.constantFrom(...INTERVALS),
        openTime: at,
        closeTime: at,
        availableAt: at,
        o: micro,
        h: micro,
        l: micro,
        c: micro,
        volume: maybe,
        complete: fc.constant(true),
        extended: fc.boolean(),
        flags: fc.constantFrom([], ['partial' as const], ['volume_reset' as const, 'open_carried' as const]),
      }),
    }),
  },
  fc.record({
    k: fc.constant('n' as const),
    news: fc.record({
      guid: fc.string(),
      title: fc.string({ unit: 'binary' }),
      summary: fc.option(fc.string()),
      url: fc.constant(null),
      publisher: fc.string(),
      language: fc.constantFrom('en', null),
      publishedAt: fc.option(at),
      symbols: fc.array(symbol, { maxLength: 3 }),
    }),
  }),
  fc.record({
    k: fc.constant('h' as const),
    health: fc.record({ state: fc.constantFrom('ok', 'degraded', 'down'), reason: fc.option(fc.string()) }),
  }),
  fc.constant({ k: 'i' as const, instrument: instrument('NEW' as Symbol) }),
  fc.constant({ k: 'c' as const, action: TITLE.actions[0]! }),
);
const events = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 * MINUTE }), content), { minLength: 1, maxLength: 60 })
  .map((steps) => {
    let t = START;
    return steps.map(([gap, what]): TapeEvent => ({ t: (t += gap), ...what }) as TapeEvent);
  });

let dir: string;
let made = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ziggy-tape-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const fresh = (): string => join(dir, `${++made}.ztape`);

async function write(path: string, list: readonly TapeEvent[]): Promise<string> {
  const writer = await TapeWriter.open(path, TITLE);
  for (const event of list) await writer.add(event);
  return (await writer.finish('complete')) as string;
}

async function read(tape: Tape): Promise<TapeRecord[]> {
  const feed = tape.feed();
  const records: TapeRecord[] = [];
  for (;;) {
    const record = feed.peek();
    if (record === null) break;
    if (record === undefined) await feed.load();
    else {
      records.push(record);
      feed.take();
    }
  }
  await feed.close();
  return records;
}

/** A fixed tape of 40 minutes: eight members. */
function someEvents(): TapeEvent[] {
  return Array.from({ length: 80 }, (_, i) => ({
    t: START + i * 30_000,
    k: 'q' as const,
    quote: {
      symbol: SYMBOLS[i % SYMBOLS.length]!,
      price: 100_000_000 + i * 10_000,
      bid: null,
      ask: null,
      bidSize: null,
      askSize: null,
      open: null,
      high: null,
      low: null,
      prevClose: 99_000_000,
      volume: i * 100,
      marketState: 'open' as const,
      exchangeAt: START + i * 30_000,
      delayMinutes: 0,
    },
  }));
}

describe('a tape file', () => {
  it('gives back what was written, under the name that its content has in memory (property)', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (list) => {
        const path = fresh();
        const id = await write(path, list);
        const tape = await openTape(path);
        expect(await read(tape)).toEqual(list.map((event, i) => ({ ...event, n: i + 1 })));
        expect(tape.header).toEqual({ v: 1, ...TITLE, startTs: list[0]!.t, endTs: list.at(-1)!.t });
        expect([tape.id, tape.recordCount, tape.end]).toEqual([id, list.length, 'complete']);
        expect(makeTape(TITLE, list, START).id).toBe(id);
        expect(await summarizeTape(path)).toMatchObject({ id, records: list.length, end: 'complete' });
      }),
      { numRuns: 40 },
    );
  });

  it('is a valid gzip of canonical lines, one member per five market minutes', async () => {
    const path = fresh();
    const id = await write(path, someEvents());
    const bytes = await readFile(path);
    const lines = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(82);
    expect(lines[1]).toBe(
      `{"t":${START},"n":1,"k":"q","s":"AAA","p":100000000,"pc":99000000,"v":0,"st":"open","x":${START},"d":0}`,
    );
    const footer = JSON.parse(lines.at(-1)!) as { segments: { t: number; n: number }[]; sha256: string };
    expect(footer).toMatchObject({ end: 'complete', records: 80, sha256: id });
    expect(footer.segments.map(({ n }) => n)).toEqual([0, 1, 11, 21, 31, 41, 51, 61, 71]);
    const again = fresh();
    await write(again, someEvents());
    expect((await readFile(again)).equals(bytes)).toBe(true);
  });

  it('plays nothing when any one byte is another (every byte)', async () => {
    const path = fresh();
    await write(path, someEvents().slice(0, 24));
    const bytes = await readFile(path);
    const bad = fresh();
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = flipped[i]! ^ (1 << (i % 8));
      await writeFile(bad, flipped);
      const failure = await openTape(bad).then(
        () => null,
        (error: unknown) => error,
      );
      if (!(failure instanceof TapeError) || failure.code !== 'tape_corrupt')
        throw new Error(`A flipped byte ${i} of ${bytes.length} was not noticed: ${String(failure)}`);
    }
  }, 60_000);

  it('names the first bad record', async () => {
    const path = fresh();
    await write(path, someEvents());
    const bytes = await readFile(path);
    const offsets = (
      JSON.parse(gunzipSync(bytes).toString('utf8').trimEnd().split('\n').at(-1)!) as {
        segments: { n: number; offset: number }[];
      }
    ).segments;
    const third = offsets.find(({ n }) => n === 21)!;
    bytes[third.offset + 40] = bytes[third.offset + 40]! ^ 1;
    await writeFile(path, bytes);
    await expect(openTape(path)).rejects.toMatchObject({ code: 'tape_corrupt', record: 21 });
  });

  it('opens after a cut anywhere up to its last whole member (property)', async () => {
    const path = fresh();
    await write(path, someEvents());
    const bytes = await readFile(path);
    const { segments } = JSON.parse(gunzipSync(bytes).toString('utf8').trimEnd().split('\n').at(-1)!) as {
      segments: { n: number; offset: number }[];
    };
    const ends = [...segments.slice(1).map(({ offset }) => offset)];
    const footerAt = bytes.length - (bytes.readUInt32LE(bytes.length - 4) + 23);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length - 1 }), async (length) => {
        const cut = fresh();
        await writeFile(cut, bytes.subarray(0, length));
        await expect(openTape(cut)).rejects.toMatchObject({ code: 'tape_corrupt' });
        const whole = segments.slice(1).filter((_, i) => (ends[i + 1] ?? footerAt) <= length).length;
        const to = fresh();
        if (whole === 0) {
          await expect(recoverTape(cut, to)).rejects.toMatchObject({ code: 'tape_corrupt' });
          return;
        }
        const recovered = await recoverTape(cut, to);
        expect(recovered.records).toBe(whole * 10);
        const tape = await openTape(to);
        expect([tape.end, tape.id, tape.recordCount]).toEqual(['recovered', recovered.id, whole * 10]);
        expect(await read(tape)).toEqual(
          someEvents()
            .slice(0, whole * 10)
            .map((event, i) => ({ ...event, n: i + 1 })),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('leaves a part that can be recovered when the writer dies', async () => {
    const path = fresh();
    const writer = await TapeWriter.open(path, TITLE);
    for (const event of someEvents().slice(0, 35)) await writer.add(event);
    await writer.leave();
    expect((await recoverTape(`${path}.part`, path)).records).toBe(30);
    expect((await openTape(path)).header.endTs).toBe(someEvents()[29]!.t);
  });

  it('is not made of nothing, and refuses an event that is older than the last', async () => {
    const path = fresh();
    const writer = await TapeWriter.open(path, TITLE);
    expect(await writer.finish('complete')).toBeNull();
    await expect(openTape(path)).rejects.toMatchObject({ code: 'tape_absent' });
    const other = await TapeWriter.open(path, TITLE);
    const [first, second] = someEvents();
    await other.add(second!);
    expect(() => other.add(first!)).toThrow('older');
    await other.abandon();
  });

  it('jumps to a checkpoint that holds what reading would have found', async () => {
    const path = fresh();
    await write(path, someEvents());
    const tape = await openTape(path);
    const feed = tape.feed();
    const checkpoint = feed.jump(START + 39 * MINUTE);
    expect(checkpoint?.n).toBe(60);
    const last = new Map(
      someEvents()
        .slice(0, 60)
        .map((event) => [event.k === 'q' ? event.quote.symbol : '', event]),
    );
    expect([...checkpoint!.quotes].map(([name, { t }]) => [name, t])).toEqual(
      [...last].map(([name, { t }]) => [name, t]),
    );
    await feed.load();
    expect(feed.peek()?.n).toBe(61);
    expect(feed.jump(START + 39 * MINUTE)).toBeNull();
    await feed.close();
  });

  it('begun behind a checkpoint knows the actions and instruments that were told before it, and none of later ones', async () => {
    const path = fresh();
    const told = (minute: number, name: string): TapeEvent[] => {
      const t = START + minute * MINUTE;
      const action = { ...TITLE.actions[0]!, exAt: t, knownAt: t };
      return [
        { t, k: 'c', action },
        { t, k: 'i', instrument: instrument(name as Symbol) },
      ];
    };
    const events = [...someEvents(), ...told(5, 'EARLY'), ...told(55, 'LATE')].sort((a, b) => a.t - b.t);
    await write(path, events);
    const tape = await openTape(path);
    const time = new VirtualTime(START);
    const source = new TapeSource({ tape, wallClock: time, timers: time, paused: true, startAt: START + 40 * MINUTE });
    await source.ready();
    expect(source.status().played).toBeGreaterThan(10);
    expect(source.actionsOf('AAA' as Symbol).map(({ exAt }) => exAt)).toEqual([START, START + 5 * MINUTE]);
    const names = source.universe().map(({ symbol }) => symbol);
    expect([names.includes('EARLY' as Symbol), names.includes('LATE' as Symbol)]).toEqual([true, false]);
    await source.seek(START + 56 * MINUTE);
    expect(source.actionsOf('AAA' as Symbol)).toHaveLength(3);
    expect(source.capabilities().actions).toBe(true);
    await source.close();
  });

  it('tells who listens to headlines those of before, wherever playing begins or jumps to, each once', async () => {
    const path = fresh();
    const headline = (minute: number): TapeEvent => ({
      t: START + minute * MINUTE,
      k: 'n',
      news: {
        guid: `at-${minute}`,
        title: `At ${minute}`,
        summary: null,
        url: null,
        publisher: 'Test',
        language: 'en',
        publishedAt: null,
        symbols: [],
      },
    });
    await write(
      path,
      [...someEvents(), ...[3, 20, 41, 50, 57].map(headline)].sort((a, b) => a.t - b.t),
    );
    const tape = await openTape(path);
    const time = new VirtualTime(START);
    const listen = (source: TapeSource): string[] => {
      const heard: string[] = [];
      source.news$().subscribe((batch) => heard.push(...batch.map(({ guid }) => guid)));
      return heard;
    };
    const source = new TapeSource({ tape, wallClock: time, timers: time, paused: true, startAt: START + 40 * MINUTE });
    const early = listen(source);
    await source.ready();
    expect(early).toEqual(['at-3', 'at-20']);
    expect(listen(source)).toEqual(['at-3', 'at-20']);
    await source.seek(START + 56 * MINUTE);
    expect(early).toEqual(['at-3', 'at-20', 'at-41', 'at-50']);
    expect(listen(source)).toEqual(['at-3', 'at-20', 'at-41', 'at-50']);
    await source.close();
  });
});

import { describe, expect, it } from '@jest/globals';
import type { QuoteUpdate, Symbol } from '@ziggy/domain';
import type { TapeEvent } from '@ziggy/market-sources';
import { aBar, aQuoteUpdate, anInstrument } from '../../test/market-testing.ts';
import { RECORDER_QUEUE, TapeRecorder } from './tape-recorder.ts';
import type { RecordWriter } from './tape-recorder.ts';

const START = Date.UTC(2026, 2, 4, 14, 30);

/** A writer that a test holds back or lets fail. */
function aWriter({ slow = false, full = false } = {}) {
  const events: TapeEvent[] = [];
  const ends: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const failure = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const writer: RecordWriter = {
    add: (event) => {
      if (full && events.length === 3) return Promise.reject(failure);
      events.push(event);
      return slow && events.length === 1 ? held : null;
    },
    finish: async (end) => {
      ends.push(end);
      return 'id';
    },
    leave: async () => undefined,
    get records() {
      return events.length;
    },
    get span() {
      return null;
    },
  };
  return { writer, events, ends, release };
}

function aRecorder(writer: RecordWriter, more: Partial<ConstructorParameters<typeof TapeRecorder>[0]> = {}) {
  const time = { now: START };
  const recorder = new TapeRecorder({
    writer,
    symbols: null,
    listed: [anInstrument('AAA')],
    marketNow: () => time.now,
    until: null,
    ...more,
  });
  const quote = (symbol: string, at: number, update: Partial<QuoteUpdate> = {}) =>
    recorder.quote(anInstrument(symbol), aQuoteUpdate(symbol, 100, at, update));
  return { recorder, time, quote };
}

describe('a recording', () => {
  it('keeps the order of coming, lists what the header does not, and drops what playing adds', async () => {
    const { writer, events } = aWriter();
    const { recorder, time, quote } = aRecorder(writer);
    quote('AAA', START + 0.7);
    time.now = START + 5_000;
    quote('NEW', START + 4_000);
    quote('AAA', START + 3_000);
    recorder.bar(undefined, aBar('AAA', '1m', START - 60_000, START, 100));
    recorder.bar(undefined, aBar('AAA', '1m', START, START + 60_000, 100, { complete: false }));
    expect(await recorder.finish()).toMatchObject({ id: 'id', end: 'complete', records: 5 });
    expect(events.map(({ k, t }) => [k, t - START])).toEqual([
      ['q', 0],
      ['i', 5_000],
      ['q', 5_000],
      ['q', 5_000],
      ['b', 5_000],
    ]);
    const [first] = events;
    expect(first?.k === 'q' && Object.keys(first.quote)).not.toContain('seq');
  });

  it('takes the asked symbols alone and ends at its market time', async () => {
    const { writer, events } = aWriter();
    const { recorder, time, quote } = aRecorder(writer, {
      symbols: new Set(['AAA' as Symbol]),
      until: START + 10_000,
    });
    quote('AAA', START);
    quote('BBB', START);
    time.now = START + 10_000;
    recorder.tick();
    quote('AAA', START + 10_000);
    expect(await recorder.ended).toBe('complete');
    await recorder.finish();
    expect(events.map(({ k }) => k)).toEqual(['q']);
  });

  it('stops and is marked incomplete when the disk is slower than the market', async () => {
    const { writer, ends, events, release } = aWriter({ slow: true });
    const { recorder, quote } = aRecorder(writer);
    quote('AAA', START);
    await new Promise(setImmediate);
    for (let i = 0; i <= RECORDER_QUEUE; i++) quote('AAA', START);
    expect(await recorder.ended).toBe('overflow');
    release();
    expect(await recorder.finish()).toMatchObject({ end: 'overflow', records: RECORDER_QUEUE + 1 });
    // Nothing is missing inside: it ends where the queue was full.
    expect([ends, events.length]).toEqual([['overflow'], RECORDER_QUEUE + 1]);
  });

  it('stops and says so when the disk is full', async () => {
    const { writer, ends } = aWriter({ full: true });
    const { recorder, quote } = aRecorder(writer);
    for (let i = 0; i < 10; i++) quote('AAA', START);
    expect(await recorder.ended).toBe('disk_full');
    expect(await recorder.finish()).toMatchObject({ end: 'disk_full', records: 3 });
    expect([ends, (recorder.failure as Error).message]).toEqual([['disk_full'], 'no space']);
  });
});

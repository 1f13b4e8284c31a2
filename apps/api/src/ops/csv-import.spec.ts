import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calendarOf } from '@ziggy/domain';
import { openTape } from '@ziggy/market-sources';
import type { TapeEvent } from '@ziggy/market-sources';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readMarketCsv } from './csv-import.ts';
import type { CsvMarketOptions } from './csv-market.ts';
import { importCsv } from './import-job.ts';
import type { ImportTerms } from './import-job.ts';

const never = new AbortController().signal;
const TICKS: CsvMarketOptions = {
  format: 'ticks',
  zone: 'America/New_York',
  columns: {},
  symbol: null,
  calendar: 'XNYS',
  currency: 'USD',
  interval: '1d',
};
const BARS: CsvMarketOptions = { ...TICKS, format: 'bars', zone: 'UTC' };

async function read(csv: string | Buffer, options: CsvMarketOptions) {
  const events: TapeEvent[] = [];
  const bytes = Buffer.from(csv);
  // In pieces that fall anywhere, as a disk or a socket gives them.
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7));
  const { report, market } = await readMarketCsv(
    Readable.from(pieces),
    options,
    (event) => (events.push(event), null),
    never,
  );
  return { events, report, market };
}

const faultsOf = async (csv: string, options: CsvMarketOptions) =>
  (await read(csv, options)).report.faults.map(({ line, column, code }) => [line, column, code]);

describe('ticks', () => {
  it('become quotes with the volume of the day so far', async () => {
    const { events, report } = await read(
      'time,symbol,price,size,bid,ask\n' +
        '2026-03-04 09:30:00,aapl,190.01,100,190,190.02\n' +
        '2026-03-04 09:30:00.250,AAPL,190.02,50,,\n' +
        '2026-03-04T14:31:00Z,MSFT,400,1,,\n' +
        '2026-03-05 09:30:00,AAPL,191,7,,\n',
      TICKS,
    );
    expect(report).toMatchObject({ rows: 4, good: 4, bad: 0, symbols: ['AAPL', 'MSFT'] });
    expect(report.startTs).toBe('2026-03-04T14:30:00.000Z');
    expect(
      events.map((event) => event.k === 'q' && [event.quote.symbol, event.quote.price, event.quote.volume]),
    ).toEqual([
      ['AAPL', 190_010_000, 100],
      ['AAPL', 190_020_000, 150],
      ['MSFT', 400_000_000, 1],
      ['AAPL', 191_000_000, 7],
    ]);
    expect(events[0]).toMatchObject({ quote: { bid: 190_000_000, ask: 190_020_000, marketState: 'open', open: null } });
  });

  it('are read with a byte order mark, semicolons, decimal commas, other names and CRLF', async () => {
    const { events, report } = await read('\ufeffWhen;Ticker;Last;Qty\r\n2026-03-04 09:30:00;AAPL;190,5;10\r\n', {
      ...TICKS,
      columns: { time: 'When', symbol: 'Ticker', price: 'Last', size: 'Qty' },
    });
    expect(report).toMatchObject({ rows: 1, good: 1, bad: 0 });
    expect(events[0]).toMatchObject({ quote: { symbol: 'AAPL', price: 190_500_000 } });
  });

  it('name each bad row by its line and say why', async () => {
    const rows = [
      'time,symbol,price,size',
      '2026-03-04 09:30:00,AAPL,190,1',
      '2026-03-04 09:29:59,AAPL,190,1',
      '2026-03-04 09:31,A APL,190,1',
      '2026-03-04 09:31,AAPL,-1,1',
      '2026-03-04 09:31,AAPL,abc,1',
      '2026-03-04 09:31,AAPL,190',
      '2026-03-04 25:31,AAPL,190,1',
      '04.03.2026 09:31,AAPL,190,1',
      '2026-02-30 09:31,AAPL,190,1',
      '2026-03-07 12:00,AAPL,190,1',
      '2051-03-04 12:00,AAPL,190,1',
      '',
      '2026-03-04 09:32:00,AAPL,190,1',
    ];
    expect(await faultsOf(rows.join('\n'), TICKS)).toEqual([
      [3, 'time', 'wrong_order'],
      [4, 'symbol', 'symbol_invalid'],
      [5, 'price', 'out_of_range'],
      [6, 'price', 'invalid_type'],
      [7, 'size', 'required'],
      [8, 'time', 'invalid_value'],
      [9, 'time', 'invalid_value'],
      [10, 'time', 'invalid_value'],
      [11, 'time', 'not_a_session'],
      [12, 'time', 'out_of_range'],
    ]);
  });

  it('of hours that a clock change made twice or skipped are faults, not guesses', async () => {
    const options = { ...TICKS, calendar: '24x7' as const };
    expect(
      await faultsOf(
        [
          'time,symbol,price,size',
          '2026-03-08 01:59:59,BTC-USD,1,1',
          '2026-03-08 02:30:00,BTC-USD,1,1',
          '2026-03-08 03:00:00,BTC-USD,1,1',
          '2026-11-01 00:59:59,BTC-USD,1,1',
          '2026-11-01 01:30:00,BTC-USD,1,1',
          '2026-11-01 01:30:00-04:00,BTC-USD,1,1',
          '2026-11-01 01:30:00-05:00,BTC-USD,1,1',
          '2026-11-01 02:00:00,BTC-USD,1,1',
        ].join('\n'),
        options,
      ),
    ).toEqual([
      [3, 'time', 'time_skipped'],
      [6, 'time', 'time_ambiguous'],
    ]);
  });

  it('without a needed column, and no CSV at all, are one fault each', async () => {
    expect(await faultsOf('time,price,size\n1,2,3\n', TICKS)).toEqual([[1, 'symbol', 'required']]);
    expect(await faultsOf('', TICKS)).toEqual([[1, null, 'required']]);
    const [fault] = await faultsOf('time,symbol,price,size\n2026-03-04 09:30:00,"AAPL,1,1\n', TICKS);
    expect(fault?.[2]).toBe('malformed');
  });
});

describe('bars', () => {
  const session = calendarOf('XNYS').session('2026-03-04')!;

  it('of days play as an opening quote, a bar at the close, and a closing quote, in the order of time', async () => {
    const { events, report } = await read(
      'date,symbol,open,high,low,close,adjclose,volume\n' +
        '2026-03-04,AAA,10,12,9,11,10.5,1000\n2026-03-04,BBB,20,20,20,20,20,\n2026-03-05,AAA,11,11,11,11,11,5\n',
      BARS,
    );
    expect(report.bad).toBe(0);
    expect(events.slice(0, 6).map((event) => [event.k, event.t, 'quote' in event ? event.quote.symbol : ''])).toEqual([
      ['q', session.open, 'AAA'],
      ['q', session.open, 'BBB'],
      ['b', session.close, ''],
      ['q', session.close, 'AAA'],
      ['b', session.close, ''],
      ['q', session.close, 'BBB'],
    ]);
    expect(events[0]).toMatchObject({ quote: { price: 10_000_000, high: null, low: null, volume: null } });
    expect(events[2]).toMatchObject({ bar: { h: 12_000_000, availableAt: session.close, volume: 1000 } });
    expect(events[6]).toMatchObject({ quote: { prevClose: 11_000_000 } });
    expect(events[4]).toMatchObject({ bar: { volume: null } });
  });

  it('of minutes must open when bars of the venue open', async () => {
    const options = { ...BARS, interval: '5m' as const, zone: 'America/New_York', symbol: 'AAA' as never };
    const { events, report } = await read(
      'time,open,high,low,close,volume\n2026-03-04 09:30,1,1,1,1,1\n2026-03-04 09:36,1,1,1,1,1\n2026-03-04 09:40,1,1,1,1,1\n',
      options,
    );
    expect(report.faults.map(({ line, code }) => [line, code])).toEqual([[3, 'not_a_bar_time']]);
    expect(events[1]).toMatchObject({ k: 'b', bar: { openTime: session.open, closeTime: session.open + 300_000 } });
  });

  it('that cannot be are refused', async () => {
    expect(
      await faultsOf(
        'date,symbol,open,high,low,close,volume\n2026-03-04,A,10,9,8,10,1\n2026-03-04,A,10,10,10,10,1\n2026-03-04,A,10,10,10,10,1\n2026-03-07,A,1,1,1,1,1\n2026-03-05,A,0,1,1,1,1\n',
        BARS,
      ),
    ).toEqual([
      [2, 'high', 'inconsistent'],
      [4, 'time', 'duplicate'],
      [5, 'date', 'not_a_session'],
      [6, 'open', 'out_of_range'],
    ]);
  });
});

describe('an import', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ziggy-import-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const terms: ImportTerms = {
    title: 'A thousand days',
    format: 'bars',
    zone: 'UTC',
    columns: {},
    calendar: 'XNYS',
    currency: 'USD',
    interval: '1d',
    licence: 'Own data',
    redistributable: true,
    skipBad: false,
    dryRun: true,
  };
  const tools = { signal: never, progress: () => undefined };
  /** 1 000 sessions, each hundredth of them with a high below its low. */
  const csv = [
    'date,symbol,open,high,low,close,volume',
    ...calendarOf('XNYS')
      .between('2015-01-02', '2019-06-28')
      .slice(0, 1_000)
      .map(({ date }, i) => `${date},AAA,10,${i % 100 === 99 ? 1 : 11},9,10,${i}`),
  ].join('\n');
  const open = () => Readable.from([Buffer.from(csv)]);

  it('with ten bad rows in a thousand names them and writes nothing', async () => {
    const path = join(dir, 'bad.ztape');
    const dry = await importCsv(open, terms, path, tools);
    expect(dry.report).toMatchObject({ rows: 1_000, good: 990, bad: 10, written: null });
    expect(dry.report.faults.map(({ line }) => line)).toEqual([101, 201, 301, 401, 501, 601, 701, 801, 901, 1001]);
    const real = await importCsv(open, { ...terms, dryRun: false, sha256: dry.report.sha256 }, path, tools);
    expect([real.code, real.report.bad, real.report.written]).toEqual(['file_invalid', 10, null]);
    expect(await readdir(dir)).toEqual([]);
  });

  it('leaves them out when asked to, and what it wrote is a whole tape', async () => {
    const path = join(dir, 'good.ztape');
    const { report } = await importCsv(open, terms, path, tools);
    const real = await importCsv(open, { ...terms, dryRun: false, skipBad: true, sha256: report.sha256 }, path, tools);
    expect(real.code).toBeNull();
    const tape = await openTape(path);
    expect([tape.id, tape.recordCount, tape.bars.length, tape.intraday]).toEqual([
      real.report.written,
      2_970,
      990,
      false,
    ]);
    expect(tape.header).toMatchObject({ originKind: 'end_of_day', licence: 'Own data', redistributable: true });
    expect(await readdir(dir)).toEqual(['good.ztape']);
  });

  it('of another file than the dry run saw is refused', async () => {
    const path = join(dir, 'stale.ztape');
    const real = await importCsv(open, { ...terms, dryRun: false, skipBad: true, sha256: 'a'.repeat(64) }, path, tools);
    expect(real.code).toBe('preview_stale');
    let reads = 0;
    const changing = () => Readable.from([Buffer.from(csv + (reads++ > 1 ? '\n' : ''))]);
    const { report } = await importCsv(changing, terms, path, tools);
    const moved = await importCsv(
      changing,
      { ...terms, dryRun: false, skipBad: true, sha256: report.sha256 },
      path,
      tools,
    );
    expect(moved.code).toBe('preview_stale');
    expect(await readdir(dir)).toEqual(['good.ztape']);
  });
});

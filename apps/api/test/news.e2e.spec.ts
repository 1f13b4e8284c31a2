import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headlinesAnswer, newsEvent, newsItem } from '@ziggy/contracts';
import type { HeadlinesAnswer } from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import type { RawNews } from '@ziggy/market-sources';
import { partitionKey } from '../src/persistence/event-partition.ts';
import { EventLog } from '../src/persistence/event-log.ts';
import { EventReader } from '../src/persistence/event-reader.ts';
import { NewsModule } from '../src/news/news.module.ts';
import { createDatabase, eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { HandSource, handDriven } from './market-testing.ts';

const NOW = Date.UTC(2026, 2, 4, 15);
const HOUR = 3_600_000;
let number = 0;
const item = (title: string, more: Partial<RawNews> = {}): RawNews => ({
  guid: `g${++number}`,
  title,
  summary: null,
  url: null,
  publisher: 'Example Wire',
  language: 'en',
  publishedAt: NOW - number * 60_000,
  receivedAt: NOW,
  symbols: [],
  kind: 'simulated',
  ...more,
});
const get = async (app: TestApp, query = ''): Promise<HeadlinesAnswer> =>
  headlinesAnswer.parse((await app.get(`/news/headlines?${query}`)).json());
const titles = async (app: TestApp, query = '') => (await get(app, query)).items.map(({ title }) => title);
const metric = async (app: TestApp, name: string) =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec((await app.get('/metrics')).text)?.[1]);

describe('headlines of a source', () => {
  let source = new HandSource(NOW);
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let app: TestApp;
  const start = () => startApp({ features: [...handDriven(source), NewsModule], database });
  beforeAll(async () => {
    database = await createDatabase();
    app = await start();
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });
  const log = async () => {
    const reader = app.app.get(EventReader);
    const partition = partitionKey({ market: 'hand:1', channel: 'news', owner: null });
    return (await reader.before(partition, null, { events: 500, bytes: 1e6 })).events.map(({ frame }) => frame);
  };

  const first = item('Acme <b>beats</b> &amp; raises', {
    symbols: ['AAA' as Symbol],
    summary: '<script>alert(1)</script>Orders rose.',
  });

  it('answers that there is none before there is one, and counts from 0', async () => {
    expect(await get(app)).toMatchObject({ items: [], coverage: { feeds: 1, healthy: 1, reason: null } });
    expect(await metric(app, 'news_items_total')).toBe(0);
  });

  it('are stored, logged as an event and answered as plain text, with what is not measured said so', async () => {
    source.news_.next([first]);
    const { items, position } = await eventually(
      () => get(app),
      ({ items: found }) => found.length === 1,
    );
    expect(items[0]).toMatchObject({
      title: 'Acme beats & raises',
      summary: 'Orders rose.',
      url: null,
      market: 'hand:1',
      source: 'hand',
      kind: 'simulated',
      stale: false,
      firstSeenAt: new Date(NOW).toISOString(),
      availableAt: new Date(NOW).toISOString(),
      impactScore: null,
      brain: {
        symbols: [{ symbol: 'AAA', match: 0.3, evidence: 'hint', scoreRatio: null }],
        sentiment: { score: null },
      },
      reasons: { impactScore: 'not_configured', 'brain.sentiment.score': 'not_configured', url: 'no_data' },
    });
    const events = await log();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'news_update', symbol: 'AAA', seq: position.seq, epoch: position.epoch });
    expect(events[0]?.id).toBe(items[0]?.id);
    const {
      stale: _stale,
      ageMs: _age,
      receivedAt: _at,
      delayMinutes: _delay,
      lineageId: _lineage,
      ...same
    } = items[0]!;
    expect(newsEvent.parse(events[0]?.data)).toEqual(same);
    expect(await metric(app, 'news_items_total')).toBe(1);
  });

  it('come once, whoever tells them again', async () => {
    source.news_.next([first, first, item('Second', { symbols: ['BBB' as Symbol] })]);
    await eventually(
      () => titles(app),
      (all) => all.length === 2,
    );
    await app.close();
    source = new HandSource(NOW);
    app = await start();
    source.news_.next([first, item('Third', { symbols: ['AAA', 'BBB'] as Symbol[] })]);
    await eventually(
      () => titles(app),
      (all) => all.length === 3,
    );
    expect((await log()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('are found by symbol, words, id and range, newest first', async () => {
    source.news_.next([
      item('100% sure_thing', { publishedAt: NOW - 2 * 24 * HOUR }),
      item('Old', { publishedAt: NOW - 5 * 24 * HOUR }),
      item('From the future', { publishedAt: NOW + HOUR }),
    ]);
    const all = await eventually(
      () => get(app, 'lookbackDays=30'),
      ({ items }) => items.length === 6,
    );
    expect(all.items.map(({ title }) => title)).toEqual([
      'From the future',
      'Acme beats & raises',
      'Second',
      'Third',
      '100% sure_thing',
      'Old',
    ]);
    expect(all.items[0]).toMatchObject({
      publishedAt: null,
      flags: ['date_invalid'],
      reasons: { publishedAt: 'no_data' },
    });
    expect(all.items.at(-1)?.flags).toEqual(['backfill']);
    expect(await titles(app)).not.toContain('Old');
    expect(await titles(app, 'symbol=aaa')).toEqual(['Acme beats & raises', 'Third']);
    expect(await titles(app, 'symbols=BBB,CCC&symbol=AAA')).toEqual(['Acme beats & raises', 'Second', 'Third']);
    expect(await titles(app, 'q=ORDERS')).toEqual(['Acme beats & raises']);
    // Wildcards are words like any other.
    expect(await titles(app, `q=${encodeURIComponent('0% sure_')}`)).toEqual(['100% sure_thing']);
    expect(await titles(app, `q=${encodeURIComponent('0% sure%')}`)).toEqual([]);
    expect(await titles(app, `ids=${all.items[2]?.id},nothing`)).toEqual(['Second']);
    const day = (back: number) => new Date(NOW - back * 24 * HOUR).toISOString();
    expect(await titles(app, `from=${day(6)}&to=${day(1)}`)).toEqual(['100% sure_thing', 'Old']);
  });

  it('are paged without a repeat or a hole while new ones come', async () => {
    const seen: string[] = [];
    const came: string[] = [];
    let cursor = '';
    do {
      const page = await get(app, `lookbackDays=30&limit=2${cursor}`);
      seen.push(...page.items.map(({ title }) => title));
      came.push(`While paging ${seen.length}`);
      source.news_.next([item(`While paging ${seen.length}`, { publishedAt: NOW })]);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(['From the future', 'Acme beats & raises', 'Second', 'Third', '100% sure_thing', 'Old']);
    await eventually(
      () => titles(app),
      (all) => came.every((title) => all.includes(title)),
    );
    const first_ = await get(app, 'lookbackDays=30&limit=2');
    expect((await app.get(`/news/headlines?cursor=${first_.nextCursor ?? ''}`)).json()).toMatchObject({
      status: 400,
      code: 'invalid_cursor',
    });
  });

  it.each([
    ['symbol=..%2Fetc', 'symbol_invalid'],
    [`symbols=${Array.from({ length: 51 }, (_, i) => `S${i}`).join(',')}`, 'limit_exceeded'],
    ['limit=201', 'out_of_range'],
    ['lookbackDays=31', 'out_of_range'],
    ['q=a', 'out_of_range'],
    ['from=2026-03-04&to=2026-03-04', 'range_invalid'],
    ['sentiment=positive', 'parameter_unknown'],
  ])('refuses %s', async (query, code) => {
    const answer = await app.get(`/news/headlines?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.json<{ errors: { code: string }[] }>().errors.map((error) => error.code)).toContain(code);
  });

  it('are stored and logged together or not at all', async () => {
    const events = app.app.get(EventLog);
    const { append } = events;
    let failures = 2;
    events.append = async (...args) => {
      if (failures-- > 0) throw new Error('the log does not answer');
      return append.apply(events, args);
    };
    const before = (await log()).length;
    source.news_.next([item('Held back', { publishedAt: NOW })]);
    await eventually(
      () => failures,
      (left) => left < 2,
    );
    expect(await titles(app)).not.toContain('Held back');
    await eventually(
      () => titles(app),
      (all) => all.includes('Held back'),
      10_000,
    );
    expect((await log()).length).toBe(before + 1);
    events.append = append;
  });

  it('are stale when the source is away for long, and say so', async () => {
    source.state = 'down';
    const { items, coverage } = await get(app);
    expect(coverage).toMatchObject({ feeds: 1, healthy: 0 });
    expect(items.every(({ stale }) => stale)).toBe(true);
  });
});

describe('headlines of the simulated market', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('come from its last days at the start, all of them named as simulated', async () => {
    const { items, coverage } = await eventually(
      () => get(app, 'limit=200'),
      ({ items: found }) => found.length >= 10,
      20_000,
    );
    for (const one of items) {
      expect(newsItem.parse(one)).toMatchObject({ kind: 'simulated', publisher: 'Simulator', url: null });
      expect(one.title).toMatch(/^\[Simulated\] /);
      expect(one.brain.symbols).toHaveLength(1);
    }
    expect(coverage).toMatchObject({ feeds: 1, healthy: 1 });
  });
});

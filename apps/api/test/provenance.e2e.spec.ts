import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer, overviewAnswer, quotesAnswer } from '@ziggy/contracts';
import type { BarsAnswer } from '@ziggy/contracts';
import { calendarOf } from '@ziggy/domain';
import { CryptoModule } from '../src/crypto/crypto.module.ts';
import { NewsModule } from '../src/news/news.module.ts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { aBar, HandSource, handDriven } from './market-testing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const XNYS = calendarOf('XNYS');
const DAY = XNYS.session('2026-03-04')!;
const BEFORE = XNYS.session('2026-03-03')!;

/** What a market value always stands beside (market-data.md section 2). */
const PROVENANCE = ['market', 'source', 'kind', 'asOf', 'receivedAt', 'stale', 'delayMinutes', 'lineageId', 'ageMs'];
/** Numbers of the market routes that are no market values: ranks, limits, counts of ours, positions. */
const OURS = [
  /^\/market\/indicators\./,
  /^\/market\/search\.items\[\]\.score$/,
  /^\/market\/sources\.(clock|adapters\[\]|leader|demand)\./,
  /^\/market\/watchlists\.items\[\]\.version$/,
  /^\/news\/headlines\.(coverage|position)\./,
];

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
interface Document {
  readonly paths: Record<
    string,
    { get?: { tags: string[]; responses: Record<string, { content?: Record<string, { schema: Schema }> }> } }
  >;
  readonly components: { readonly schemas: Record<string, Schema> };
}

/** The members of a schema, by reference or in place. */
function resolved(document: Document, given: Schema): Readonly<Record<string, Schema>> {
  const name = given.$ref?.split('/').at(-1);
  const schema = name === undefined ? given : document.components.schemas[name]!;
  return Object.assign(
    {},
    schema.properties,
    ...(schema.allOf ?? []).map((part) => resolved(document, part)),
  ) as Record<string, Schema>;
}

/** Every number that the schema can hold, with whether an object around it says where it came from. */
function* numbers(
  document: Document,
  given: Schema,
  path: string,
  covered: boolean,
): Generator<{ path: string; covered: boolean }> {
  const name = given.$ref?.split('/').at(-1);
  const schema = name === undefined ? given : document.components.schemas[name]!;
  for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) {
    yield* numbers(document, part, path, covered);
  }
  if ([schema.type].flat().some((type) => type === 'number' || type === 'integer')) yield { path, covered };
  const { properties = {}, items, additionalProperties } = schema;
  // Beside the numbers, or in a member of its own where `kind` is taken.
  const nested = properties['provenance'] === undefined ? {} : resolved(document, properties['provenance']);
  const says = covered || PROVENANCE.every((key) => key in properties || key in nested);
  for (const [key, value] of Object.entries(properties)) yield* numbers(document, value, `${path}.${key}`, says);
  if (items !== undefined) yield* numbers(document, items, `${path}[]`, covered);
  if (typeof additionalProperties === 'object') yield* numbers(document, additionalProperties, `${path}{}`, covered);
}

describe('provenance', () => {
  const source = new HandSource(DAY.open + 30 * MINUTE);
  let app: TestApp;
  beforeAll(async () => {
    source.push = false;
    app = await startApp({ features: [...handDriven(source), CryptoModule, NewsModule] });
    source.quote('AAA', 101, { volume: 10, open: 100_000_000 });
  });
  afterAll(() => app.close());

  it('stands beside every market number that an answer of the API can hold', async () => {
    const document = (await app.get('/openapi.json')).json<Document>();
    const found = Object.entries(document.paths).flatMap(([path, { get }]) => {
      if (get === undefined || !['market', 'crypto', 'news'].includes(get.tags[0] ?? '')) return [];
      const schema = get.responses['200']?.content?.['application/json']?.schema;
      return schema === undefined ? [] : [...numbers(document, schema, path, false)];
    });
    expect(found.length).toBeGreaterThan(100);
    const bare = found.filter((number) => !number.covered && !OURS.some((pattern) => pattern.test(number.path)));
    expect(bare).toEqual([]);
    // The list of exceptions holds nothing that is gone.
    for (const pattern of OURS) expect(found.some(({ path }) => pattern.test(path))).toBe(true);
  });

  const quote = async () => quotesAnswer.parse((await app.get('/market/quotes?symbols=AAA')).json()).items[0]!;
  const overview = async () => overviewAnswer.parse((await app.get('/market/overview?symbols=AAA')).json());

  it('turns stale when the clock goes on and nothing comes, and beyond 15 minutes of trading the value is gone', async () => {
    expect((await quote()).quote).toMatchObject({ price: 101, stale: false });
    source.at += 14 * MINUTE;
    await eventually(quote, (entry) => entry.quote?.stale === true);
    expect((await overview()).items[0]).toMatchObject({ price: 101, stale: true });
    source.at += 6 * MINUTE;
    expect(await eventually(quote, (entry) => entry.quote === null)).toEqual({
      symbol: 'AAA',
      quote: null,
      reason: 'stale',
    });
    const { items, stale } = await overview();
    expect(items[0]).toMatchObject({ price: null, change1dPct: null, reason: 'stale', stale: true });
    expect(stale).toBe(true);
    expect((await app.get('/market/movers')).json()).toMatchObject({ items: [], coverage: { used: 0 } });
  });

  it('before the open 20 minutes make a quote stale, an hour takes it away', async () => {
    source.at = XNYS.session('2026-03-05')!.preOpen + HOUR;
    source.quote('AAA', 102, { volume: 0, marketState: 'pre' });
    expect((await quote()).quote).toMatchObject({ price: 102, stale: false });
    source.at += 20 * MINUTE;
    expect((await eventually(quote, (entry) => entry.quote?.stale === true)).quote).toMatchObject({ price: 102 });
    source.at += 41 * MINUTE;
    expect((await eventually(quote, (entry) => entry.quote === null)).reason).toBe('stale');
  });

  it('a quote of the close does not age over night', async () => {
    const { close } = XNYS.session('2026-03-05')!;
    source.at = close;
    source.quote('AAA', 103, { volume: 50 });
    source.at = close + 7 * HOUR;
    // A sweep has seen the new time when another symbol's fresh quote is told.
    source.quote('BBB', 50, { volume: 1 });
    expect((await quote()).quote).toMatchObject({ price: 103, stale: false });
  });
});

describe('bars', () => {
  const source = new HandSource(DAY.open + 30 * MINUTE);
  let app: TestApp;
  beforeAll(async () => {
    source.push = false;
    source.bars_ = [
      aBar('AAA', '1d', BEFORE.open, BEFORE.close, 100),
      ...Array.from({ length: 30 }, (_, n) =>
        aBar('AAA', '1m', DAY.open + n * MINUTE, DAY.open + (n + 1) * MINUTE, 100 + n / 10),
      ),
    ];
    app = await startApp({ features: handDriven(source) });
  });
  afterAll(() => app.close());
  const ask = async (interval: string): Promise<BarsAnswer> =>
    barsAnswer.parse((await app.get(`/market/bars/AAA?interval=${interval}&limit=10`)).json());

  it('of minutes are stale when the newest is older than two and a minute while the venue is open', async () => {
    expect((await ask('1m')).stale).toBe(false);
    source.at = DAY.open + 33 * MINUTE;
    expect((await ask('1m')).stale).toBe(false);
    source.at = DAY.open + 33 * MINUTE + 1;
    expect((await ask('1m')).stale).toBe(true);
    // They have no ceiling: what is missing stands in the gaps.
    source.at = DAY.open + 2 * HOUR;
    const { items, gaps, stale } = await ask('1m');
    expect([items.length, stale]).toEqual([10, true]);
    expect(gaps.length).toBeGreaterThan(0);
  });

  it('of days are stale an hour after the close that they should hold', async () => {
    expect((await ask('1d')).stale).toBe(false);
    source.at = DAY.close + HOUR;
    expect((await ask('1d')).stale).toBe(false);
    source.at = DAY.close + HOUR + 1;
    expect((await ask('1d')).stale).toBe(true);
  });
});

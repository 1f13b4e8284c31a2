import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { AssetClass, CalendarId, Instrument, Kind, Phase, QuoteUpdate, Symbol } from '@ziggy/domain';
import { tapeMarket } from '@ziggy/market-sources';
import { DataSource } from 'typeorm';

/** A market as it is stored. */
export interface StoredMarket {
  readonly id: number;
  /** Of the leader that was last; 0 for a new market. */
  readonly fence: number;
  /** Market time that was seen last, epoch ms. */
  readonly clockAt: number | null;
}

interface InstrumentRow {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly asset_class: string;
  readonly mic: string;
  readonly currency: string;
  readonly tick: number;
  readonly calendar: string;
  readonly sector: string | null;
  readonly valid_from: number | null;
  readonly valid_to: number | null;
  readonly aliases: string[];
}

export interface StoredInstrument {
  readonly id: number;
  readonly instrument: Instrument;
}

export interface QuarantineRow {
  readonly source: string;
  readonly reason: string;
  readonly symbol: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Market time, epoch ms. */
  readonly marketAt: number | null;
}

interface QuoteRow {
  readonly symbol: string;
  readonly price: number;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly bid_size: number | null;
  readonly ask_size: number | null;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly prev_close: number | null;
  readonly volume: number | null;
  readonly market_state: string;
  readonly delay_minutes: number | null;
  readonly kind: string;
  readonly exchange_ms: number;
  readonly received_ms: number;
  readonly batch_id: number | null;
  readonly position: number | null;
}

export interface LastQuote {
  readonly instrumentId: number;
  readonly update: QuoteUpdate;
  /** The subscription that it came with; `null` when that could not be noted. */
  readonly batchId: number | null;
}

const ROWS_PER_STATEMENT = 1_000;

/** The `market`, `instrument` and `quote_last` tables. */
@Injectable()
export class MarketRepository {
  readonly #db: DataSource;

  constructor(@InjectDataSource() db: DataSource) {
    this.#db = db;
  }

  /** Market time that an earlier run of this market reached, epoch ms; `null` for a market that is new. */
  async clockOf(key: string): Promise<number | null> {
    const rows: { at: number | null }[] = await this.#db.query(
      `SELECT (extract(epoch FROM clock_at) * 1000)::float8 AS at FROM market WHERE key = $1`,
      [key],
    );
    return rows[0]?.at ?? null;
  }

  /** The newest run of a tape, by the beginning of its name, and how far it came. */
  async lastRunOf(tapeId: string): Promise<{ run: number; clockAt: number | null } | null> {
    const rows: { key: string; at: number | null }[] = await this.#db.query(
      `SELECT key, (extract(epoch FROM clock_at) * 1000)::float8 AS at FROM market WHERE key LIKE $1 || '/%'
       ORDER BY split_part(key, '/', 2)::int DESC LIMIT 1`,
      [tapeMarket(tapeId, 1).slice(0, -2)],
    );
    const [row] = rows;
    return row === undefined ? null : { run: Number(row.key.split('/')[1]), clockAt: row.at };
  }

  /** Makes the row of a tape's next run, which the next start of the process opens at this market time. */
  async beginRun(market: { key: string; kind: Kind; source: string }, clockAt: number): Promise<void> {
    await this.#db.query(
      `INSERT INTO market (key, kind, source, clock_at) VALUES ($1, $2, $3, to_timestamp($4 / 1000.0))
       ON CONFLICT (key) DO NOTHING`,
      [market.key, market.kind, market.source, clockAt],
    );
  }

  /** Finds or makes the market's row. */
  async open(market: {
    key: string;
    kind: Kind;
    source: string;
    detail: Record<string, unknown>;
  }): Promise<StoredMarket> {
    const rows: StoredMarket[] = await this.#db.query(
      `WITH opened AS (
         INSERT INTO market (key, kind, source, detail) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET detail = EXCLUDED.detail
         RETURNING id, fence, clock_at
       ) SELECT id, fence, (extract(epoch FROM clock_at) * 1000)::float8 AS "clockAt" FROM opened`,
      [market.key, market.kind, market.source, market.detail],
    );
    return rows[0] as StoredMarket;
  }

  /** Notes how far the market's clock and versions have come. Neither ever falls. */
  async advance(marketId: number, clockAt: number, fence: number): Promise<void> {
    await this.#db.query(
      `UPDATE market SET clock_at = greatest(clock_at, to_timestamp($2 / 1000.0)), fence = greatest(fence, $3) WHERE id = $1`,
      [marketId, clockAt, fence],
    );
  }

  async instruments(marketId: number): Promise<StoredInstrument[]> {
    const rows: InstrumentRow[] = await this.#db.query(
      `SELECT ${INSTRUMENT_COLUMNS} FROM instrument WHERE market_id = $1`,
      [marketId],
    );
    return rows.map((row) => ({ id: row.id, instrument: instrumentOf(row) }));
  }

  /** Stores instruments and returns the number of each, in the given order. What changed is brought up to date. */
  async saveInstruments(marketId: number, instruments: readonly Instrument[]): Promise<number[]> {
    const ids = new Map<string, number>();
    for (let from = 0; from < instruments.length; from += ROWS_PER_STATEMENT) {
      const chunk = instruments.slice(from, from + ROWS_PER_STATEMENT);
      const rows: { id: number; symbol: string }[] = await this.#db.query(SAVE_INSTRUMENTS, [
        marketId,
        JSON.stringify(
          chunk.map((one) => ({
            symbol: one.symbol,
            name: one.name,
            asset_class: one.assetClass,
            mic: one.mic,
            currency: one.currency,
            tick: one.tick,
            calendar: one.calendar,
            sector: one.sector,
            valid_from: one.validFrom === null ? null : new Date(one.validFrom).toISOString(),
            valid_to: one.validTo === null ? null : new Date(one.validTo).toISOString(),
            aliases: one.aliases,
          })),
        ),
      ]);
      for (const row of rows) ids.set(row.symbol, row.id);
    }
    await this.#saveAliases(marketId, ids, instruments);
    return instruments.map(({ symbol }) => ids.get(symbol) as number);
  }

  /** Other names of instruments: new ones are valid from the listing on, and those that are gone until now. */
  async #saveAliases(marketId: number, ids: ReadonlyMap<string, number>, instruments: readonly Instrument[]) {
    const named = instruments.flatMap(({ symbol, aliases, validFrom }) =>
      aliases.map((alias) => ({ id: ids.get(symbol) as number, alias, from: validFrom })),
    );
    const instrumentIds = [...ids.values()];
    await this.#db.query(END_ALIASES, [
      marketId,
      instrumentIds,
      named.map(({ id }) => id),
      named.map(({ alias }) => alias),
    ]);
    if (named.length === 0) return;
    await this.#db.query(SAVE_ALIASES, [
      marketId,
      named.map(({ id }) => id),
      named.map(({ alias }) => alias),
      named.map(({ from }) => (from === null ? '-infinity' : new Date(from).toISOString())),
    ]);
  }

  async lastQuotes(marketId: number): Promise<{ update: QuoteUpdate; batchId: number | null }[]> {
    const rows: QuoteRow[] = await this.#db.query(
      `SELECT i.symbol, q.price::float8 AS price, q.bid::float8 AS bid, q.ask::float8 AS ask, q.bid_size, q.ask_size, q.open::float8 AS open,
              q.high::float8 AS high, q.low::float8 AS low, q.prev_close::float8 AS prev_close, q.volume, q.market_state, q.delay_minutes, q.kind,
              (extract(epoch FROM q.exchange_at) * 1000)::float8 AS exchange_ms, (extract(epoch FROM q.received_at) * 1000)::float8 AS received_ms,
              q.batch_id, q.position::float8 AS position
       FROM quote_last q JOIN instrument i ON i.id = q.instrument_id AND i.market_id = q.market_id WHERE q.market_id = $1`,
      [marketId],
    );
    return rows.map((row) => ({ update: quoteOf(row), batchId: row.batch_id }));
  }

  /** Keeps what a source said and nobody believed. */
  async quarantine(marketId: number, row: QuarantineRow): Promise<void> {
    await this.#db.query(
      `INSERT INTO quarantine (market_id, source, reason, symbol, detail, market_at)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0))`,
      [marketId, row.source, row.reason, row.symbol, JSON.stringify(row.detail), row.marketAt],
    );
  }

  /** Lets go what was kept for longer than 30 days. */
  async emptyQuarantine(): Promise<void> {
    await this.#db.query(`DELETE FROM quarantine WHERE at < now() - interval '30 days'`);
  }

  /** Stores the newest quotes. Those of a leader of an older fence than the present one's are left out. */
  async saveLastQuotes(marketId: number, fence: number, quotes: readonly LastQuote[]): Promise<void> {
    for (let from = 0; from < quotes.length; from += ROWS_PER_STATEMENT) {
      const chunk = quotes.slice(from, from + ROWS_PER_STATEMENT);
      await this.#db.query(SAVE_QUOTES, [
        marketId,
        fence,
        chunk.map((one) => one.instrumentId),
        ...QUOTE_FIELDS.map((field) => chunk.map(({ update }) => update[field])),
        chunk.map((one) => one.batchId),
        chunk.map(({ update }) => update.seq),
      ]);
    }
  }
}

const INSTRUMENT_COLUMNS = `id, symbol, name, asset_class, mic, currency, tick::float8 AS tick, calendar, sector,
  (extract(epoch FROM valid_from) * 1000)::float8 AS valid_from, (extract(epoch FROM valid_to) * 1000)::float8 AS valid_to, aliases`;

const SAVE_INSTRUMENTS = `
  WITH given AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (symbol text, name text, asset_class text, mic text, currency text, tick bigint,
      calendar text, sector text, valid_from timestamptz, valid_to timestamptz, aliases text[])
  ), changed AS (
    INSERT INTO instrument AS old (market_id, symbol, name, asset_class, mic, currency, tick, calendar, sector, valid_from, valid_to, aliases)
    SELECT $1::smallint, g.* FROM given g
    ON CONFLICT (market_id, symbol) DO UPDATE SET name = EXCLUDED.name, asset_class = EXCLUDED.asset_class, mic = EXCLUDED.mic,
      currency = EXCLUDED.currency, tick = EXCLUDED.tick, calendar = EXCLUDED.calendar, sector = EXCLUDED.sector,
      valid_from = EXCLUDED.valid_from, valid_to = EXCLUDED.valid_to, aliases = EXCLUDED.aliases
    WHERE (old.name, old.asset_class, old.mic, old.currency, old.tick, old.calendar, old.sector, old.valid_from, old.valid_to, old.aliases)
      IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.asset_class, EXCLUDED.mic, EXCLUDED.currency, EXCLUDED.tick, EXCLUDED.calendar,
        EXCLUDED.sector, EXCLUDED.valid_from, EXCLUDED.valid_to, EXCLUDED.aliases)
    RETURNING id, symbol
  )
  SELECT id, symbol FROM changed
  UNION SELECT i.id, i.symbol FROM instrument i JOIN given USING (symbol) WHERE i.market_id = $1`;

const END_ALIASES = `
  UPDATE instrument_alias a SET valid_to = now()
  WHERE a.market_id = $1 AND a.instrument_id = ANY($2::int[]) AND a.valid_to = 'infinity' AND a.valid_from < now()
    AND NOT EXISTS (SELECT 1 FROM unnest($3::int[], $4::text[]) AS named (id, alias) WHERE named.id = a.instrument_id AND named.alias = a.alias)`;

const SAVE_ALIASES = `
  INSERT INTO instrument_alias (market_id, instrument_id, alias, valid_from)
  SELECT $1::smallint, id, alias, valid_from FROM unnest($2::int[], $3::text[], $4::timestamptz[]) AS named (id, alias, valid_from)
  WHERE NOT EXISTS (SELECT 1 FROM instrument_alias a
    WHERE a.market_id = $1 AND a.instrument_id = named.id AND a.alias = named.alias AND a.valid_to = 'infinity')
  ON CONFLICT (market_id, instrument_id, alias, valid_from) DO UPDATE SET valid_to = 'infinity'`;

const QUOTE_FIELDS = [
  'price',
  'bid',
  'ask',
  'bidSize',
  'askSize',
  'open',
  'high',
  'low',
  'prevClose',
  'volume',
  'marketState',
  'delayMinutes',
  'kind',
  'exchangeAt',
  'receivedAt',
] as const satisfies readonly (keyof QuoteUpdate)[];

const SAVE_QUOTES = `
  INSERT INTO quote_last (market_id, instrument_id, price, bid, ask, bid_size, ask_size, open, high, low, prev_close, volume,
    market_state, delay_minutes, kind, exchange_at, received_at, batch_id, position)
  SELECT $1::smallint, i, p, b, a, bs, az, o, h, l, pc, v, ms, dm, k, to_timestamp(e / 1000.0), to_timestamp(r / 1000.0), bi, po
  FROM unnest($3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::float8[], $8::float8[], $9::bigint[], $10::bigint[], $11::bigint[],
              $12::bigint[], $13::float8[], $14::text[], $15::float8[], $16::text[], $17::float8[], $18::float8[], $19::int[], $20::bigint[])
    AS row (i, p, b, a, bs, az, o, h, l, pc, v, ms, dm, k, e, r, bi, po)
  WHERE $2::int >= (SELECT coalesce(max(fence), 0) FROM leader WHERE market_id = $1)
  ON CONFLICT (market_id, instrument_id) DO UPDATE SET price = EXCLUDED.price, bid = EXCLUDED.bid, ask = EXCLUDED.ask,
    bid_size = EXCLUDED.bid_size, ask_size = EXCLUDED.ask_size, open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low,
    prev_close = EXCLUDED.prev_close, volume = EXCLUDED.volume, market_state = EXCLUDED.market_state,
    delay_minutes = EXCLUDED.delay_minutes, kind = EXCLUDED.kind, exchange_at = EXCLUDED.exchange_at, received_at = EXCLUDED.received_at,
    batch_id = EXCLUDED.batch_id, position = EXCLUDED.position`;

function instrumentOf(row: InstrumentRow): Instrument {
  return {
    symbol: row.symbol as Symbol,
    name: row.name,
    assetClass: row.asset_class as AssetClass,
    mic: row.mic,
    currency: row.currency,
    tick: row.tick,
    calendar: row.calendar as CalendarId,
    sector: row.sector,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    aliases: row.aliases,
  };
}

function quoteOf(row: QuoteRow): QuoteUpdate {
  return {
    symbol: row.symbol as Symbol,
    price: row.price,
    bid: row.bid,
    ask: row.ask,
    bidSize: row.bid_size,
    askSize: row.ask_size,
    open: row.open,
    high: row.high,
    low: row.low,
    prevClose: row.prev_close,
    volume: row.volume,
    marketState: row.market_state as Phase,
    exchangeAt: row.exchange_ms,
    receivedAt: row.received_ms,
    delayMinutes: row.delay_minutes,
    kind: row.kind as Kind,
    seq: row.position ?? 0,
  };
}

import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Symbol } from '@ziggy/domain';
import type { CorporateAction } from '@ziggy/market-sources';
import { DataSource } from 'typeorm';

/** An action with the date of its ex-day in the venue's calendar. */
export interface DatedAction {
  readonly action: CorporateAction;
  /** `YYYY-MM-DD`. */
  readonly exDate: string;
}

interface ActionRow {
  readonly type: CorporateAction['type'];
  readonly ex_ms: number;
  readonly ratio: number | null;
  readonly amount: number | null;
  readonly known_ms: number;
}

/** What the market knew first stays: a correction changes the figures, not the time of the announcement. */
const SAVE = `
  INSERT INTO corporate_action AS old (market_id, instrument_id, type, ex_date, ex_at, ratio, amount, known_at)
  SELECT $1, $2, t, d::date, to_timestamp(e / 1000.0), r, a, to_timestamp(k / 1000.0)
  FROM unnest($3::text[], $4::text[], $5::float8[], $6::float8[], $7::bigint[], $8::float8[]) AS row (t, d, e, r, a, k)
  ON CONFLICT (market_id, instrument_id, type, ex_date) DO UPDATE SET
    ex_at = EXCLUDED.ex_at, ratio = EXCLUDED.ratio, amount = EXCLUDED.amount,
    known_at = least(old.known_at, EXCLUDED.known_at), stored_at = now()
  WHERE (old.ex_at, old.ratio, old.amount) IS DISTINCT FROM (EXCLUDED.ex_at, EXCLUDED.ratio, EXCLUDED.amount)
     OR EXCLUDED.known_at < old.known_at`;

/** Corporate actions in PostgreSQL, of one market at a time. */
@Injectable()
export class CorporateActionRepository {
  readonly #db: DataSource;

  constructor(@InjectDataSource() db: DataSource) {
    this.#db = db;
  }

  /** Stores what is new or was corrected; the same again writes nothing. One row per type and ex-date. */
  async save(marketId: number, instrumentId: number, actions: readonly DatedAction[]): Promise<void> {
    const unique = [...new Map(actions.map((dated) => [`${dated.action.type}|${dated.exDate}`, dated])).values()];
    if (unique.length === 0) return;
    await this.#db.query(SAVE, [
      marketId,
      instrumentId,
      unique.map(({ action }) => action.type),
      unique.map(({ exDate }) => exDate),
      unique.map(({ action }) => action.exAt),
      unique.map(({ action }) => action.ratio),
      unique.map(({ action }) => action.amount),
      unique.map(({ action }) => action.knownAt),
    ]);
  }

  /** By ex-date. */
  async of(marketId: number, instrumentId: number, symbol: Symbol): Promise<CorporateAction[]> {
    const rows: ActionRow[] = await this.#db.query(
      `SELECT type, (extract(epoch FROM ex_at) * 1000)::float8 AS ex_ms, ratio, amount::float8 AS amount,
              (extract(epoch FROM known_at) * 1000)::float8 AS known_ms
       FROM corporate_action WHERE market_id = $1 AND instrument_id = $2 ORDER BY ex_at, type DESC`,
      [marketId, instrumentId],
    );
    return rows.map(({ type, ex_ms, ratio, amount, known_ms }) => {
      return { symbol, type, exAt: ex_ms, ratio, amount, knownAt: known_ms };
    });
  }
}

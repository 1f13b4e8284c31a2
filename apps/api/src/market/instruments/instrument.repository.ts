import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

const DAY_S = 86_400;

/** What the store holds of one instrument's daily bars. Times are epoch ms. */
export interface BarSpan {
  readonly firstOpen: number | null;
  readonly lastClose: number | null;
}

/** What is stored about single instruments, beside the directory that is held in memory. */
@Injectable()
export class InstrumentRepository {
  readonly #db: DataSource;

  constructor(@InjectDataSource() db: DataSource) {
    this.#db = db;
  }

  /** First and last complete daily bar. */
  async dailySpan(marketId: number, instrumentId: number): Promise<BarSpan> {
    const rows: BarSpan[] = await this.#db.query(
      `SELECT (extract(epoch FROM min(open_time)) * 1000)::float8 AS "firstOpen",
              (extract(epoch FROM max(close_time)) * 1000)::float8 AS "lastClose"
       FROM bar WHERE market_id = $1 AND instrument_id = $2 AND interval_s = $3 AND available_at IS NOT NULL`,
      [marketId, instrumentId, DAY_S],
    );
    return rows[0] ?? { firstOpen: null, lastClose: null };
  }
}

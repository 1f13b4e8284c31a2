import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { flagBits, intervalSeconds, kindNumber } from './bar-rows.ts';
import type { BarRow } from './bar-rows.ts';
import { CHECK_STAGE, COPY_TO_STAGE, CREATE_STAGE, mergeBars } from './bar-sql.ts';

/** Rows put into one piece of text: large enough that the trip does not count, small enough to yield to other work. */
const ROWS_PER_PIECE = 2_000;

/** A load that is not what was sent, or that holds what no bar can be; nothing of it was stored. */
export class BulkLoadRefused extends Error {
  override readonly name = 'BulkLoadRefused';
  /** SQLSTATE of a violated check: the rows are at fault, and not the connection. */
  readonly code = '23514';
}

export interface MergedRows {
  readonly written: number;
  readonly refused: boolean;
  readonly revised: readonly { instrumentId: number; intervalS: number; openTime: number; revision: number }[];
}

/**
 * Stores many bars at once: `COPY` into a stage, a look at what arrived, one insert. All or nothing. The caller has begun
 * the transaction and ends it; the partitions exist.
 * @throws BulkLoadRefused when a row is no bar.
 */
export async function copyBars(
  client: PoolClient,
  marketId: number,
  fence: number | null,
  rows: readonly BarRow[],
): Promise<MergedRows> {
  await client.query(CREATE_STAGE);
  await pipeline(Readable.from(pieces(rows)), client.query(copyFrom(COPY_TO_STAGE)));
  const checked = await client.query<{ came: number; bad: number }>(CHECK_STAGE);
  const { came, bad } = checked.rows[0] as { came: number; bad: number };
  if (came !== rows.length || bad > 0) {
    throw new BulkLoadRefused(`Of ${rows.length} bars ${came} arrived and ${bad} are impossible; none was stored.`);
  }
  const merged = await client.query<MergedRows>(mergeBars('bar_stage'), [marketId, fence]);
  return merged.rows[0] as MergedRows;
}

function* pieces(rows: readonly BarRow[]): Generator<string> {
  for (let from = 0; from < rows.length; from += ROWS_PER_PIECE) {
    const end = Math.min(from + ROWS_PER_PIECE, rows.length);
    let text = '';
    for (let i = from; i < end; i++) text += line(rows[i] as BarRow);
    yield text;
  }
}

/** One row in the text format of COPY; the columns are numbers, so nothing needs escaping. */
function line({ instrumentId, bar, batchId }: BarRow): string {
  const available = bar.complete ? bar.availableAt : '\\N';
  return `${instrumentId}\t${intervalSeconds(bar.interval)}\t${bar.openTime}\t${bar.closeTime}\t${bar.o}\t${bar.h}\t${bar.l}\t${bar.c}\t${
    bar.volume ?? '\\N'
  }\t${flagBits(bar.flags)}\t${kindNumber(bar.kind)}\t${available}\t${batchId ?? '\\N'}\n`;
}

import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { LineageAnswer } from '@ziggy/contracts';
import { fromMicro, INTERVAL_MS, INTERVALS, KINDS } from '@ziggy/domain';
import type { Kind } from '@ziggy/domain';
import { ProblemError } from '../../platform/problem.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { LineageRepository } from './lineage.repository.ts';
import type { BatchRow, OriginRow } from './lineage.repository.ts';
import { iso, wireProvenance } from '../quotes/wire-provenance.ts';

/** `GET /market/lineage/{lineageId}`: a value of a source, back to the answer that it came with. */
@Injectable()
export class LineageService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly lineage: LineageRepository,
  ) {}

  /** @throws ProblemError `not_found` when no batch of the running market has the number. */
  async of(lineageId: string): Promise<LineageAnswer> {
    const [batchId = 0, position = 0] = lineageId.split('.').map(Number);
    const { marketId } = this.market;
    const batch = batchId < 2 ** 31 ? await this.lineage.batch(marketId, batchId) : null;
    if (batch === null) throw new ProblemError('not_found', 'No answer of a source of this market has this number.');
    const origin = batch.request_key.startsWith('bars:')
      ? await this.lineage.bar(marketId, batchId, position, KINDS)
      : await this.lineage.quote(marketId, batchId, position);
    return this.#answer(lineageId, batch, origin);
  }

  #answer(id: string, batch: BatchRow, origin: OriginRow | null): LineageAnswer {
    const interval = INTERVALS.find((name) => INTERVAL_MS[name] / 1000 === origin?.interval_s) ?? null;
    const provenance = {
      market: this.market.id,
      source: batch.source,
      kind: (origin?.kind ?? this.market.kind) as Kind,
      asOf: origin?.as_of_ms ?? null,
      receivedAt: origin?.received_ms ?? null,
      delayMinutes: origin?.delay_minutes ?? null,
      // It speaks of the past; whether something newer is due is said where the value is shown.
      stale: false,
      lineageId: id,
    };
    return {
      id,
      path: origin?.path ?? 'batch',
      symbol: origin?.symbol ?? null,
      interval,
      value: origin === null ? null : fromMicro(origin.price),
      unit: origin?.currency ?? null,
      formula: null,
      hash: origin === null ? null : createHash('sha256').update(origin.row).digest('hex'),
      ...wireProvenance(provenance, this.market.now()),
      inputs: [inputOf(batch)],
    };
  }
}

function inputOf(batch: BatchRow): LineageAnswer['inputs'][number] {
  return {
    id: batch.id,
    source: batch.source,
    requestKey: batch.request_key,
    status: batch.status,
    ms: batch.took_ms,
    rows: batch.row_count,
    bytes: batch.bytes,
    sha256: batch.sha256,
    upstreamStatus: batch.upstream_status,
    at: iso(batch.at_ms),
  };
}

import type { DriftNote } from '@ziggy/market-sources';
import type { Counter } from 'prom-client';
import { Logger } from '../../platform/logger.ts';
import { Metrics } from '../../platform/metrics.ts';
import type { MarketRepository } from '../run/market.repository.ts';

/** One row and one line in the log for one form, this often; a poll that drifts would bring one every few seconds. */
const REPEAT_MS = 3_600_000;
/** Forms remembered; a vendor that makes up a new one each time does not grow the memory. */
const FORMS_MAX = 500;
/** Notes that wait for the market to have a number: those of the probe at start. */
const WAITING_MAX = 100;

/** Answers of the vendor whose form is not the known one: counted each time, kept in quarantine once an hour and form. */
export class DriftNotes {
  readonly #counter: Counter<'module'>;
  readonly #log: Logger;
  readonly #seen = new Map<string, number>();
  readonly #waiting: DriftNote[] = [];
  #keep: ((note: DriftNote) => Promise<void>) | null = null;

  constructor(metrics: Metrics, log: Logger) {
    this.#log = log.child({ context: 'Yahoo' });
    this.#counter = metrics.counter({
      name: 'yahoo_schema_drift_total',
      help: 'Answers of Yahoo that did not have the known form, by module.',
      labelNames: ['module'],
    });
  }

  /** From here on notes can be stored. */
  open(repository: Pick<MarketRepository, 'quarantine'>, marketId: number, source: string): void {
    this.#keep = ({ endpoint, paths, sha256, at }) =>
      repository.quarantine(marketId, {
        source,
        reason: 'schema_drift',
        symbol: null,
        detail: { module: endpoint, paths, sha256 },
        marketAt: at,
      });
    for (const note of this.#waiting.splice(0)) void this.#store(note);
  }

  readonly note = (note: DriftNote): void => {
    this.#counter.inc({ module: note.endpoint });
    const form = `${note.endpoint}|${note.paths.join('|')}`;
    if (note.at - (this.#seen.get(form) ?? -Infinity) < REPEAT_MS) return;
    if (this.#seen.size >= FORMS_MAX) this.#seen.delete(this.#seen.keys().next().value as string);
    this.#seen.set(form, note.at);
    this.#log.warn(note, 'an answer of Yahoo does not have the known form; its readable fields are used');
    if (this.#keep !== null) void this.#store(note);
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push(note);
  };

  async #store(note: DriftNote): Promise<void> {
    try {
      await this.#keep?.(note);
    } catch (error) {
      this.#log.warn({ err: error }, 'a drifted answer could not be put into quarantine');
    }
  }
}

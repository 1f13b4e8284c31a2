import { Injectable } from '@nestjs/common';
import { fromMicro } from '@ziggy/domain';
import type { Symbol } from '@ziggy/domain';

/** Outliers that may wait to be stored; beyond, a source has gone mad and the count of the gate says enough. */
const WAITING_MAX = 200;

export interface Outlier {
  readonly symbol: Symbol;
  readonly price: number;
  /** Market time, epoch ms. */
  readonly at: number;
}

/** Prices that the gate held back and nothing confirmed, on their way into quarantine. */
@Injectable()
export class Outliers {
  #waiting: Outlier[] = [];

  /** @param micro price in micro-units */
  readonly add = (symbol: Symbol, micro: number, at: number): void => {
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push({ symbol, price: fromMicro(micro), at });
  };

  /** Hands over what waits. */
  take(): readonly Outlier[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }
}

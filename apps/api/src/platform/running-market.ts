import type { Kind } from '@ziggy/domain';

/**
 * Which market this process runs, for the health answers and the portal's environment frame. The market module provides
 * it (the class is the injection token); the values are set once, before the server listens.
 */
export abstract class RunningMarket {
  /** Identity of the market, e.g. `yahoo`, `sim:1:9f2c01ab`, `tape:5d41402abc4b/1`. */
  abstract readonly id: string;
  /** Id of the source adapter. */
  abstract readonly source: string;
  abstract readonly kind: Kind;
  abstract readonly chosenBy: 'auto' | 'configuration';
  /** Why this source, in words. */
  abstract readonly reason: string;
  /** Epoch ms, wall clock, of the choice. */
  abstract readonly since: number;
}

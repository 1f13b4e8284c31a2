import type { ChannelState, QuoteBatch, QuoteItem } from '../index.ts';
import type { Rig } from './index.ts';

/** Follows the quotes of symbols as a page does. */
export function watch(rig: Rig, ...symbols: string[]) {
  const batches: QuoteBatch[] = [];
  const held = new Map<string, QuoteItem>();
  const subscription = rig.client.quotes(symbols).subscribe((batch) => {
    batches.push(batch);
    if (batch.reset) held.clear();
    for (const item of batch.items) held.set(item.symbol, item);
  });
  return { batches, held, stop: () => subscription.unsubscribe() };
}

/** The phases that the market channel goes through from now on. */
export function phases(rig: Rig) {
  const seen: ChannelState['phase'][] = [];
  rig.client.state('market').subscribe((state) => {
    if (seen.at(-1) !== state.phase) seen.push(state.phase);
  });
  return seen;
}

/** The state of the market channel now. */
export function phase(rig: Rig): ChannelState {
  let now: ChannelState | null = null;
  rig.client
    .state('market')
    .subscribe((state) => (now = state))
    .unsubscribe();
  return now as unknown as ChannelState;
}

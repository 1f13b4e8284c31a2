import { SourceError } from '@ziggy/market-sources';
import type { MarketSource, SourceHealth } from '@ziggy/market-sources';
import type { Leadership } from '../../persistence/leadership.ts';

/**
 * A source that is asked only while this process may ask it: all calls upstream are the leader's (market-data.md section
 * 3.5). A follower's calls fail as those to a source that is down do, so that it answers with what is stored. A proxy and
 * not a class of its own, since some features need more of the adapter than the port has.
 */
export function ledSource<T extends MarketSource>(source: T, leadership: Pick<Leadership, 'feeds'>): T {
  const health = (): SourceHealth => (leadership.feeds ? source.health() : { ...source.health(), state: 'off' });
  const refused = (): Promise<never> =>
    Promise.reject(new SourceError('UpstreamDown', 'Another process leads this market and asks its source.'));
  const asks = new Set<string | symbol>(['bars', 'search', 'instrument', 'actions', 'events']);
  return new Proxy(source, {
    get(target, name) {
      if (name === 'health') return health;
      if (asks.has(name) && !leadership.feeds) return refused;
      const value: unknown = Reflect.get(target, name, target);
      // Private members live on the source itself.
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

import type { SourcesAnswer } from '@ziggy/contracts';
import type { ActiveMarket } from './active-market.ts';
import { iso } from '../quotes/wire-provenance.ts';

export interface SourcesParts {
  readonly market: Pick<ActiveMarket, 'id' | 'adapter' | 'source' | 'kind' | 'chosenBy' | 'reason' | 'since' | 'now'>;
  readonly wallNow: number;
  readonly leader: SourcesAnswer['leader'];
  readonly demand: SourcesAnswer['demand'];
}

type Adapter = SourcesAnswer['adapters'][number];

/** The sources of the product. */
const ADAPTERS = ['yahoo', 'simulated', 'tape'] as const;

/** Where the market comes from: the source that is active first, then the others, off for the life of the process. */
export function sourcesView({ market, wallNow, leader, demand }: SourcesParts): SourcesAnswer {
  const { adapter, source, kind, chosenBy, reason, since } = market;
  return {
    market: market.id,
    active: { source, kind, chosenBy, reason, since: iso(since), licenceNote: adapter.licenceNote },
    clock: { now: iso(market.now()), wall: iso(wallNow), speed: adapter.clock.speed(), state: adapter.clock.state() },
    adapters: [active(market), ...ADAPTERS.filter((id) => id !== source).map(off)],
    leader,
    demand,
  };
}

function active({ adapter, source }: SourcesParts['market']): Adapter {
  const health = adapter.health();
  return {
    id: source,
    state: health.state,
    breaker: { state: health.breaker.state, until: iso(health.breaker.until) },
    budget: health.budget,
    lastSuccessAt: iso(health.lastSuccessAt),
    lastError: health.lastError === null ? null : { code: health.lastError.code, at: iso(health.lastError.at) },
    p95Ms: health.p95Ms,
    drift: health.drift,
  };
}

function off(id: string): Adapter {
  return {
    id,
    state: 'off',
    breaker: { state: 'closed', until: null },
    budget: null,
    lastSuccessAt: null,
    lastError: null,
    p95Ms: null,
    drift: 0,
  };
}

import { createHash } from 'node:crypto';
import { Headlines } from '../simulated/headlines.ts';
import type { SimulatedMarket } from '../simulated/sim-market.ts';
import type { Profile } from '../simulated/universe.ts';

/** 2026-11-16, so that the ten sessions hold a half day. */
const FROM = Date.UTC(2026, 10, 16, 20);
const SESSIONS = 10;

/** SHA-256 over the days, minutes, actions and headlines of some symbols x 10 sessions, whatever their order. */
export function fingerprint(market: SimulatedMarket, profiles: readonly Profile[]): string {
  const headlines = new Headlines(market, 'none');
  const parts: string[] = [];
  for (const profile of profiles) {
    const first = market.sessions(profile.calendar).lastOpened(FROM);
    const hash = createHash('sha256');
    for (let index = first; index < first + SESSIONS; index++) {
      const path = market.minutes(profile, index);
      hash.update(JSON.stringify([path.session, path.day, market.day(profile, index), market.close(profile, index)]));
      for (const values of [path.high, path.low, path.close, path.traded]) if (values) hash.update(values);
      hash.update(JSON.stringify([market.level(profile, index), headlines.of(profile, index)]));
    }
    hash.update(JSON.stringify(market.actions(profile, first + SESSIONS, 0, Number.MAX_SAFE_INTEGER)));
    parts.push(`${profile.symbol} ${hash.digest('hex')}`);
  }
  return createHash('sha256').update(parts.sort().join('\n')).digest('hex');
}

import type { Bar, Session } from '@ziggy/domain';
import { VOLUME_BINS } from '@ziggy/quant';

/** Sessions that a curve is the mean of. */
export const CURVE_SESSIONS = 20;
/** Fewer whole sessions do not make a curve. */
const CURVE_SESSIONS_MIN = 10;

/**
 * The volume that a symbol usually has by each of the 79 edges of 78 equal parts of the session: the mean over the last
 * 20 whole sessions of the cumulated volume, straight between bar ends.
 * @param bars intraday bars, ascending
 * @param sessions full sessions, ascending; half days have another shape and must not be among them
 * @returns `null` when fewer than 10 sessions have volume in every bar.
 */
export function volumeCurve(bars: readonly Bar[], sessions: readonly Session[]): number[] | null {
  const sums = new Array<number>(VOLUME_BINS + 1).fill(0);
  let count = 0;
  for (const session of sessions.slice(-CURVE_SESSIONS)) {
    const own = bars.filter((bar) => bar.openTime >= session.open && bar.openTime < session.close);
    if (own.length === 0 || own.some((bar) => bar.volume === null || !bar.complete)) continue;
    addSession(sums, own, session);
    count++;
  }
  return count < CURVE_SESSIONS_MIN ? null : sums.map((sum) => sum / count);
}

function addSession(sums: number[], bars: readonly Bar[], session: Session): void {
  const length = session.close - session.open;
  let before = 0;
  let next = 0;
  for (let edge = 0; edge <= VOLUME_BINS; edge++) {
    const at = session.open + (edge / VOLUME_BINS) * length;
    for (; next < bars.length && (bars[next] as Bar).closeTime <= at; next++) before += (bars[next] as Bar).volume ?? 0;
    const bar = bars[next];
    const share = bar === undefined || bar.openTime >= at ? 0 : (at - bar.openTime) / (bar.closeTime - bar.openTime);
    sums[edge] = (sums[edge] ?? 0) + before + share * (bar?.volume ?? 0);
  }
}

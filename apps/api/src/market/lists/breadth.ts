import type { BreadthAnswer, BreadthQuery, BreadthRow, ListCoverage, NullReason } from '@ziggy/contracts';
import { calendarOf, combine, worseKind } from '@ziggy/domain';
import type { Instrument, Provenance, Symbol } from '@ziggy/domain';
import type { BreadthHistory, MemberSession, Standing } from './breadth-history.ts';
import { changePctOf } from '../quotes/quote-record.ts';
import { provenanceOf } from '../quotes/quote-view.ts';
import { COVERAGE_MIN, noProvenance, SessionJudge } from './tracked.ts';
import type { UniverseParts } from './tracked.ts';
import { wireProvenance } from '../quotes/wire-provenance.ts';

export interface BreadthParts extends UniverseParts {
  readonly history: BreadthHistory;
}

/** Calendar whose sessions the rows are; the tracked equities trade by it. */
const CALENDAR = 'XNYS';
const UNCLASSIFIED = 'unclassified';

/** One member in one session, as far as it is known. */
interface MemberDay {
  readonly verdict: keyof ListCoverage;
  readonly changePct: number | null;
  readonly volume: number | null;
  readonly standing: Standing;
}

const NOT_THERE: MemberDay = {
  verdict: 'missing',
  changePct: null,
  volume: null,
  standing: { above50: null, above200: null, high252: null, low252: null },
};

/**
 * Breadth of the universe by session, the newest first. The first row is the session that is on or was last, from fresh
 * quotes; the others from stored closes.
 */
export function breadth(query: BreadthQuery, parts: BreadthParts): BreadthAnswer {
  const { members, context } = parts;
  const groups = groupsOf(members, query.by);
  const items: BreadthRow[] = [];
  const present = calendarOf(CALENDAR).lastOpened(context.marketNow);
  const today = presentDays(present.date, parts);
  for (const [key, group] of groups)
    items.push(
      rowOf(
        key,
        present.date,
        group.map(({ symbol }) => today.get(symbol) ?? NOT_THERE),
      ),
    );
  let date = present.date;
  const cursors = new Map<Symbol, number>();
  for (let day = 1; day < query.days; day++) {
    date = calendarOf(CALENDAR).previous(date).date;
    for (const [key, group] of groups)
      items.push(
        rowOf(
          key,
          date,
          group.map(({ symbol }) => pastDay(symbol, date, parts.history, cursors)),
        ),
      );
  }
  return {
    universe: { id: query.universe, count: members.length },
    by: query.by,
    items,
    nextCursor: null,
    ...wireProvenance(provenance(today, parts), context.marketNow),
  };
}

/** Advancers and decliners of the present session, for the overview; `null` under 80 % coverage. */
export function presentBreadth(
  parts: UniverseParts,
): { advancers: number; decliners: number; unchanged: number; coverage: { used: number; missing: number } } | null {
  const judge = new SessionJudge(parts.context.marketNow);
  const count = { advancers: 0, decliners: 0, unchanged: 0 };
  for (const { symbol } of parts.members) {
    const record = parts.recordOf(symbol);
    if (record === undefined || judge.judge(record) !== 'used') continue;
    const changePct = changePctOf(record.price, record.update.prevClose);
    if (changePct !== null) count[changePct > 0 ? 'advancers' : changePct < 0 ? 'decliners' : 'unchanged']++;
  }
  const used = count.advancers + count.decliners + count.unchanged;
  if (used === 0 || used < COVERAGE_MIN * parts.members.length) return null;
  return { ...count, coverage: { used, missing: parts.members.length - used } };
}

function groupsOf(members: readonly Instrument[], by: BreadthQuery['by']): Map<string, Instrument[]> {
  if (by === 'all') return new Map([['all', [...members]]]);
  const groups = new Map<string, Instrument[]>();
  for (const member of members) {
    const key = member.sector ?? UNCLASSIFIED;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function presentDays(date: string, parts: BreadthParts): Map<Symbol, MemberDay> {
  const judge = new SessionJudge(parts.context.marketNow);
  const days = new Map<Symbol, MemberDay>();
  for (const { symbol } of parts.members) {
    const record = parts.recordOf(symbol);
    const verdict = judge.judge(record);
    const changePct = record === undefined ? null : changePctOf(record.price, record.update.prevClose);
    if (record === undefined || verdict !== 'used' || changePct === null || record.price === null) {
      days.set(symbol, { ...NOT_THERE, verdict: verdict === 'stale' ? 'stale' : 'missing' });
      continue;
    }
    const standing = parts.history.standing(symbol, date, record.price);
    days.set(symbol, { verdict, changePct, volume: record.update.volume, standing });
  }
  return days;
}

/** The member's session of a date. Dates are asked in falling order, so a cursor walks back with them. */
function pastDay(symbol: Symbol, date: string, history: BreadthHistory, cursors: Map<Symbol, number>): MemberDay {
  const sessions = history.sessions(symbol);
  let at = cursors.get(symbol) ?? sessions.length - 1;
  while (at >= 0 && (sessions[at] as MemberSession).date > date) at--;
  cursors.set(symbol, at);
  const session = sessions[at];
  if (session === undefined || session.date !== date) return NOT_THERE;
  const changePct = changePctOf(session.close, session.prevClose);
  if (changePct === null) return NOT_THERE;
  return { verdict: 'used', changePct, volume: session.volume, standing: session.standing };
}

function rowOf(key: string, date: string, days: readonly MemberDay[]): BreadthRow {
  const coverage: ListCoverage = { used: 0, stale: 0, missing: 0 };
  const changes: number[] = [];
  for (const { verdict, changePct } of days) {
    coverage[verdict]++;
    if (changePct !== null) changes.push(changePct);
  }
  const covered = days.length > 0 && coverage.used >= COVERAGE_MIN * days.length;
  const advancers = changes.filter((change) => change > 0).length;
  const decliners = changes.filter((change) => change < 0).length;
  const reasons: Record<string, NullReason> = {};
  const known = <T>(field: string, value: T | null, why: NullReason): T | null => {
    if (covered && value !== null) return value;
    reasons[field] = covered ? why : 'coverage';
    return null;
  };
  const { up, down } = volumes(days);
  const [above50, above200] = [share(days, 'above50'), share(days, 'above200')];
  const [highs, lows] = [share(days, 'high252'), share(days, 'low252')];
  return {
    ...{ key, date, coverage, advancers, decliners, unchanged: changes.length - advancers - decliners },
    above50Ratio: known('above50Ratio', above50?.ratio ?? null, 'warm_up'),
    above200Ratio: known('above200Ratio', above200?.ratio ?? null, 'warm_up'),
    newHighs252: known('newHighs252', highs?.count ?? null, 'warm_up'),
    newLows252: known('newLows252', lows?.count ?? null, 'warm_up'),
    upVolume: known('upVolume', up, 'no_data'),
    downVolume: known('downVolume', down, 'no_data'),
    trin: known('trin', trinOf(advancers, decliners, up, down), up === null ? 'no_data' : 'degenerate'),
    medianChangePct: known('medianChangePct', median(changes), 'no_data'),
    reason: covered ? null : 'coverage',
    reasons,
  };
}

/** Members for which a mark is true; `null` when it is known of under 80 % of all. */
function share(days: readonly MemberDay[], mark: keyof Standing): { count: number; ratio: number } | null {
  let [known, count] = [0, 0];
  for (const { standing } of days) {
    if (standing[mark] === null) continue;
    known++;
    if (standing[mark]) count++;
  }
  return known === 0 || known < COVERAGE_MIN * days.length ? null : { count, ratio: rounded(count / known) };
}

/** Volumes of advancers and decliners; `null` when volume is known of under 80 % of all. */
function volumes(days: readonly MemberDay[]): { up: number | null; down: number | null } {
  let [known, up, down] = [0, 0, 0];
  for (const { changePct, volume } of days) {
    if (changePct === null || volume === null) continue;
    known++;
    if (changePct > 0) up += volume;
    else if (changePct < 0) down += volume;
  }
  return known === 0 || known < COVERAGE_MIN * days.length ? { up: null, down: null } : { up, down };
}

/** Arms' index: under 1 the advancers trade more than their share. */
function trinOf(advancers: number, decliners: number, up: number | null, down: number | null): number | null {
  if (up === null || down === null || decliners === 0 || down === 0 || up === 0) return null;
  return rounded(advancers / decliners / (up / down));
}

function median(values: number[]): number | null {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const upper = values[middle] as number;
  return values.length % 2 === 1 ? upper : rounded((upper + (values[middle - 1] as number)) / 2);
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;

function provenance(today: ReadonlyMap<Symbol, MemberDay>, parts: BreadthParts): Provenance {
  const { members, context } = parts;
  const inputs = members.flatMap(({ symbol }) => {
    const record = parts.recordOf(symbol);
    return record === undefined || today.get(symbol)?.verdict !== 'used' ? [] : [provenanceOf(record, context)];
  });
  let result = inputs.length === 0 ? noProvenance(context, parts.kind) : combine(inputs);
  for (const { symbol } of members) {
    const kind = parts.history.kind(symbol);
    if (kind !== null) result = { ...result, kind: worseKind(result.kind, kind) };
  }
  return result;
}

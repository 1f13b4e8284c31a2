import { describe, expect, it } from '@jest/globals';
import type { SessionAnswer } from '@ziggy/contracts';
import { nextChange } from './session.store.ts';

const day: SessionAnswer = {
  exchange: 'XNYS',
  timezone: 'America/New_York',
  date: '2026-03-04',
  isSession: true,
  reason: null,
  phase: 'open',
  preOpen: '2026-03-04T09:00:00.000Z',
  open: '2026-03-04T14:30:00.000Z',
  close: '2026-03-04T21:00:00.000Z',
  postClose: '2026-03-05T01:00:00.000Z',
  halfDay: false,
  nextOpen: '2026-03-05T14:30:00.000Z',
  nextClose: '2026-03-04T21:00:00.000Z',
  marketNow: '2026-03-04T15:00:00.000Z',
};
const at = (time: string): number => Date.parse(time);

describe('the next change of phase', () => {
  it.each([
    ['2026-03-04T08:00:00.000Z', 'pre', '2026-03-04T09:00:00.000Z'],
    ['2026-03-04T09:00:00.000Z', 'open', '2026-03-04T14:30:00.000Z'],
    ['2026-03-04T15:00:00.000Z', 'post', '2026-03-04T21:00:00.000Z'],
    ['2026-03-04T23:00:00.000Z', 'closed', '2026-03-05T01:00:00.000Z'],
    ['2026-03-05T02:00:00.000Z', 'open', '2026-03-05T14:30:00.000Z'],
  ])('after %s is %s', (now, phase, instant) => {
    expect(nextChange(day, at(now))).toEqual({ at: at(instant), phase });
  });

  it('is the next open on a day without a session, and nothing when all has passed', () => {
    const holiday = { ...day, isSession: false, preOpen: null, open: null, close: null, postClose: null };
    expect(nextChange(holiday, at('2026-03-04T15:00:00.000Z'))).toEqual({
      at: at('2026-03-05T14:30:00.000Z'),
      phase: 'open',
    });
    expect(nextChange(day, at('2027-01-01T00:00:00.000Z'))).toBeNull();
  });

  it('closes at the close when the venue has no late trading', () => {
    expect(nextChange({ ...day, postClose: null }, at('2026-03-04T15:00:00.000Z'))?.phase).toBe('closed');
  });
});

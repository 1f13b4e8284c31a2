import { afterEach, describe, expect, it } from '@jest/globals';
import type { Provider } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { ComponentFixture } from '@angular/core/testing';
import type { ReplayAnswer } from '@ziggy/contracts';
import axe from 'axe-core';
import { FETCH, PORTAL_CONFIG } from '../data/environment.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { CONFIG, aPortal, settle } from '../testing/portal-bed.ts';
import { ReplayBar } from './replay-bar.ts';

const STANDING: ReplayAnswer = {
  tapeId: 'ab'.repeat(32),
  title: 'S&P 500',
  market: 'tape:abababababab/1',
  run: 1,
  state: 'paused',
  at: '2008-09-15T13:30:00.000Z',
  startTs: '2000-01-03T14:30:00.000Z',
  endTs: '2020-04-17T20:00:00.000Z',
  speed: 60,
  progressRatio: 0.4321,
  played: 4321,
  records: 10_000,
  seekingTo: null,
  nextRun: null,
  hash: null,
  hashFrom: null,
};

interface Told {
  readonly path: string;
  readonly body: unknown;
  readonly key: string;
}
let fixture: ComponentFixture<ReplayBar> | null = null;
afterEach(() => {
  fixture?.destroy();
  document.querySelector('.cdk-overlay-container')?.remove();
});

async function aBar(
  first: Partial<ReplayAnswer> = {},
  answer: (told: Told) => Partial<ReplayAnswer> | Response = () => ({}),
  more: Provider[] = [],
) {
  const told: Told[] = [];
  let state: ReplayAnswer = { ...STANDING, ...first };
  const fetcher: typeof fetch = (input, init) => {
    const path = String(input);
    if (!path.startsWith('/ops/replay')) return Promise.reject(new TypeError('Failed to fetch'));
    if (init?.method === 'POST') {
      const command = {
        path,
        body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : null,
        key: (init.headers as Record<string, string>)['idempotency-key'] ?? '',
      };
      told.push(command);
      const reply = answer(command);
      if (reply instanceof Response) return Promise.resolve(reply);
      state = { ...state, ...reply };
    }
    return Promise.resolve(Response.json(state));
  };
  const market = { ...CONFIG.market, id: state.market, source: 'tape', kind: 'recorded' as const };
  aPortal(undefined, [
    { provide: PORTAL_CONFIG, useValue: { ...CONFIG, market } },
    { provide: FETCH, useValue: fetcher },
    ...more,
  ]);
  fixture = TestBed.createComponent(ReplayBar);
  const root = fixture.nativeElement as HTMLElement;
  await settle();
  await settle();
  const act = async (run: () => void): Promise<void> => {
    run();
    await settle();
    await settle();
  };
  const button = (name: string): HTMLButtonElement =>
    [...document.querySelectorAll('button')].find(
      (each) => (each.getAttribute('aria-label') ?? each.textContent ?? '').trim().split(',')[0] === name,
    ) as HTMLButtonElement;
  const type = (id: string, value: string, event: string): void => {
    const field = root.querySelector<HTMLInputElement>(id) as HTMLInputElement;
    field.value = value;
    field.dispatchEvent(new Event(event, { bubbles: true }));
  };
  const words = (): string => root.textContent?.replaceAll(/\s+/g, ' ') ?? '';
  return { root, told, act, button, type, words };
}

describe('the replay bar', () => {
  it('shows state, market time, progress and the ends of the tape, and passes axe', async () => {
    const { root, words } = await aBar();
    expect(words()).toContain('paused');
    expect(root.querySelector('[data-field="replay.at"]')?.textContent).toContain('Sep 15, 2008, 13:30');
    expect(root.querySelector('[data-field="replay.progressRatio"]')?.textContent).toContain('43.2%');
    const slider = root.querySelector('input[type=range]');
    expect(slider?.getAttribute('aria-valuetext')).toBe('Sep 15, 2008, 13:30 UTC');
    document.body.append(root);
    const { violations } = await axe.run(root, {
      rules: { region: { enabled: false }, 'color-contrast': { enabled: false } },
    });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  it('plays, pauses and steps only when that can be, each command with a key of its own', async () => {
    const { told, act, button, words } = await aBar({}, ({ path }) =>
      path.endsWith('/play') ? { state: 'playing' } : path.endsWith('/pause') ? { state: 'paused' } : {},
    );
    await act(() => button('Record').click());
    await act(() => button('Bar').click());
    await act(() => button('Play').click());
    expect(words()).toContain('playing');
    await act(() => button('Bar').click());
    expect(button('Bar').getAttribute('title')).toBe('only while paused; it is playing');
    await act(() => button('Pause').click());
    expect(told.map(({ path, body }) => [path, body])).toEqual([
      ['/ops/replay/step', { by: 'record' }],
      ['/ops/replay/step', { by: 'bar' }],
      ['/ops/replay/play', null],
      ['/ops/replay/pause', null],
    ]);
    expect(new Set(told.map(({ key }) => key)).size).toBe(4);
    for (const { key } of told) expect(key).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
  });

  it('takes any speed within the bounds and says which those are', async () => {
    const { told, act, type, words } = await aBar();
    for (const wrong of ['0.05', '1001', 'fast', '']) await act(() => type('#z-replay-speed', wrong, 'change'));
    expect(words()).toContain('0.1 to 1000, or max.');
    expect(told).toEqual([]);
    for (const right of ['0.1', '250x', 'MAX']) await act(() => type('#z-replay-speed', right, 'change'));
    expect(told.map(({ body }) => body)).toEqual([{ speed: 0.1 }, { speed: 250 }, { speed: 'max' }]);
    expect(words()).not.toContain('or max.');
  });

  it('goes forward at once, asks before it goes back, and refuses what is outside of the tape', async () => {
    const { told, act, button, type, words } = await aBar();
    const go = async (time: string): Promise<void> => {
      await act(() => type('#z-replay-time', time, 'input'));
      await act(() => button('Go').click());
    };
    await go('2031-01-01T00:00');
    expect(words()).toContain('Outside of the tape.');
    await go('2012-06-01T15:00');
    expect(told.at(-1)?.body).toEqual({ at: '2012-06-01T15:00:00.000Z' });
    await go('2001-06-01T15:00');
    expect(told).toHaveLength(1);
    expect(document.querySelector('[role=dialog]')?.textContent).toContain('next run');
    await act(() => button('Begin the next run there').click());
    expect(told.at(-1)?.body).toEqual({ at: '2001-06-01T15:00:00.000Z' });
  });

  it('moves by the slider when it is let go, not while it is dragged', async () => {
    const { told, act, type } = await aBar();
    await act(() => type('input[type=range]', String(Date.UTC(2015, 0, 2)), 'input'));
    expect(told).toEqual([]);
    await act(() => type('input[type=range]', String(Date.UTC(2015, 0, 2)), 'change'));
    expect((told[0]?.body as { at: string }).at.slice(0, 4)).toBe('2015');
  });

  it('says what was refused, and that a seek goes on', async () => {
    const { act, button, words } = await aBar({}, ({ path }) =>
      path.endsWith('/step')
        ? Response.json({ title: 'not a problem of ours' }, { status: 409 })
        : { seekingTo: '2012-06-01T15:00:00.000Z' },
    );
    await act(() => button('Record').click());
    expect(words()).toContain('The server answered 409. Try again.');
    await act(() => button('Play').click());
    expect(words()).toContain('Going to');
    expect(button('Record').getAttribute('title')).toContain('not answered yet');
  });

  it('shows somebody who may not operate it where it is, and nothing to press', async () => {
    const { told } = await aBar({}, () => ({}), [{ provide: AuthStore, useValue: { can: () => false } }]);
    const host = (fixture as ComponentFixture<ReplayBar>).nativeElement as HTMLElement;
    expect(host.textContent).toContain('Sep 15, 2008');
    expect(host.querySelectorAll('button, form, input:not([disabled])')).toHaveLength(0);
    expect(told).toEqual([]);
  });
});

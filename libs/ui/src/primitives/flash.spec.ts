import { describe, expect, it } from '@jest/globals';
import { Flasher } from './flash.ts';

function world() {
  const state = { now: 0, frame: 0, reduced: false, later: [] as (() => void)[] };
  const flasher = new Flasher({
    now: () => state.now,
    frame: () => state.frame,
    reducedMotion: () => state.reduced,
    later: (run) => state.later.push(run),
  });
  return { state, flasher, cell: (): HTMLElement => document.createElement('span') };
}

describe('Flasher', () => {
  it('flashes a cell at most once in 500 ms and restarts the animation by its other name', () => {
    const { state, flasher, cell } = world();
    const one = cell();
    expect(flasher.flash(one, 'up')).toBe(true);
    expect(one.dataset['flash']).toBe('up-0');
    state.now = 499;
    expect(flasher.flash(one, 'down')).toBe(false);
    expect(one.dataset['flash']).toBe('up-0');
    state.now = 500;
    expect(flasher.flash(one, 'up')).toBe(true);
    expect(one.dataset['flash']).toBe('up-1');
  });

  it('lights at most twenty cells in a frame', () => {
    const { state, flasher, cell } = world();
    const lit = (): number => Array.from({ length: 50 }, () => flasher.flash(cell(), 'up')).filter(Boolean).length;
    expect(lit()).toBe(20);
    state.frame = 1;
    expect(lit()).toBe(20);
  });

  it('shows a still mark for a second in reduced motion', () => {
    const { state, flasher, cell } = world();
    state.reduced = true;
    const one = cell();
    flasher.flash(one, 'down');
    expect(one.dataset).toEqual(expect.objectContaining({ flashStill: 'down' }));
    expect(one.dataset['flash']).toBeUndefined();
    state.later.forEach((run) => run());
    expect(one.dataset['flashStill']).toBeUndefined();
  });

  it('forgets a cell that is given to another value', () => {
    const { flasher, cell } = world();
    const one = cell();
    flasher.flash(one, 'up');
    flasher.forget(one);
    expect(one.dataset['flash']).toBeUndefined();
    expect(flasher.flash(one, 'up')).toBe(true);
  });
});

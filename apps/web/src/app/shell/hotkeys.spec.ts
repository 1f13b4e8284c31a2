import { afterEach, describe, expect, it } from '@jest/globals';
import { EnvironmentInjector, createEnvironmentInjector, runInInjectionContext } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { useHotkeys } from './hotkeys.ts';

function listen(...keys: string[]) {
  const pressed: string[] = [];
  const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
  runInInjectionContext(injector, () =>
    useHotkeys(Object.fromEntries(keys.map((key) => [key, () => pressed.push(key)]))),
  );
  return { pressed, destroy: () => injector.destroy() };
}
function press(key: string, init: KeyboardEventInit = {}, target: Element = document.body): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
}

describe('hotkeys', () => {
  afterEach(() => document.body.replaceChildren());

  it('hears single keys, Ctrl and Cmd, and chords', () => {
    const { pressed, destroy } = listen('ctrl+k', '/', 'g m');
    press('k', { ctrlKey: true });
    press('K', { metaKey: true });
    press('/');
    press('g');
    press('m');
    press('m');
    expect(pressed).toEqual(['ctrl+k', 'ctrl+k', '/', 'g m']);
    destroy();
    press('/');
    expect(pressed).toHaveLength(4);
  });

  it('leaves typing alone, except for Ctrl keys', () => {
    const { pressed, destroy } = listen('ctrl+k', '/');
    const field = document.body.appendChild(document.createElement('input'));
    press('/', {}, field);
    press('k', { ctrlKey: true }, field);
    expect(pressed).toEqual(['ctrl+k']);
    destroy();
  });
});

import { DOCUMENT, DestroyRef, inject } from '@angular/core';

/** A key, as {@link keyName} names it, or two in a row joined by a blank: `ctrl+k`, `/`, `g m`. */
export type Keymap = Readonly<Record<string, () => void>>;

const CHORD_MS = 1200;
const TYPING = 'input, textarea, select, [contenteditable="true"], [contenteditable=""]';

/** `ctrl+k` for Ctrl-K and Cmd-K, `/`, `?`, `[`. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey || event.metaKey ? 'ctrl+' : ''}${event.altKey ? 'alt+' : ''}${key}`;
}

/** Listens for keys as long as the caller lives. Single keys are off while typing and while a dialog is open; all are behind the screen lock. */
export function useHotkeys(keymap: Keymap): void {
  const document = inject(DOCUMENT);
  let first: { key: string; at: number } | null = null;
  const listen = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    if (document.documentElement.hasAttribute('data-locked')) return;
    const key = keyName(event);
    const free =
      key.startsWith('ctrl+') ||
      (!(event.target as Element | null)?.closest?.(TYPING) &&
        !document.querySelector('.cdk-overlay-container [role="dialog"]'));
    if (!free) return;
    const chord = first && event.timeStamp - first.at < CHORD_MS ? `${first.key} ${key}` : null;
    first = { key, at: event.timeStamp };
    const act = (chord === null ? undefined : keymap[chord]) ?? keymap[key];
    if (!act) return;
    first = null;
    event.preventDefault();
    act();
  };
  document.addEventListener('keydown', listen);
  inject(DestroyRef).onDestroy(() => document.removeEventListener('keydown', listen));
}

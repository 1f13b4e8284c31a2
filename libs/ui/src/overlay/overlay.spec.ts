import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Component, computed, signal } from '@angular/core';
import { StreamPill } from '../primitives/stream-pill.ts';
import { violations } from '../testing/axe.ts';
import { mount, press } from '../testing/mount.ts';
import { Dialog } from './dialog.ts';
import { Menu } from './menu.ts';
import { nextOption } from '../search/option-list.ts';
import type { SearchGroup, SearchOption } from '../search/option-list.ts';
import { Combobox, Palette } from '../search/search.ts';
import { ToastStack } from './toast.ts';
import type { Toast } from './toast.ts';
import { Tooltip } from './tooltip.ts';

const GROUPS: readonly SearchGroup[] = [
  {
    label: 'Symbols',
    options: [
      { id: 'AAPL', label: 'AAPL', detail: 'Apple Inc.' },
      { id: '^GSPC', label: '^GSPC', blocked: 'no such source' },
      { id: 'EURUSD=X', label: 'EURUSD=X' },
    ],
  },
];
const overlay = (): HTMLElement => document.querySelector<HTMLElement>('.cdk-overlay-container')!;
afterEach(() => document.body.replaceChildren());

describe('popover of the pill', () => {
  @Component({
    imports: [StreamPill],
    template: `<z-stream-pill [health]="{ state: 'live', p95Ms: 84, ageMs: 400 }" [panel]="panel" />
      <ng-template #panel>six channels</ng-template>`,
  })
  class Pill {}

  it('opens as a named dialog, takes focus, closes by Esc and gives focus back', async () => {
    const { fixture, root } = await mount(Pill);
    const button = root.querySelector('button')!;
    button.focus();
    button.click();
    await fixture.whenStable();
    const panel = document.querySelector<HTMLElement>('[role=dialog]')!;
    expect(panel.getAttribute('aria-label')).toBe('Streams');
    expect(panel.textContent).toContain('six channels');
    expect(button.getAttribute('aria-expanded')).toBe('true');
    expect(document.activeElement).toBe(panel);
    expect(await violations(document.body)).toEqual([]);
    press(panel, 'Escape');
    await fixture.whenStable();
    expect(document.querySelector('[role=dialog]')).toBeNull();
    expect(document.activeElement).toBe(button);
  });
});

describe('menu', () => {
  @Component({ imports: [Menu], template: `<z-menu label="View" [items]="items" (chosen)="chosen($event)" />` })
  class Host {
    readonly chosen = jest.fn();
    readonly items = [
      { id: 'a', label: 'Columns', icon: 'columns' as const },
      { id: 'b', label: 'Export', blocked: 'nothing is shown', separated: true },
      { id: 'c', label: 'Compact', checked: true },
    ];
  }
  it('opens, says why an entry cannot act, and chooses', async () => {
    const { fixture, root } = await mount(Host);
    root.querySelector('button')!.click();
    await fixture.whenStable();
    const items = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')];
    expect(items).toHaveLength(3);
    expect(items[1]!.textContent).toContain('nothing is shown');
    expect(await violations(document.body)).toEqual([]);
    items[1]!.click();
    items[0]!.click();
    expect(fixture.componentInstance.chosen.mock.calls).toEqual([['a']]);
  });
});

describe('combobox', () => {
  @Component({
    imports: [Combobox],
    template: `<z-combobox
      label="Find"
      [groups]="groups()"
      [(query)]="query"
      message="Nothing matches."
      (chosen)="chosen($event.id)"
    />`,
  })
  class Host {
    readonly groups = signal(GROUPS);
    readonly query = signal('');
    readonly chosen = jest.fn();
  }
  const type = (field: HTMLInputElement, text: string): void => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };

  it('is a full listbox pattern: opens on typing, arrows pass the blocked, Enter chooses', async () => {
    const { fixture, root } = await mount(Host);
    const field = root.querySelector('input')!;
    expect(field.getAttribute('aria-expanded')).toBe('false');
    type(field, 'a');
    await fixture.whenStable();
    expect(fixture.componentInstance.query()).toBe('a');
    expect(field.getAttribute('aria-expanded')).toBe('true');
    expect(document.getElementById(field.getAttribute('aria-controls')!)?.getAttribute('role')).toBe('listbox');
    const active = (): string | null | undefined =>
      document.getElementById(field.getAttribute('aria-activedescendant')!)?.textContent;
    expect(active()).toContain('AAPL');
    press(field, 'ArrowDown');
    await fixture.whenStable();
    expect(active()).toContain('EURUSD=X');
    expect(await violations(document.body)).toEqual([]);
    press(field, 'Enter');
    await fixture.whenStable();
    expect(fixture.componentInstance.chosen).toHaveBeenCalledWith('EURUSD=X');
    expect(overlay().querySelector('[role=listbox]')).toBeNull();
  });

  it('says that there is nothing, closes by Esc, then clears', async () => {
    const { fixture, root } = await mount(Host);
    fixture.componentInstance.groups.set([]);
    const field = root.querySelector('input')!;
    type(field, 'zzz');
    await fixture.whenStable();
    expect(root.querySelector('[role=status]')?.textContent).toBe('Nothing matches.');
    press(field, 'Escape');
    expect(fixture.componentInstance.query()).toBe('zzz');
    press(field, 'Escape');
    expect(fixture.componentInstance.query()).toBe('');
  });

  it('keeps the active option while it is listed', async () => {
    const { fixture, root } = await mount(Host);
    const field = root.querySelector('input')!;
    type(field, 'a');
    press(field, 'ArrowDown');
    await fixture.whenStable();
    fixture.componentInstance.groups.set([
      { label: 'Symbols', options: [{ id: 'X', label: 'X' }, ...GROUPS[0]!.options] },
    ]);
    await fixture.whenStable();
    expect(field.getAttribute('aria-activedescendant')).toContain('EURUSD');
  });

  it('chooses from the list of what was typed, however soon Enter follows', async () => {
    @Component({
      imports: [Combobox],
      template: `<z-combobox
        label="Find"
        [groups]="groups()"
        [pending]="pending()"
        [(query)]="query"
        (chosen)="chosen($event.id)"
      />`,
    })
    class Filtering {
      readonly query = signal('');
      readonly pending = signal(false);
      readonly all = signal(['ALPHA', 'BETA']);
      readonly groups = computed(() => [
        {
          label: 'Symbols',
          options: this.all()
            .filter((id) => id.startsWith(this.query()))
            .map((id) => ({ id, label: id })),
        },
      ]);
      readonly chosen = jest.fn();
    }
    const { fixture, root } = await mount(Filtering);
    const host = fixture.componentInstance;
    const field = root.querySelector('input')!;
    type(field, 'B');
    press(field, 'Enter');
    await fixture.whenStable();
    expect(host.chosen.mock.calls).toEqual([['BETA']]);

    host.pending.set(true);
    type(field, 'G');
    press(field, 'Enter');
    await fixture.whenStable();
    expect(host.chosen).toHaveBeenCalledTimes(1);
    host.all.set(['GAMMA']);
    host.pending.set(false);
    await fixture.whenStable();
    expect(host.chosen.mock.calls[1]).toEqual(['GAMMA']);

    type(field, 'X');
    press(field, 'Enter');
    type(field, 'GA');
    await fixture.whenStable();
    expect(host.chosen).toHaveBeenCalledTimes(2);
  });
});

describe('palette', () => {
  @Component({
    imports: [Palette],
    template: `<button>opener</button
      ><z-palette label="Everything" [groups]="groups" [(open)]="open" (chosen)="chosen($event.id)" />`,
  })
  class Host {
    readonly groups = GROUPS;
    readonly open = signal(false);
    readonly chosen = jest.fn();
  }
  it('is modal, focuses its field, chooses by Enter and returns focus', async () => {
    const { fixture, root } = await mount(Host);
    root.querySelector('button')!.focus();
    fixture.componentInstance.open.set(true);
    await fixture.whenStable();
    const field = document.querySelector<HTMLInputElement>('[role=dialog] input')!;
    expect(document.activeElement).toBe(field);
    expect(await violations(document.body)).toEqual([]);
    press(field, 'Enter');
    await fixture.whenStable();
    expect(fixture.componentInstance.chosen).toHaveBeenCalledWith('AAPL');
    expect(fixture.componentInstance.open()).toBe(false);
    expect(document.activeElement?.textContent).toBe('opener');
  });
});

describe('dialog', () => {
  @Component({
    imports: [Dialog],
    template: `<button>opener</button
      ><z-dialog title="Remove" [(open)]="open" [guarded]="guarded()">Sure?<button zActions>Yes</button></z-dialog>`,
  })
  class Host {
    readonly open = signal(false);
    readonly guarded = signal(false);
  }
  it('is named by its title and closes by Esc unless guarded', async () => {
    const { fixture, root } = await mount(Host);
    root.querySelector('button')!.focus();
    fixture.componentInstance.open.set(true);
    await fixture.whenStable();
    const dialog = document.querySelector('[role=dialog]')!;
    expect(document.getElementById(dialog.getAttribute('aria-labelledby')!)?.textContent).toBe('Remove');
    expect(await violations(document.body)).toEqual([]);
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', keyCode: 27, bubbles: true }));
    await fixture.whenStable();
    expect(fixture.componentInstance.open()).toBe(false);
    expect(document.activeElement?.textContent).toBe('opener');

    fixture.componentInstance.guarded.set(true);
    fixture.componentInstance.open.set(true);
    await fixture.whenStable();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', keyCode: 27, bubbles: true }));
    await fixture.whenStable();
    expect(fixture.componentInstance.open()).toBe(true);
  });
});

describe('toasts', () => {
  @Component({
    imports: [ToastStack],
    template: `<z-toast-stack [toasts]="toasts()" (dismissed)="gone.push($event)" />`,
  })
  class Host {
    readonly toasts = signal<readonly Toast[]>([]);
    readonly gone: string[] = [];
  }
  afterEach(() => void jest.useRealTimers());

  it('shows the newest three, lets them go after six seconds, keeps errors, and waits under the pointer', async () => {
    const { fixture, root } = await mount(Host);
    const set = async (...ids: string[]): Promise<void> => {
      fixture.componentInstance.toasts.set(
        ids.map((id) => ({ id, tone: id.startsWith('e') ? 'error' : 'info', text: id })),
      );
      await fixture.whenStable();
    };
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'requestAnimationFrame', 'setImmediate'] });
    fixture.componentInstance.toasts.set(
      ['a', 'b', 'e', 'c'].map((id) => ({ id, tone: id === 'e' ? 'error' : 'info', text: id })),
    );
    fixture.detectChanges();
    expect([...root.querySelectorAll('.toast')]).toHaveLength(3);
    const stack = root.querySelector('z-toast-stack')!;
    stack.dispatchEvent(new Event('pointerenter'));
    jest.advanceTimersByTime(20_000);
    expect(fixture.componentInstance.gone).toEqual([]);
    stack.dispatchEvent(new Event('pointerleave'));
    jest.advanceTimersByTime(6_000);
    expect(fixture.componentInstance.gone.sort()).toEqual(['b', 'c']);
    jest.useRealTimers();
    await set('e1');
    expect(root.querySelector('[role=alert]')?.textContent).toContain('e1');
    expect(await violations(root)).toEqual([]);
  });
});

describe('tooltip', () => {
  @Component({ imports: [Tooltip], template: `<button zTooltip="Opens the calendar">NYSE</button>` })
  class Host {}
  it('describes its element, shows on focus, hides on Esc', async () => {
    const { fixture, root } = await mount(Host);
    const button = root.querySelector('button')!;
    expect(document.getElementById(button.getAttribute('aria-describedby')!)?.textContent).toBe('Opens the calendar');
    button.focus();
    await fixture.whenStable();
    expect(document.querySelector('[role=tooltip].z-overlay')?.textContent).toContain('Opens the calendar');
    expect(await violations(document.body)).toEqual([]);
    press(button, 'Escape');
    await fixture.whenStable();
    expect(document.querySelector('[role=tooltip].z-overlay')).toBeNull();
  });
});

describe('nextOption', () => {
  const options: readonly SearchOption[] = [
    { id: 'x', label: 'x', blocked: 'no' },
    { id: 'a', label: 'a' },
    { id: 'b', label: 'b' },
  ];
  it('wraps round what can be chosen', () => {
    expect(nextOption(options, null, 'ArrowDown')).toBe('a');
    expect(nextOption(options, 'b', 'ArrowDown')).toBe('a');
    expect(nextOption(options, 'a', 'ArrowUp')).toBe('b');
    expect(nextOption(options, 'a', 'PageDown')).toBe('b');
    expect(nextOption(options, 'b', 'PageUp')).toBe('a');
    expect(nextOption(options, 'a', 'x')).toBeNull();
    expect(nextOption([], null, 'ArrowDown')).toBeNull();
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { Component, signal } from '@angular/core';
import { QrCode } from '../qr/index.ts';
import { violations } from '../testing/axe.ts';
import { mount } from '../testing/mount.ts';
import { CopyField } from './copy-field.ts';
import { Diff, diffOf } from './diff.ts';

const text = (element: Element | null | undefined): string =>
  element?.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '';

/** The dark modules of a drawn code, row by row. */
function modulesOf(root: Element): string[] {
  const svg = root.querySelector('svg')!;
  const size = Number(svg.getAttribute('viewBox')!.split(' ')[3]);
  const rows = Array.from({ length: size }, () => new Array<string>(size).fill(' '));
  for (const [, x, y, width] of svg
    .querySelector('path')!
    .getAttribute('d')!
    .matchAll(/M(\d+) (\d+)h(\d+)/g))
    rows[Number(y)]!.fill('#', Number(x), Number(x) + Number(width));
  return rows.map((row) => row.join(''));
}

describe('z-qr-code', () => {
  @Component({ imports: [QrCode], template: `<z-qr-code label="Code for the app" [value]="value()" />` })
  class Host {
    readonly value = signal('otpauth://totp/ZiggyAI:ada?secret=ABC');
  }

  it('draws the finder patterns inside a quiet zone, as one path, named for screen readers', async () => {
    const { root } = await mount(Host);
    const rows = modulesOf(root);
    expect(rows.slice(0, 4).join('').trim()).toBe('');
    expect(rows[4]!.slice(4, 11)).toBe('#######');
    expect(rows[5]!.slice(4, 11)).toBe('#     #');
    expect(rows[6]!.slice(4, 11)).toBe('# ### #');
    expect(root.querySelectorAll('path')).toHaveLength(1);
    expect(root.querySelector('svg')!.getAttribute('aria-label')).toBe('Code for the app');
    expect(await violations(root)).toEqual([]);
  });

  it('draws another code for another text', async () => {
    const { fixture, root } = await mount(Host);
    const first = modulesOf(root).join('');
    fixture.componentInstance.value.set('otpauth://totp/ZiggyAI:ada?secret=ABD');
    await fixture.whenStable();
    expect(modulesOf(root).join('')).not.toBe(first);
  });
});

describe('z-copy-field', () => {
  @Component({ imports: [CopyField], template: `<z-copy-field label="Key" value="zk_1_2" />` })
  class Host {}

  it('says copied only after the clipboard took the text', async () => {
    const write = jest.fn<(text: string) => Promise<void>>().mockResolvedValue();
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: write }, configurable: true });
    const { fixture, root } = await mount(Host);
    expect(text(root.querySelector('button'))).toBe('Copy Key');
    root.querySelector('button')!.click();
    await fixture.whenStable();
    expect(write).toHaveBeenCalledWith('zk_1_2');
    expect(text(root.querySelector('[role=status]'))).toBe('Copied');
    expect(await violations(root)).toEqual([]);
  });

  it('selects the text where the browser refuses the clipboard', async () => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
    const { fixture, root } = await mount(Host);
    root.querySelector('button')!.click();
    await fixture.whenStable();
    const field = root.querySelector('input')!;
    expect([field.selectionStart, field.selectionEnd]).toEqual([0, 6]);
    expect(text(root.querySelector('[role=status]'))).toMatch(/selected/);
  });
});

describe('diff', () => {
  it('names only the members that differ, and says which side lacks one', () => {
    expect(
      diffOf(
        { name: 'A', quotas: { items: { value: 1, min: 0 } }, gone: true, tags: [] },
        { name: 'B', quotas: { items: { value: 2, min: 0 } }, tags: [], made: '' },
      ),
    ).toEqual([
      { path: 'name', before: 'A', after: 'B' },
      { path: 'quotas.items.value', before: '1', after: '2' },
      { path: 'made', before: null, after: '(empty)' },
      { path: 'gone', before: 'true', after: null },
    ]);
    expect(diffOf(null, { role: 'admin' })).toEqual([{ path: 'role', before: null, after: 'admin' }]);
    expect(diffOf(null, null)).toEqual([]);
    expect(diffOf({ to: null }, { to: 'x' })).toEqual([{ path: 'to', before: '(none)', after: 'x' }]);
  });

  @Component({ imports: [Diff], template: `<z-diff [before]="{ role: 'viewer' }" [after]="{ role: 'admin' }" />` })
  class Host {}
  it('reads as a table and passes axe', async () => {
    const { root } = await mount(Host);
    expect(text(root.querySelector('tbody tr'))).toBe('rolevieweradmin');
    expect(await violations(root)).toEqual([]);
  });
});

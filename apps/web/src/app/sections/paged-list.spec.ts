import { describe, expect, it } from '@jest/globals';
import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { RequestProblem } from '../data/problem.ts';
import { localProblem } from '../data/problem.ts';
import { PagedList } from './paged-list.ts';

@Component({
  imports: [PagedList],
  template: `<z-paged-list [list]="list" what="the people" empty="Nobody fits." reason="No such name.">
    <ul>
      @for (row of list.items() ?? []; track row) {
        <li>{{ row }}</li>
      }
    </ul>
  </z-paged-list>`,
})
class Host {
  readonly asked: string[] = [];
  readonly list = {
    items: signal<readonly string[] | null>(null),
    problem: signal<RequestProblem | null>(null),
    loading: signal(false),
    hasMore: signal(false),
    refresh: () => this.asked.push('again'),
    more: () => this.asked.push('more'),
  };
}

async function mounted() {
  const fixture = TestBed.createComponent(Host);
  await fixture.whenStable();
  const root = fixture.nativeElement as HTMLElement;
  const { list, asked } = fixture.componentInstance;
  const settle = () => fixture.whenStable();
  const press = (words: string) =>
    [...root.querySelectorAll('button')].find(({ textContent }) => textContent.includes(words))?.click();
  return { root, list, asked, settle, press };
}

describe('a list that is read page by page', () => {
  it('is a skeleton before the first answer, and shows no rows then', async () => {
    const { root } = await mounted();
    expect(root.querySelector('z-skeleton')?.textContent).toContain('Loading the people');
    expect(root.querySelector('ul')).toBeNull();
  });

  it('says why there is nothing to show, and asks again when told', async () => {
    const { root, list, asked, settle, press } = await mounted();
    list.problem.set(localProblem('timeout'));
    await settle();
    expect(root.querySelector('z-error')?.textContent).toContain('timeout');
    press('Retry');
    expect(asked).toEqual(['again']);
  });

  it('says that nothing fits', async () => {
    const { root, list, settle } = await mounted();
    list.items.set([]);
    await settle();
    expect(root.querySelector('z-empty')?.textContent).toContain('Nobody fits.');
    expect(root.querySelector('button')).toBeNull();
  });

  it('keeps its rows when it cannot be refreshed, and says so', async () => {
    const { root, list, settle } = await mounted();
    list.items.set(['Ada', 'Grace']);
    list.problem.set(localProblem('network'));
    await settle();
    expect([...root.querySelectorAll('li')].map(({ textContent }) => textContent)).toEqual(['Ada', 'Grace']);
    expect(root.querySelector('[role="status"]')?.textContent).toContain('Not refreshed');
  });

  it('asks for the next page once at a time', async () => {
    const { root, list, asked, settle, press } = await mounted();
    list.items.set(['Ada']);
    list.hasMore.set(true);
    await settle();
    press('Show more');
    list.loading.set(true);
    await settle();
    press('Show more');
    expect(asked).toEqual(['more']);
    expect(root.querySelectorAll('li')).toHaveLength(1);
  });
});

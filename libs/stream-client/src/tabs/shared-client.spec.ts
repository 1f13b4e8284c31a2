import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import type { ChannelState } from '../client.ts';
import type { StreamClientDeps } from '../deps.ts';
import type { QuoteItem } from '../quote-cache.ts';
import { FakeServer, FakeTabs, FakeTime } from '../testing/index.ts';
import { createSharedStreamClient } from './shared-client.ts';

/** A browser with tabs on virtual time, all against one server. */
function aBrowser() {
  const time = new FakeTime();
  const server = new FakeServer(time);
  const tabs = new FakeTabs();
  const open = (tabId: string, visible = true) => {
    const visible$ = new BehaviorSubject(visible);
    const deps: StreamClientDeps = {
      clock: time.clock,
      timers: time.timers,
      random: () => 0.5,
      nextFrame: (flush) => {
        const handle = time.timers.set(flush, 16);
        return () => time.timers.clear(handle);
      },
      openSocket: (url) => Object.assign(server.open(url), { tab: tabId }),
      fetch: () => Promise.reject(new Error('no route')),
      socketUrl: (channel) => `ws://test/ws/${channel}`,
      restBase: '',
      visible$,
      online$: new BehaviorSubject(true),
      maxAttempts: 0,
      validation: 'all',
    };
    const client = createSharedStreamClient(deps, tabs.tab(tabId));
    const held = new Map<string, QuoteItem>();
    const watch = (...symbols: string[]) =>
      client.quotes(symbols).subscribe((batch) => {
        if (batch.reset) held.clear();
        for (const item of batch.items) held.set(item.symbol, item);
      });
    const phase = (): ChannelState['phase'] => {
      let now: ChannelState['phase'] = 'idle';
      client
        .state('market')
        .subscribe((state) => (now = state.phase))
        .unsubscribe();
      return now;
    };
    const news: (number | null)[] = [];
    const readNews = () =>
      client.events('news').subscribe((batch) => {
        if (batch.reset) news.length = 0;
        news.push(...batch.items.map(({ seq }) => seq));
      });
    return { client, visible$, held, watch, phase, news, readNews };
  };
  const openSockets = () => server.sockets.filter((socket) => socket.readyState === 1);
  return { time, server, tabs, open, openSockets };
}
const price = (held: Map<string, QuoteItem>, symbol: string) => held.get(symbol)?.data.price;

describe('tabs of one person', () => {
  it('share one socket per channel, and each gets what it asked for', async () => {
    const { time, server, open, openSockets } = aBrowser();
    server.publish('A', 1);
    server.publish('B', 2);
    const first = open('1');
    first.watch('A');
    await time.advanceAsync(1000);
    const second = open('2');
    second.watch('A', 'B');
    const third = open('3');
    third.watch('B');
    await time.advanceAsync(2000);
    expect(openSockets()).toHaveLength(1);
    server.publish('A', 10);
    server.publish('B', 20);
    await time.advanceAsync(500);
    expect([price(first.held, 'A'), price(second.held, 'A'), price(second.held, 'B'), price(third.held, 'B')]).toEqual([
      10, 10, 20, 20,
    ]);
    expect(third.held.has('A')).toBe(false);
    expect(second.phase()).toBe('live');
  });

  it('pass the sockets on when the tab that has them closes', async () => {
    const { time, server, open, openSockets } = aBrowser();
    server.publish('A', 1);
    const first = open('1');
    first.watch('A');
    const second = open('2');
    second.watch('A');
    await time.advanceAsync(2000);
    first.client.disconnect();
    await time.advanceAsync(2000);
    expect(openSockets()).toHaveLength(1);
    server.publish('A', 7);
    await time.advanceAsync(500);
    expect(price(second.held, 'A')).toBe(7);
  });

  it('hand the sockets from a hidden tab to a visible one without a gap', async () => {
    const { time, server, open, openSockets } = aBrowser();
    server.publish('A', 1);
    const first = open('1');
    first.watch('A');
    await time.advanceAsync(1000);
    const second = open('2');
    second.watch('A');
    await time.advanceAsync(1000);
    const seen: string[] = [];
    second.client.state('market').subscribe((state) => seen.push(state.phase));
    first.visible$.next(false);
    let fewest = Infinity;
    for (let i = 0; i < 60; i++) {
      await time.advanceAsync(100, 50);
      fewest = Math.min(fewest, openSockets().length);
    }
    expect(fewest).toBe(1); // at no time without a socket
    expect(openSockets()).toHaveLength(1);
    expect((openSockets()[0] as unknown as { tab: string }).tab).toBe('2');
    expect(new Set(seen)).toEqual(new Set(['live']));
    server.publish('A', 5);
    await time.advanceAsync(500);
    expect([price(first.held, 'A'), price(second.held, 'A')]).toEqual([5, 5]);
  });

  it('lose and repeat no event when the sockets change hands, by closing and by hiding', async () => {
    const { time, server, open } = aBrowser();
    server.append('news');
    const first = open('1');
    first.readNews();
    await time.advanceAsync(1000);
    const second = open('2');
    second.readNews();
    const third = open('3');
    third.readNews();
    third.readNews();
    await time.advanceAsync(1000);
    server.append('news');
    await time.advanceAsync(1000);
    second.visible$.next(false);
    first.visible$.next(false); // the third has the sockets from here on
    for (let i = 0; i < 20; i++) {
      server.append('news');
      await time.advanceAsync(100, 50);
    }
    third.client.disconnect();
    server.append('news');
    await time.advanceAsync(3000);
    server.append('news');
    await time.advanceAsync(1000);
    const all = Array.from({ length: server.logs.news.seq }, (_, i) => i + 1);
    expect([first.news, second.news]).toEqual([all, all]);
  });

  it('stay at full rate while any of them is seen', async () => {
    const { time, server, open } = aBrowser();
    const first = open('1');
    first.watch('A');
    const second = open('2', true);
    second.watch('A');
    await time.advanceAsync(1000);
    first.visible$.next(false);
    await time.advanceAsync(60_000);
    expect(server.sockets.flatMap((socket) => socket.commands('set'))).toEqual([]);
    second.visible$.next(false);
    await time.advanceAsync(60_000);
    expect(server.last.commands('set').map((command) => command['maxHz'])).toEqual([1]);
  });

  it('forget a tab that is silent for fifteen seconds', async () => {
    const { time, server, tabs, open } = aBrowser();
    open('1').watch('A');
    await time.advanceAsync(1000);
    open('2', false).watch('B');
    await time.advanceAsync(2000);
    const subscribed = () => [...(server.subscribed.get(server.last) ?? [])].sort();
    expect(subscribed()).toEqual(['A', 'B']);
    tabs.freeze('2');
    await time.advanceAsync(10_000);
    expect(subscribed()).toEqual(['A', 'B']);
    await time.advanceAsync(20_000);
    expect(subscribed()).toEqual(['A']);
  });

  it('take the sockets from a frozen tab', async () => {
    const { time, server, tabs, open } = aBrowser();
    server.publish('A', 1);
    open('1').watch('A');
    await time.advanceAsync(1000);
    const second = open('2');
    second.watch('A');
    await time.advanceAsync(1000);
    tabs.freeze('1');
    await time.advanceAsync(30_000);
    server.publish('A', 3);
    await time.advanceAsync(500);
    expect(price(second.held, 'A')).toBe(3);
  });

  it('leave nothing behind: no timer, no watch, no lock', async () => {
    const { time, open, openSockets, tabs } = aBrowser();
    const all = ['1', '2', '3'].map((id) => open(id));
    all.forEach((tab) => tab.watch('A'));
    await time.advanceAsync(2000);
    all.forEach((tab) => tab.client.disconnect());
    await time.advanceAsync(5000);
    expect(openSockets()).toHaveLength(0);
    expect(time.pending).toBe(0);
    let granted = false;
    void tabs.locks.request('streams', {}, () => {
      granted = true;
      return Promise.resolve();
    });
    await time.advanceAsync(10);
    expect(granted).toBe(true);
  });
});

import { describe, expect, it } from '@jest/globals';
import { EnvironmentInjector, createEnvironmentInjector, runInInjectionContext, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { aPortal, settle } from '../testing/portal-bed.ts';
import { QuotesStore } from './quotes.store.ts';

/** A component-like owner that watches `symbols` until it is destroyed. */
function watcher(...first: string[]) {
  const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
  const symbols = signal<readonly string[]>(first);
  runInInjectionContext(injector, () => TestBed.inject(QuotesStore).watch(symbols));
  return { symbols, destroy: () => injector.destroy() };
}

describe('QuotesStore', () => {
  it('writes one signal per symbol and frame, and none for what did not change', async () => {
    const portal = aPortal();
    watcher('AAPL', 'MSFT');
    await settle();
    portal.time.advance(1000);
    const store = TestBed.inject(QuotesStore);
    portal.server.publish('AAPL', 10);
    portal.server.publish('AAPL', 11);
    portal.time.advance(20);
    expect(store.quote('AAPL')()?.data.price).toBe(11);
    expect(store.quote('MSFT')()).toBeNull();
    expect(store.changedSince(0).map(({ symbol }) => symbol)).toEqual(['AAPL']);
    const before = store.quote('AAPL')();
    portal.server.publish('MSFT', 5);
    portal.time.advance(20);
    expect(store.quote('AAPL')()).toBe(before);
    portal.client.disconnect();
  });

  it('shows interest once for many watchers and gives it back after the last', async () => {
    const portal = aPortal();
    const watchers = Array.from({ length: 50 }, () => watcher('AAPL'));
    await settle();
    portal.time.advance(1000);
    expect(portal.server.last.commands('subscribe')).toHaveLength(1);
    for (const { destroy } of watchers.slice(1)) destroy();
    await settle();
    portal.time.advance(10_000);
    expect(portal.server.last.commands('unsubscribe')).toHaveLength(0);
    watchers[0]?.destroy();
    await settle();
    portal.time.advance(10_000);
    expect(portal.server.last.commands('unsubscribe')).toHaveLength(1);
    portal.client.disconnect();
  });

  it('keeps values as stale through a restart of the server, and follows a change of list', async () => {
    const portal = aPortal();
    const { symbols } = watcher('AAPL');
    await settle();
    portal.time.advance(1000);
    portal.server.publish('AAPL', 10);
    portal.time.advance(20);
    const store = TestBed.inject(QuotesStore);
    portal.server.last.cut();
    portal.time.advance(20);
    expect(store.quote('AAPL')()).toMatchObject({ stale: true, data: { price: 10 } });
    symbols.set(['AAPL', 'MSFT']);
    await settle();
    portal.server.publish('MSFT', 20);
    portal.time.advance(3000);
    expect(store.quote('AAPL')()).toMatchObject({ stale: false });
    expect(store.quote('MSFT')()?.data.price).toBe(20);
    portal.client.disconnect();
  });

  it('forgets the values of another market and says so', async () => {
    const portal = aPortal();
    watcher('AAPL');
    await settle();
    portal.time.advance(1000);
    portal.server.publish('AAPL', 10);
    portal.time.advance(20);
    const store = TestBed.inject(QuotesStore);
    portal.server.market = { ...portal.server.market, id: 'sim:2:0' };
    portal.server.quotes.clear();
    portal.server.last.cut();
    portal.time.advance(3000);
    expect(store.quote('AAPL')()).toBeNull();
    expect(store.resets()).toBe(1);
    portal.client.disconnect();
  });

  it('tells a rejected symbol', async () => {
    const portal = aPortal();
    portal.server.unknown.add('NOPE');
    watcher('NOPE');
    await settle();
    portal.time.advance(1000);
    expect(TestBed.inject(QuotesStore).rejection('NOPE')()).toMatchObject({ name: 'unknown_symbol' });
    portal.client.disconnect();
  });
});

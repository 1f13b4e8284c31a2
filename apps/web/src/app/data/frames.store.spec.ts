import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import { aPortal } from '../testing/portal-bed.ts';
import { FramesStore } from './frames.store.ts';

function anInspector() {
  const portal = aPortal(undefined, [FramesStore]);
  return { portal, store: TestBed.inject(FramesStore) };
}

describe('the frames of the inspector', () => {
  it('opens the channel that is looked at, shows the newest first, and closes it after', () => {
    const { portal, store } = anInspector();
    store.watch('news', '^GSPC');
    portal.time.advance(200);
    portal.server.append('news');
    portal.time.advance(50);
    expect(store.frames()[0]).toMatchObject({ channel: 'news', direction: 'in', type: 'news_update' });
    expect(store.frames().map(({ type }) => type)).toContain('subscribe');
    store.watch(null, '^GSPC');
    portal.time.advance(60_000);
    expect(portal.server.on('news')[0]?.closedByClient).toBe(true);
    portal.client.disconnect();
  });

  it('holds back while paused and says how many', () => {
    const { portal, store } = anInspector();
    store.watch('news', '^GSPC');
    portal.time.advance(200);
    const before = store.count();
    store.pause(true);
    portal.server.append('news');
    portal.server.append('news');
    portal.time.advance(50);
    expect([store.count(), store.heldBack()]).toEqual([before, 2]);
    store.pause(false);
    portal.server.append('news');
    portal.time.advance(50);
    expect([store.count(), store.heldBack()]).toEqual([before + 1, 0]);
    portal.client.disconnect();
  });

  it('keeps a thousand', () => {
    const { portal, store } = anInspector();
    store.watch('news', '^GSPC');
    portal.time.advance(200);
    for (let i = 0; i < 1200; i++) {
      portal.server.append('news');
      if (i % 100 === 0) portal.time.advance(20);
    }
    portal.time.advance(50);
    expect(store.count()).toBe(1000);
    expect(new Set(store.frames().map(({ n }) => n)).size).toBe(1000);
    store.clear();
    expect(store.count()).toBe(0);
    portal.client.disconnect();
  });
});

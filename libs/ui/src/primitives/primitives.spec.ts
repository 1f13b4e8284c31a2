import { describe, expect, it, jest } from '@jest/globals';
import { Component, signal } from '@angular/core';
import type { Kind } from '@ziggy/domain';
import { violations } from '../testing/axe.ts';
import { mount, press } from '../testing/mount.ts';
import { EmptyBlock, ErrorBlock, ForbiddenBlock, Skeleton } from './blocks.ts';
import { Button } from './button.ts';
import { Segmented, Tabs } from './choice.ts';
import { EnvironmentChip, EnvironmentFrame, KindWatermark, environmentPrefix, environmentText } from './environment.ts';
import {
  AgeCell,
  DurationCell,
  LatencyCell,
  MoneyCell,
  NumberCell,
  PercentCell,
  PriceCell,
  QuantityCell,
  TimeCell,
  VolumeCell,
} from './figures.ts';
import { FlashCell } from './flash.ts';
import { FRESHNESS_STATES, FreshnessBadge, freshnessOf, freshnessText } from './freshness.ts';
import { Icon } from './icon.ts';
import { ICON_NAMES } from './icons.ts';
import { AppFrame, PageHeader, RailItem, Tile } from './layout.ts';
import { SessionClock } from './session-clock.ts';
import { Sparkline, sparkShape } from './sparkline.ts';
import { pillText } from './stream-pill.ts';
import { ThemeSwitch, applyTheme } from './theme-switch.ts';

const text = (element: Element | null | undefined): string =>
  element?.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '';

describe('figure cells', () => {
  @Component({
    imports: [
      AgeCell,
      DurationCell,
      LatencyCell,
      MoneyCell,
      NumberCell,
      PercentCell,
      PriceCell,
      QuantityCell,
      TimeCell,
      VolumeCell,
    ],
    template: `<z-price field="q.price" [value]="value()" reason="no_data" /><z-percent
        field="q.pct"
        of="pct"
        [value]="value()"
      /><z-number field="q.z" [value]="value()" /><z-money field="q.m" currency="USD" [value]="value()" /><z-quantity
        field="q.q"
        [value]="value()"
      /><z-volume field="q.v" [value]="value()" /><z-age field="q.a" [value]="value()" /><z-latency
        field="q.l"
        [value]="value()"
      /><z-duration field="q.d" [value]="value()" /><z-time field="q.t" zone="UTC" [value]="value()" [stale]="true" />`,
  })
  class Cells {
    readonly value = signal<number | null>(1.2);
  }

  it('carry their field and format, speak direction, and pass axe', async () => {
    const { root } = await mount(Cells);
    const cells = [...root.querySelectorAll<HTMLElement>('.z-fig')];
    expect(cells).toHaveLength(10);
    for (const cell of cells) {
      expect(cell.dataset['field']).toMatch(/^q\./);
      expect(cell.dataset['format']).toBeTruthy();
      expect(cell.hasAttribute('data-missing')).toBe(false);
    }
    expect(text(root.querySelector('z-price'))).toBe('1.20');
    expect(text(root.querySelector('z-percent'))).toBe('up +1.20%');
    expect(root.querySelector('z-percent')?.getAttribute('data-tone')).toBe('up');
    expect(root.querySelector('z-time')?.classList.contains('z-stale')).toBe(true);
    expect(await violations(root)).toEqual([]);
  });

  it('show a dash with a reason and no figure when the value is missing', async () => {
    const { fixture, root } = await mount(Cells);
    fixture.componentInstance.value.set(null);
    await fixture.whenStable();
    expect(text(root)).not.toMatch(/\d/);
    expect(root.querySelectorAll('[data-missing]')).toHaveLength(10);
    expect(text(root.querySelector('z-price'))).toBe('\u2014, the source has no data');
    expect(root.querySelector('z-price')?.getAttribute('title')).toBe('the source has no data');
    expect(await violations(root)).toEqual([]);
  });
});

describe('freshness', () => {
  @Component({
    imports: [FreshnessBadge],
    template: `@for (state of states; track state) {
      <z-freshness [value]="{ state, ageMs: 42000, detail: 'x' }" />
    }`,
  })
  class Badges {
    readonly states = FRESHNESS_STATES;
  }

  it('has words and a shape of its own in every state', async () => {
    const { root } = await mount(Badges);
    const badges = [...root.querySelectorAll('z-freshness')];
    expect(badges).toHaveLength(13);
    expect(new Set(badges.map(text)).size).toBe(13);
    expect(new Set(badges.map((badge) => badge.querySelector('path')?.getAttribute('d'))).size).toBe(13);
    expect(await violations(root)).toEqual([]);
  });

  it('says the forms of the design', () => {
    expect(freshnessText({ state: 'stale', ageMs: 42_000 })).toBe('stale 42 s');
    expect(freshnessText({ state: 'closed', ageMs: 9, detail: '16:00 New York' })).toBe('closed 16:00 New York');
    expect(freshnessText({ state: 'degraded', ageMs: 9, detail: '5 s' })).toBe('polling 5 s');
    expect(freshnessText({ state: 'live', ageMs: null })).toBe('live');
  });

  it('shows what stops values before what ages them, and that before their kind', () => {
    const facts = {
      kind: 'live' as Kind,
      stale: true,
      ageMs: 5,
      phase: 'closed' as const,
      via: 'poll' as const,
      pollMs: 5000,
    };
    expect(freshnessOf({ ...facts, connection: 'paused' }).state).toBe('paused');
    expect(freshnessOf({ ...facts, connection: 'offline' }).state).toBe('offline');
    expect(freshnessOf(facts).state).toBe('closed');
    expect(freshnessOf({ ...facts, phase: 'open' }).state).toBe('stale');
    expect(freshnessOf({ ...facts, phase: 'open', stale: false })).toEqual({
      state: 'degraded',
      ageMs: 5,
      detail: '5 s',
    });
    expect(freshnessOf({ kind: 'delayed', stale: false, ageMs: 5, delayMinutes: 15 }).detail).toBe('15 min');
    expect(freshnessOf({ kind: null, stale: false, ageMs: null }).state).toBe('loading');
  });
});

describe('environment', () => {
  @Component({
    imports: [EnvironmentChip, EnvironmentFrame, KindWatermark],
    template: `<z-environment-frame [value]="{ kind: kind() }" /><z-environment-chip
        [value]="{ kind: kind(), delayMinutes: 15 }"
      /><z-watermark [kind]="kind()" />`,
  })
  class Frame {
    readonly kind = signal<Kind>('live');
  }

  it.each([
    ['live', 'Live market · Paper account', '', ''],
    ['delayed', 'Delayed 15 min · Paper account', '', '[DLY]'],
    ['end_of_day', 'End of day · Paper account', '', '[EOD]'],
    ['recorded', 'Recorded · Paper account', 'recorded', '[REC]'],
    ['simulated', 'Simulated · Paper account', 'simulated', '[SIM]'],
  ] as const)('%s', async (kind, words, watermark, prefix) => {
    const { fixture, root } = await mount(Frame);
    fixture.componentInstance.kind.set(kind);
    await fixture.whenStable();
    expect(text(root.querySelector('z-environment-chip')).replaceAll(' ', '')).toBe(words.replaceAll(' ', ''));
    expect(root.querySelector('z-watermark')?.getAttribute('data-word') ?? '').toBe(watermark);
    expect(root.querySelector('z-environment-frame')?.getAttribute('data-kind')).toBe(kind);
    expect(environmentPrefix(kind)).toBe(prefix);
    expect(await violations(root)).toEqual([]);
  });

  it('names day and speed of a recording', () => {
    expect(environmentText({ kind: 'recorded', tapeDate: '2026-03-04', speed: 10 })).toBe('Recorded 2026-03-04 10x');
    expect(environmentText({ kind: 'recorded', tapeDate: '2026-03-04', speed: 'paused' })).toBe(
      'Recorded 2026-03-04 paused',
    );
  });
});

describe('controls', () => {
  @Component({
    imports: [Button, Icon, Segmented, Tabs, ThemeSwitch],
    template: `<button z-button (click)="clicked()" [blocked]="why()">Place</button>
      <button z-button [square]="true" aria-label="Copy"><z-icon name="copy" /></button>
      <z-segmented label="Interval" [choices]="choices" [(value)]="interval" />
      <z-tabs label="Parts" [tabs]="choices" [(value)]="tab">{{ tab() }}</z-tabs>
      <z-theme-switch [(value)]="theme" />`,
  })
  class Controls {
    readonly clicked = jest.fn();
    readonly why = signal<string | null>(null);
    readonly choices = [
      { id: 'a', label: 'A' },
      { id: 'b', label: 'B', blocked: 'no data' },
      { id: 'c', label: 'C' },
    ];
    readonly interval = signal('a');
    readonly tab = signal('a');
    readonly theme = signal<'system' | 'dark' | 'light' | 'contrast'>('dark');
  }

  it('pass axe', async () => {
    const { root } = await mount(Controls);
    expect(await violations(root)).toEqual([]);
  });

  it('a blocked button says why, keeps focus and does nothing', async () => {
    const { fixture, root } = await mount(Controls);
    const button = root.querySelector('button')!;
    button.click();
    expect(fixture.componentInstance.clicked).toHaveBeenCalledTimes(1);
    fixture.componentInstance.why.set('the quote is stale');
    await fixture.whenStable();
    expect(text(button)).toContain('unavailable: the quote is stale');
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(button.disabled).toBe(false);
    const bubbled = jest.fn();
    root.addEventListener('click', bubbled);
    button.click();
    expect(bubbled).not.toHaveBeenCalled();
    expect(fixture.componentInstance.clicked).toHaveBeenCalledTimes(1);
  });

  it('arrow keys choose round the ends and pass what cannot be chosen', async () => {
    const { fixture, root } = await mount(Controls);
    press(root.querySelector('z-segmented [aria-checked=true]')!, 'ArrowRight');
    expect(fixture.componentInstance.interval()).toBe('c');
    press(root.querySelector('z-segmented [aria-checked=true]')!, 'ArrowRight');
    expect(fixture.componentInstance.interval()).toBe('a');
    press(root.querySelector('z-segmented [aria-checked=true]')!, 'End');
    await fixture.whenStable();
    expect(document.activeElement?.getAttribute('data-choice')).toBe('c');
    expect(root.querySelectorAll('[role=radiogroup]:first-of-type [tabindex="0"]').length).toBeGreaterThan(0);
    root.querySelector<HTMLElement>('z-segmented [data-choice=b]')!.click();
    expect(fixture.componentInstance.interval()).toBe('c');
  });

  it('the panel is named by its tab', async () => {
    const { fixture, root } = await mount(Controls);
    press(root.querySelector('[role=tab]')!, 'ArrowRight');
    await fixture.whenStable();
    const panel = root.querySelector('[role=tabpanel]')!;
    expect(text(panel)).toBe('c');
    expect(text(document.getElementById(panel.getAttribute('aria-labelledby') ?? ''))).toBe('C');
  });

  it('a theme is written on the root, and system leaves it to the device', () => {
    const root = document.createElement('html');
    applyTheme(root, 'contrast');
    expect(root.dataset['theme']).toBe('contrast');
    applyTheme(root, 'system');
    expect(root.dataset['theme']).toBeUndefined();
  });
});

describe('icons', () => {
  @Component({
    imports: [Icon],
    template: `@for (name of names; track name) {
        <z-icon [name]="name" [label]="name" />
      }
      <z-icon name="bell" />`,
  })
  class Icons {
    readonly names = ICON_NAMES;
  }
  it('have names, or stay silent beside words', async () => {
    const { root } = await mount(Icons);
    expect(root.querySelectorAll('[role=img][aria-label]')).toHaveLength(ICON_NAMES.length);
    expect(root.querySelectorAll('[aria-hidden=true]')).toHaveLength(1);
    expect(new Set([...root.querySelectorAll('path')].map((path) => path.getAttribute('d'))).size).toBe(
      ICON_NAMES.length,
    );
    expect(await violations(root)).toEqual([]);
  });
});

describe('layout', () => {
  @Component({
    imports: [AppFrame, PageHeader, RailItem, Tile, EmptyBlock, ErrorBlock, ForbiddenBlock, Skeleton],
    template: `<z-app-frame [railOpen]="open()">
      <span zHeader>header</span>
      <a zRail z-rail-item href="#x" icon="markets" label="Markets" [open]="open()" [active]="true"></a>
      <main>
        <z-page-header title="Markets"><button zActions>Act</button></z-page-header>
        <z-tile title="Quote" [freshness]="{ state: 'stale', ageMs: 42000 }">187.32</z-tile>
        <z-empty sentence="No symbols." reason="The list was made empty." />
        <z-error
          [problem]="{ code: 'source_unavailable', sentence: 'No source.', requestId: 'r1' }"
          [retryInMs]="3400"
          (retry)="retried()"
          (copyId)="copied($event)"
        />
        <z-forbidden needs="the role trader" /><z-skeleton [lines]="2" />
      </main>
      <span zStatus>status</span>
    </z-app-frame>`,
  })
  class Page {
    readonly open = signal(false);
    readonly retried = jest.fn();
    readonly copied = jest.fn();
  }

  it('has one heading, landmarks once, and passes axe with the rail narrow and open', async () => {
    const { fixture, root } = await mount(Page);
    for (const open of [false, true]) {
      fixture.componentInstance.open.set(open);
      await fixture.whenStable();
      expect(await violations(root)).toEqual([]);
    }
    expect(root.querySelectorAll('h1')).toHaveLength(1);
    for (const landmark of ['header', 'nav', 'main', 'footer']) expect(root.querySelectorAll(landmark)).toHaveLength(1);
    expect(root.querySelector('[aria-current=page]')?.textContent).toContain('Markets');
  });

  it('skips to the content', async () => {
    const { root } = await mount(Page);
    root.querySelector<HTMLElement>('.skip')!.click();
    expect(document.activeElement?.id).toBe('main');
  });

  it('dims a stale tile and keeps its value', async () => {
    const { root } = await mount(Page);
    const body = root.querySelector('z-tile .z-stale');
    expect(text(body)).toBe('187.32');
    expect(text(root.querySelector('z-tile z-freshness'))).toBe('stale 42 s');
  });

  it('an error names code and request, retries and copies', async () => {
    const { fixture, root } = await mount(Page);
    const block = root.querySelector('z-error')!;
    expect(text(block)).toContain('source_unavailable');
    const [retry, copy] = block.querySelectorAll('button');
    expect(text(retry)).toBe('Retry now (in 4 s)');
    retry!.click();
    copy!.click();
    expect(fixture.componentInstance.retried).toHaveBeenCalledTimes(1);
    expect(fixture.componentInstance.copied).toHaveBeenCalledWith('r1');
  });
});

describe('session clock', () => {
  @Component({ imports: [SessionClock], template: `<z-session-clock [session]="session()" [now]="1000" />` })
  class Clock {
    readonly session = signal<SessionClock['session'] extends () => infer S ? S : never>({
      venue: 'NYSE',
      phase: 'open',
      zone: 'America/New_York',
      nextAt: 9_068_000,
      nextPhase: 'closed',
    });
  }
  it('counts down to the next change, marks half days, and invents none', async () => {
    const { fixture, root } = await mount(Clock);
    expect(text(root)).toContain('closes in 2:31:07');
    fixture.componentInstance.session.update((session) => ({
      ...session,
      halfDay: true,
      nextAt: null,
      nextPhase: null,
    }));
    await fixture.whenStable();
    expect(text(root)).toContain('open, half day');
    expect(text(root)).not.toMatch(/\d/);
    expect(await violations(root)).toEqual([]);
  });
});

describe('sparkline', () => {
  @Component({ imports: [Sparkline], template: `<z-sparkline field="s" label="AAPL, 5 days" [points]="points()" />` })
  class Spark {
    readonly points = signal<(number | null)[] | null>([1, 2, 3]);
  }
  it('draws real points and says which way; else a dash with the reason', async () => {
    const { fixture, root } = await mount(Spark);
    expect(root.querySelector('svg')?.getAttribute('aria-label')).toBe('AAPL, 5 days, rising');
    expect(await violations(root)).toEqual([]);
    for (const points of [null, [], [1], [null, 4, null], [Number.NaN, Infinity]]) {
      fixture.componentInstance.points.set(points);
      await fixture.whenStable();
      expect(root.querySelector('svg')).toBeNull();
      expect(text(root)).toBe('\u2014, fewer than two bars');
    }
  });
  it('breaks at a gap and stays in its box', () => {
    const shape = sparkShape([1, 9, null, 4, 2], 80, 16);
    expect(shape?.path.match(/M/g)).toHaveLength(2);
    for (const [x, y] of [...shape!.path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])])) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(80);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(16);
    }
  });
});

describe('flash directive', () => {
  @Component({ imports: [FlashCell], template: `<b [zFlash]="value()" [zFlashKey]="key()">x</b>` })
  class Flashing {
    readonly value = signal<number | null>(1);
    readonly key = signal('AAPL');
  }
  it('lights on movement, not on the first value, a missing one or another symbol', async () => {
    globalThis.matchMedia ??= (() => ({ matches: false })) as unknown as typeof matchMedia;
    const { fixture, root } = await mount(Flashing);
    const cell = root.querySelector<HTMLElement>('b')!;
    const set = async (value: number | null, key = 'AAPL'): Promise<string | undefined> => {
      fixture.componentInstance.value.set(value);
      fixture.componentInstance.key.set(key);
      await fixture.whenStable();
      return cell.dataset['flash'];
    };
    expect(cell.dataset['flash']).toBeUndefined();
    expect(await set(null)).toBeUndefined();
    expect(await set(500, 'MSFT')).toBeUndefined();
    expect(await set(499, 'MSFT')).toBe('down-0');
  });
});

describe('stream pill', () => {
  it.each([
    [{ state: 'live', p95Ms: 84, ageMs: 400 }, 'Live · 84 ms · 0.4 s'],
    [{ state: 'live', p95Ms: null, ageMs: null }, 'Live'],
    [{ state: 'backoff', p95Ms: 84, ageMs: 400, retryInMs: 2_100 }, 'Reconnecting in 3 s'],
    [{ state: 'polling', p95Ms: 84, ageMs: 3_000 }, 'Polling · 3.0 s'],
    [{ state: 'offline', p95Ms: 84, ageMs: 400 }, 'Offline'],
    [{ state: 'paused', p95Ms: 84, ageMs: 400 }, 'Paused'],
    [{ state: 'stopped', p95Ms: 84, ageMs: 400 }, 'Signed out'],
  ] as const)('%j is %s', (health, words) => {
    expect(pillText(health)).toBe(words);
  });
});

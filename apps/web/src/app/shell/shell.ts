import { Component, ElementRef, computed, effect, inject, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router, RouterLink, RouterOutlet } from '@angular/router';
import {
  AppFrame,
  Button,
  Dialog,
  EnvironmentChip,
  EnvironmentFrame,
  Icon,
  Menu,
  Popover,
  RailItem,
  SessionClock,
  StreamPill,
} from '@ziggy/ui';
import type { Environment, MenuItem, StreamHealth, ThemeChoice } from '@ziggy/ui';
import { filter, map } from 'rxjs';
import { ClockStore } from '../data/clock.store.ts';
import { WALL_CLOCK } from '../data/environment.ts';
import { MarketStore } from '../data/market.store.ts';
import { PrefsStore } from '../data/prefs.store.ts';
import { ReplayStore } from '../data/replay.store.ts';
import { SessionStore } from '../data/session.store.ts';
import { StreamStore } from '../data/stream.store.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { AddToWatchlist } from './add-to-watchlist.ts';
import { Announcer } from './announcer.ts';
import { EnvironmentPanel } from './environment-panel.ts';
import { FocusedSymbol } from './focused-symbol.ts';
import { useHotkeys } from './hotkeys.ts';
import { PAGES, pagesFor } from './pages.ts';
import type { PagePlace } from './pages.ts';
import { ReplayBar } from './replay-bar.ts';
import { RegimeChip } from './regime-chip.ts';
import { SearchPalette } from './search-palette.ts';
import type { PaletteMode } from './search-palette.ts';
import { StatusLine } from './status-line.ts';
import { StreamsPanel } from './streams-panel.ts';
import { UserMenu } from './user-menu.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'Search everything'],
  ['/', 'Search symbols'],
  ['G M', 'Markets'],
  ['G Y', 'Symbol'],
  ['G O', 'Operations'],
  ['G U', 'Admin, where the role allows it'],
  ['1 to 5', 'Timeframe of the chart'],
  ['V', 'Chart or table'],
  ['W', 'Watchlists of the symbol or row in focus'],
  ['T', 'Next theme'],
  ['[', 'Open or close the rail'],
  ['?', 'This list'],
  ['Esc', 'Close what is open'],
];

const THEMES: readonly MenuItem<ThemeChoice>[] = [
  { id: 'system', label: 'System', icon: 'monitor' },
  { id: 'dark', label: 'Dark', icon: 'moon' },
  { id: 'light', label: 'Light', icon: 'sun' },
  { id: 'contrast', label: 'High contrast', icon: 'contrast' },
];

/** What stands round every page: the environment, the way to everything, and how fresh it all is. */
@Component({
  selector: 'z-shell',
  imports: [
    AddToWatchlist,
    Announcer,
    AppFrame,
    Button,
    Dialog,
    EnvironmentChip,
    EnvironmentFrame,
    EnvironmentPanel,
    Icon,
    Menu,
    Popover,
    RailItem,
    RegimeChip,
    ReplayBar,
    RouterLink,
    RouterOutlet,
    SearchPalette,
    SessionClock,
    StatusLine,
    StreamPill,
    StreamsPanel,
    UserMenu,
  ],
  templateUrl: './shell.html',
  styleUrl: './shell.scss',
})
export class Shell {
  readonly #auth = inject(AuthStore);
  protected readonly pages = computed(() => pagesFor((operation) => this.#auth.can(operation)));
  protected readonly keys = KEYS;
  protected readonly prefs = inject(PrefsStore);
  protected readonly session = inject(SessionStore);
  protected readonly replay = inject(ReplayStore);
  protected readonly paletteOpen = signal(false);
  protected readonly paletteMode = signal<PaletteMode>('all');
  protected readonly helpOpen = signal(false);
  protected readonly watchlistsOpen = signal(false);
  protected readonly focused = inject(FocusedSymbol).symbol;
  readonly #streams = inject(StreamStore);
  readonly #market = inject(MarketStore);
  readonly #clock = inject(ClockStore);
  readonly #wall = inject(WALL_CLOCK);
  readonly #router = inject(Router);
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  readonly #path = signal('');

  protected readonly themes = computed(() =>
    THEMES.map((item) => ({ ...item, checked: item.id === this.prefs.theme() })),
  );
  protected readonly environment = computed<Environment>(() => {
    const { kind } = this.#streams.market();
    const replay = this.replay.status();
    return {
      kind,
      delayMinutes: this.#market.overview()?.delayMinutes ?? null,
      tapeDate: replay?.at.slice(0, 10) ?? null,
      speed: replay === null ? null : replay.state === 'playing' ? replay.speed : replay.state,
    };
  });

  protected readonly health = computed<StreamHealth>(() => {
    this.#clock.now();
    const worst = this.#streams.worst();
    const stats = this.#streams.stats();
    if (this.#auth.state() === 'signedOut') return { state: 'stopped', p95Ms: null, ageMs: null };
    if (!worst) return { state: 'idle', p95Ms: null, ageMs: null };
    const now = this.#wall.now();
    const channels = Object.values(stats?.channels ?? {}).filter((channel) => channel.phase !== 'idle');
    const latencies = channels.flatMap((channel) => (channel.latency.p95 === null ? [] : [channel.latency.p95]));
    const frames = channels.flatMap((channel) => (channel.lastFrameAt === null ? [] : [channel.lastFrameAt]));
    return {
      state: worst.phase,
      p95Ms: latencies.length === 0 ? null : Math.max(...latencies),
      ageMs: frames.length === 0 ? null : Math.max(0, now - Math.max(...frames)),
      retryInMs: worst.retryAt === null ? null : worst.retryAt - now,
    };
  });

  constructor() {
    const path = toSignal(
      this.#router.events.pipe(
        filter((event) => event instanceof NavigationEnd),
        map((event) => event.urlAfterRedirects.split('?')[0] ?? ''),
      ),
      { initialValue: '' },
    );
    effect(() => {
      const arrived = path();
      untracked(() => this.#arrived(arrived));
    });
    this.#followRights();
    useHotkeys({
      'ctrl+k': () => this.openPalette('all'),
      '/': () => this.openPalette('symbols'),
      '?': () => this.helpOpen.set(true),
      '[': () => this.prefs.railOpen.update((open) => !open),
      t: () => this.prefs.nextTheme(),
      w: () => this.#openWatchlists(),
      ...Object.fromEntries(PAGES.map((page) => [`g ${page.keys}`, () => this.#goTo(page)])),
    });
  }

  /** A page that is not allowed any more gives way to the block that says so, and comes back when it is. */
  #followRights(): void {
    let before: string | null = null;
    effect(() => {
      const rights = this.#auth.me()?.permissions.join() ?? null;
      const changed = before !== null && rights !== null && rights !== before;
      before = rights ?? before;
      if (changed)
        untracked(() => void this.#router.navigateByUrl(this.#router.url, { onSameUrlNavigation: 'reload' }));
    });
  }

  /** For the symbol of the page, else for the row that has the focus. */
  #openWatchlists(): void {
    const symbol = /^\/symbols\/([^/?#]+)/.exec(this.#path())?.[1];
    if (symbol !== undefined) this.focused.set(decodeURIComponent(symbol));
    if (this.focused() !== null) this.watchlistsOpen.set(true);
  }

  #goTo(page: PagePlace): void {
    if (this.pages().includes(page)) void this.#router.navigateByUrl(page.path);
  }

  protected isActive(path: string): boolean {
    return this.#path() === path || this.#path().startsWith(`${path}/`);
  }

  protected openPalette(mode: PaletteMode): void {
    this.paletteMode.set(mode);
    this.paletteOpen.set(true);
  }

  /** A change of page moves focus to its heading, so that it is announced; the first page leaves focus alone. */
  #arrived(path: string): void {
    const before = this.#path();
    this.#path.set(path);
    if (before !== path) this.focused.set(null);
    if (before === '' || before === path) return;
    setTimeout(() => this.#host.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true }));
  }
}

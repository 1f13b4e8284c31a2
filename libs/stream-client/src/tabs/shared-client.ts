import type { Channel, LosslessChannel } from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import { BehaviorSubject, distinctUntilChanged, switchMap } from 'rxjs';
import type { Subscription, Observable } from 'rxjs';
import type { BarBatch } from '../bar-cache.ts';
import { createStreamClient } from '../client.ts';
import type { ChannelState, RunningMarket, SourceStatus, StreamClient, StreamStats } from '../client.ts';
import type { StreamClientDeps, TimerHandle } from '../deps.ts';
import type { EventBatch } from '../event-memory.ts';
import type { FrameSamples } from '../inspector.ts';
import type { QuoteBatch } from '../quote-cache.ts';
import { TAB_LIMITS } from './deps.ts';
import type { TabDeps } from './deps.ts';
import { LeaderDesk } from './leader-desk.ts';
import type { TabMessage } from './messages.ts';
import { Peers } from './peers.ts';
import { RemoteClient } from './remote-client.ts';

/** The sockets, and who is served from them. */
interface Lead {
  readonly client: StreamClient;
  readonly desk: LeaderDesk;
}

/**
 * A client whose sockets are shared by all tabs of a person: one tab is elected by a Web Lock and has them, the others say
 * what they want over a BroadcastChannel and get batches. A hidden tab with the sockets hands them to a visible one: the new
 * sockets are live before the old ones close. When a tab dies, its lock falls to the next.
 */
export function createSharedStreamClient(deps: StreamClientDeps, tabs: TabDeps): StreamClient {
  return new SharedStreamClient(deps, tabs);
}

class SharedStreamClient implements StreamClient {
  readonly market$: Observable<RunningMarket | null>;
  readonly sourceStatus$: Observable<SourceStatus | null>;
  readonly stats$: Observable<StreamStats>;
  readonly frames$: Observable<FrameSamples>;
  readonly #deps: StreamClientDeps;
  readonly #tabs: TabDeps;
  readonly #peers = new Peers();
  readonly #backend$: BehaviorSubject<StreamClient>;
  readonly #anyVisible$ = new BehaviorSubject(true);
  readonly #watching: Subscription;
  #remote: RemoteClient;
  #lead: Lead | null = null;
  /** Sockets being made ready while another tab still has the lock. */
  #successor: Lead | null = null;
  #release: (() => void) | null = null;
  /** Our one request for the lock; an older one that ends late means nothing. */
  #request: AbortController | null = null;
  #visible = true;
  #leaderHeardAt: number;
  #telling: TimerHandle | null = null;
  #beat: TimerHandle | null = null;
  #ended = false;

  constructor(deps: StreamClientDeps, tabs: TabDeps) {
    this.#deps = deps;
    this.#tabs = tabs;
    this.#leaderHeardAt = deps.clock.now();
    this.#remote = this.#makeRemote();
    this.#backend$ = new BehaviorSubject<StreamClient>(this.#remote);
    this.market$ = this.#backend$.pipe(
      switchMap((backend) => backend.market$),
      distinctUntilChanged((a, b) => a?.id === b?.id && a?.kind === b?.kind),
    );
    this.sourceStatus$ = this.#backend$.pipe(switchMap((backend) => backend.sourceStatus$));
    this.stats$ = this.#backend$.pipe(switchMap((backend) => backend.stats$));
    this.frames$ = this.#backend$.pipe(switchMap((backend) => backend.frames$));
    tabs.broadcast.onmessage = ({ data }) => this.#hear(data as TabMessage);
    this.#watching = deps.visible$.subscribe((visible) => this.#setVisible(visible));
    this.#beatSoon();
    this.#queue(false);
  }

  quotes(symbols: Iterable<string>): Observable<QuoteBatch> {
    const list = [...new Set(symbols)];
    return this.#backend$.pipe(switchMap((backend) => backend.quotes(list)));
  }

  bars(symbol: string, timeframe: Timeframe): Observable<BarBatch> {
    return this.#backend$.pipe(switchMap((backend) => backend.bars(symbol, timeframe)));
  }

  events(channel: LosslessChannel): Observable<EventBatch> {
    return this.#backend$.pipe(switchMap((backend) => backend.events(channel)));
  }

  state(channel: Channel): Observable<ChannelState> {
    return this.#backend$.pipe(switchMap((backend) => backend.state(channel)));
  }

  serverNow(): number {
    return this.#backend$.value.serverNow();
  }

  reconnectNow(): void {
    this.#backend$.value.reconnectNow();
  }

  disconnect(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#say({ type: 'bye', tab: this.#tabs.tabId });
    this.#watching.unsubscribe();
    for (const timer of [this.#telling, this.#beat]) if (timer !== null) this.#deps.timers.clear(timer);
    for (const lead of [this.#lead, this.#successor]) close(lead);
    this.#lead = null;
    this.#successor = null;
    this.#remote.disconnect();
    this.#backend$.complete();
    this.#request?.abort();
    this.#release?.();
    this.#tabs.broadcast.onmessage = null;
    this.#tabs.broadcast.close();
  }

  // ---- election ---------------------------------------------------------------------------------

  /** Waits for the lock, or takes it (`steal`); whoever had it hears that by its own request ending. */
  #queue(steal: boolean): void {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    const held = (): Promise<void> =>
      new Promise((release) => {
        if (this.#ended || this.#request !== request) return release();
        this.#release = release;
        this.#promote();
      });
    this.#tabs.locks
      .request(this.#tabs.lockName, steal ? { steal } : { signal: request.signal }, held)
      .catch(() => this.#request === request && this.#stolen());
  }

  #promote(): void {
    const lead = this.#successor ?? this.#makeLead(false);
    this.#successor = null;
    this.#lead = lead;
    const remote = this.#remote;
    lead.desk.unmute();
    this.#backend$.next(lead.client);
    lead.desk.serve(this.#peers);
    this.#say({ type: 'leader', tab: this.#tabs.tabId });
    remote.disconnect();
  }

  /** Another tab took the lock, or we stopped waiting for it. */
  #stolen(): void {
    if (this.#ended || this.#lead === null) return;
    const old = this.#lead;
    this.#lead = null;
    this.#release = null;
    this.#leaderHeardAt = this.#deps.clock.now();
    this.#remote = this.#makeRemote();
    this.#backend$.next(this.#remote);
    close(old);
    this.#tell();
    this.#queue(false);
  }

  #makeLead(muted: boolean): Lead {
    const visible$ = this.#anyVisible$.pipe(distinctUntilChanged());
    const client = createStreamClient({ ...this.#deps, visible$ }, this.#remote.memories);
    return { client, desk: new LeaderDesk(client, (message) => this.#say(message), muted) };
  }

  #makeRemote(): RemoteClient {
    return new RemoteClient(
      this.#deps.clock,
      this.#tabs.tabId,
      () => this.#tellSoon(),
      (message) => this.#say(message),
    );
  }

  /** A visible tab with the sockets keeps them; a hidden one asks a visible tab to take them. */
  #offerHandover(): void {
    const to = this.#lead === null || this.#visible ? null : this.#peers.visible();
    if (to !== null) this.#say({ type: 'handover', to });
  }

  /** New sockets up and live, then the lock: the old ones close when they hear of it. */
  #takeOver(): void {
    if (this.#lead !== null || this.#successor !== null) return;
    const successor = this.#makeLead(true);
    this.#successor = successor;
    successor.desk.serve(this.#peers, { tab: this.#tabs.tabId, watches: this.#remote.watches });
    const giveUp = this.#deps.timers.set(() => {
      if (this.#successor !== successor) return;
      this.#successor = null;
      close(successor);
    }, TAB_LIMITS.handoverMs);
    void successor.desk.ready().then(() => {
      this.#deps.timers.clear(giveUp);
      if (this.#successor === successor && !this.#ended) this.#queue(true);
    });
  }

  // ---- talk -------------------------------------------------------------------------------------

  #hear(message: TabMessage): void {
    if (this.#ended) return;
    switch (message.type) {
      case 'interest': {
        const isNew = this.#peers.heard(message, this.#deps.clock.now());
        this.#peersChanged();
        if (isNew) this.#lead?.desk.tellAgain();
        if (message.visible) this.#offerHandover();
        return;
      }
      case 'bye':
        this.#peers.gone(message.tab);
        return this.#peersChanged();
      case 'handover':
        if (message.to === this.#tabs.tabId && this.#visible) this.#takeOver();
        return;
      case 'reconnect':
        return this.#lead?.client.reconnectNow();
      case 'leader':
        this.#leaderHeardAt = this.#deps.clock.now();
        return this.#tell();
      default:
        this.#leaderHeardAt = this.#deps.clock.now();
        if (this.#lead === null) this.#remote.hear(message);
    }
  }

  #peersChanged(): void {
    this.#lead?.desk.serve(this.#peers);
    this.#anyVisible$.next(this.#visible || this.#peers.visible() !== null);
  }

  #setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#anyVisible$.next(visible || this.#peers.visible() !== null);
    this.#tell();
    this.#offerHandover();
  }

  #beatSoon(): void {
    this.#beat = this.#deps.timers.set(() => {
      const now = this.#deps.clock.now();
      this.#peers.expire(now);
      this.#peersChanged();
      this.#tell();
      this.#offerHandover();
      // A frozen tab keeps its lock and says nothing.
      if (this.#lead === null && this.#visible && now - this.#leaderHeardAt >= TAB_LIMITS.leaderSilentMs) {
        this.#leaderHeardAt = now;
        this.#queue(true);
      }
      this.#beatSoon();
    }, TAB_LIMITS.interestEveryMs);
  }

  /** All changes of one turn are one message. */
  #tellSoon(): void {
    if (this.#telling !== null || this.#ended) return;
    this.#telling = this.#deps.timers.set(() => {
      this.#telling = null;
      this.#tell();
    }, 0);
  }

  #tell(): void {
    const watches = this.#lead === null ? this.#remote.watches : [];
    this.#say({ type: 'interest', tab: this.#tabs.tabId, visible: this.#visible, watches });
  }

  #say(message: TabMessage): void {
    this.#tabs.broadcast.postMessage(message);
  }
}

function close(lead: Lead | null): void {
  lead?.desk.end();
  lead?.client.disconnect();
}

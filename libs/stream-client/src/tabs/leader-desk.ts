import { CHANNELS } from '@ziggy/contracts';
import { Subscription, combineLatest, filter, firstValueFrom, map } from 'rxjs';
import type { ChannelState, StreamClient } from '../client.ts';
import type { TabMessage, Watch } from './messages.ts';
import type { Peers } from './peers.ts';

/** Serves the other tabs from the sockets of this one. While `muted` it only holds their interest, ready to take over. */
export class LeaderDesk {
  readonly #client: StreamClient;
  readonly #say: (message: TabMessage) => void;
  readonly #served = new Map<string, Subscription>();
  #telling = new Subscription();
  #muted: boolean;

  constructor(client: StreamClient, say: (message: TabMessage) => void, muted: boolean) {
    this.#client = client;
    this.#say = say;
    this.#muted = muted;
    if (!muted) this.#tell();
  }

  /** Follows what the tabs want now; `own` are watches of this tab that it does not take from the client itself. */
  serve(peers: Peers, own: { readonly tab: string; readonly watches: readonly Watch[] } | null = null): void {
    const wanted = new Map<string, { tab: string; watch: Watch }>();
    for (const entry of peers.watches()) wanted.set(entry.watch.id, entry);
    if (own !== null) for (const watch of own.watches) wanted.set(watch.id, { tab: own.tab, watch });
    // New ones first: a key that moves from one watch to another is never without interest.
    for (const [id, { tab, watch }] of wanted)
      if (!this.#served.has(id)) this.#served.set(id, this.#answer(tab, watch));
    for (const [id, subscription] of this.#served) {
      if (wanted.has(id)) continue;
      subscription.unsubscribe();
      this.#served.delete(id);
    }
  }

  /** From here on the other tabs hear it. What it holds is said again to all of them. */
  unmute(): void {
    if (!this.#muted) return;
    this.#muted = false;
    for (const subscription of this.#served.values()) subscription.unsubscribe();
    this.#served.clear();
    this.#tell();
  }

  /** Says the state of everything once more, for a tab that has just come. */
  tellAgain(): void {
    if (this.#muted) return;
    this.#telling.unsubscribe();
    this.#tell();
  }

  /** Resolves when every channel in use is live; at once when none is. */
  async ready(): Promise<void> {
    const states = CHANNELS.map((channel) => this.#client.state(channel));
    const settled = (state: ChannelState): boolean => state.phase === 'live' || state.phase === 'idle';
    await firstValueFrom(
      combineLatest(states).pipe(
        filter((all) => all.every(settled) && (this.#served.size === 0 || all.some((state) => state.phase === 'live'))),
        map(() => true),
      ),
      { defaultValue: true },
    );
  }

  end(): void {
    for (const subscription of this.#served.values()) subscription.unsubscribe();
    this.#served.clear();
    this.#telling.unsubscribe();
  }

  #tell(): void {
    const telling = new Subscription();
    telling.add(this.#client.market$.subscribe((market) => this.#say({ type: 'market', market })));
    telling.add(this.#client.sourceStatus$.subscribe((status) => this.#say({ type: 'source', status })));
    for (const channel of CHANNELS)
      telling.add(this.#client.state(channel).subscribe((state) => this.#say({ type: 'state', state })));
    telling.add(this.#client.stats$.subscribe((stats) => this.#say({ type: 'stats', stats })));
    this.#telling = telling;
  }

  #answer(to: string, watch: Watch): Subscription {
    const { id } = watch;
    const say = (message: TabMessage): void => {
      if (!this.#muted) this.#say(message);
    };
    switch (watch.kind) {
      case 'quotes':
        return this.#client.quotes(watch.symbols).subscribe((batch) => say({ type: 'quotes', to, id, batch }));
      case 'bars':
        return this.#client
          .bars(watch.symbol, watch.timeframe)
          .subscribe((batch) => say({ type: 'bars', to, id, batch }));
      case 'events':
        return this.#client.events(watch.channel).subscribe((batch) => say({ type: 'events', to, id, batch }));
      case 'frames':
        return this.#client.frames$.subscribe((batch) => say({ type: 'frames', to, id, batch }));
    }
  }
}

import { STREAM_LIMITS } from '@ziggy/contracts';
import type { ChartSnapshotFrame, ChartUpdateFrame, HelloFrame, MarketDataFrame, ServerFrame } from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import { Commander } from './commander.ts';
import type { Settled } from './commander.ts';
import type { Conversation, Link } from './connection.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { StreamClientDeps, TimerHandle } from './deps.ts';
import type { Interest } from './intents.ts';

export type ValueFrame = MarketDataFrame | ChartUpdateFrame | ChartSnapshotFrame;

/** What the conversation of a latest-value channel tells its owner. */
export interface LatestEvents {
  value(frame: ValueFrame, attempt: number): void;
  rejected(interest: Interest, code: number, name: string): void;
  /** The limits of this connection are known: the wanted set may have to shrink. */
  limits(): void;
}

/** A latest-value channel: the wanted set is subscribed in one command, and again after each reconnect. */
export class LatestConversation implements Conversation {
  symbolLimit: number = STREAM_LIMITS.symbolsUser;
  readonly #link: Link;
  readonly #deps: StreamClientDeps;
  readonly #events: LatestEvents;
  readonly #commander: Commander;
  readonly #sent = new Map<string, Interest>();
  #wanted: ReadonlyMap<string, Interest> = new Map();
  #maxHz: number | null = null;
  #perCommand: number = STREAM_LIMITS.symbolsPerCommand;
  #flushTimer: TimerHandle | null = null;
  #lastFlushAt = -Infinity;
  #slow = false;
  #slowSent = false;

  constructor(link: Link, deps: StreamClientDeps, events: LatestEvents) {
    this.#link = link;
    this.#deps = deps;
    this.#events = events;
    this.#commander = new Commander((command) => link.send(command));
  }

  get subscriptions(): number {
    return this.#sent.size;
  }

  /** Replaces the set of wanted keys; the difference goes out as one command each way. */
  want(wanted: ReadonlyMap<string, Interest>): void {
    this.#wanted = wanted;
    if (this.#greeted) this.#scheduleFlush();
  }

  /** Hidden windows are content with one change a second. */
  slowDown(slow: boolean): void {
    this.#slow = slow;
    if (this.#link.phase === 'live') this.#applySlow();
  }

  begin(hello: HelloFrame): void {
    this.symbolLimit = hello.data.limits.symbols;
    this.#perCommand = Math.max(1, hello.data.limits.symbolsPerCommand);
    this.#events.limits();
    this.#flush();
    this.#liveWhenRestored();
  }

  hear(frame: ServerFrame): void {
    switch (frame.type) {
      case 'market_data':
      case 'chart_update':
        return this.#events.value(frame, this.#link.attempt);
      case 'subscription_ack':
        this.#maxHz = this.#slowSent ? this.#maxHz : frame.data.maxHz;
        this.#reject(frame.data.rejected);
        return this.#settled(this.#commander.acked(frame));
      case 'snapshot_end':
        return this.#settled(this.#commander.snapshotEnd(frame));
      case 'error':
        return this.#settled(this.#commander.failed(frame));
    }
  }

  overdue(now: number): string | null {
    return this.#commander.retryOverdue(now) ? null : 'a command was not answered';
  }

  end(): void {
    if (this.#flushTimer !== null) this.#deps.timers.clear(this.#flushTimer);
    this.#flushTimer = null;
    this.#lastFlushAt = -Infinity;
    this.#slowSent = false;
    this.#sent.clear();
    this.#commander.clear();
  }

  get #greeted(): boolean {
    return this.#link.phase === 'live' || this.#link.phase === 'restoring';
  }

  #liveWhenRestored(): void {
    if (this.#link.phase !== 'restoring' || this.#commander.subscribing > 0) return;
    this.#link.restored();
    this.#applySlow();
  }

  #settled(settled: Settled | null): void {
    if (!settled) return;
    const { command, error } = settled;
    if (error && command.type === 'subscribe') {
      const timeframe = command.timeframe ?? null;
      for (const symbol of command.symbols) {
        if (!error.temporary) this.#events.rejected({ symbol, timeframe }, error.code, error.name);
      }
      if (error.temporary) {
        for (const [key, interest] of this.#sent)
          if (interest.timeframe === timeframe && command.symbols.includes(interest.symbol)) this.#sent.delete(key);
        this.#scheduleFlush(error.retryAfterMs ?? CLIENT_LIMITS.tickMs);
      }
    }
    this.#liveWhenRestored();
  }

  #reject(rejected: readonly { symbol: string; code: number; name: string }[]): void {
    for (const { symbol, code, name } of rejected) {
      for (const interest of this.#sent.values())
        if (interest.symbol === symbol) this.#events.rejected(interest, code, name);
    }
  }

  /** Commands are paced, so that a fast scroll stays under the server's ten a second. */
  #scheduleFlush(delayMs = 0): void {
    if (this.#flushTimer !== null) return;
    const sinceLast = this.#deps.clock.now() - this.#lastFlushAt;
    const wait = Math.max(delayMs, CLIENT_LIMITS.commandGapMs - sinceLast, 0);
    this.#flushTimer = this.#deps.timers.set(() => {
      this.#flushTimer = null;
      this.#flush();
    }, wait);
  }

  #flush(): void {
    if (!this.#greeted) return;
    this.#lastFlushAt = this.#deps.clock.now();
    const gone = [...this.#sent].filter(([key]) => !this.#wanted.has(key));
    const added = [...this.#wanted].filter(([key]) => !this.#sent.has(key));
    for (const [key] of gone) this.#sent.delete(key);
    for (const [key, interest] of added) this.#sent.set(key, interest);
    this.#issue(
      'unsubscribe',
      gone.map(([, interest]) => interest),
    );
    this.#issue(
      'subscribe',
      added.map(([, interest]) => interest),
    );
  }

  #issue(type: 'subscribe' | 'unsubscribe', interests: readonly Interest[]): void {
    const byTimeframe = new Map<Timeframe | null, string[]>();
    for (const { symbol, timeframe } of interests) {
      const symbols = byTimeframe.get(timeframe) ?? [];
      symbols.push(symbol);
      byTimeframe.set(timeframe, symbols);
    }
    const now = this.#deps.clock.now();
    for (const [timeframe, symbols] of byTimeframe) {
      for (let from = 0; from < symbols.length; from += this.#perCommand) {
        const command = {
          type,
          symbols: symbols.slice(from, from + this.#perCommand),
          ...(timeframe === null ? {} : { timeframe }),
        };
        if (!this.#commander.issue(command, now)) return this.#link.giveUp('too many commands wait');
      }
    }
  }

  #applySlow(): void {
    if (this.#slow === this.#slowSent) return;
    const rate = this.#slow ? CLIENT_LIMITS.hiddenMaxHz : this.#maxHz;
    this.#slowSent = this.#slow;
    if (rate !== null) this.#commander.issue({ type: 'set', maxHz: rate }, this.#deps.clock.now());
  }
}

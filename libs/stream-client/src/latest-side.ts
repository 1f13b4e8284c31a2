import type { Link } from './connection.ts';
import { Intents } from './intents.ts';
import type { Interest } from './intents.ts';
import { LatestConversation } from './latest-conversation.ts';
import type { ValueFrame } from './latest-conversation.ts';
import { ChannelSide } from './side.ts';

/** A latest-value channel: ref-counted keys, of which the server carries as many as it has room for; REST carries the rest. */
export abstract class LatestSide extends ChannelSide {
  protected readonly intents = new Intents();
  declare private conversation: LatestConversation;
  #polled = new Map<string, Interest>();

  /** A value arrived on the stream. */
  protected abstract value(frame: ValueFrame, attempt: number): void;
  protected abstract rejected(interest: Interest, code: number, name: string): void;
  /** Nobody watches these keys any more. */
  protected abstract drop(keys: readonly string[]): void;

  override slowDown(slow: boolean): void {
    this.conversation.slowDown(slow);
  }

  protected override converse(link: Link): LatestConversation {
    this.conversation = new LatestConversation(link, this.deps, {
      value: (frame, attempt) => this.value(frame, attempt),
      rejected: (interest, code, name) => this.rejected(interest, code, name),
      limits: () => this.#want(),
    });
    return this.conversation;
  }

  protected override get inUse(): boolean {
    return this.intents.size > 0;
  }

  protected override expire(now: number): void {
    const dropped = this.intents.expire(now);
    if (dropped.length === 0) return;
    this.drop(dropped);
    this.#want();
  }

  protected override giveUpInterest(): void {
    this.intents.clear();
  }

  protected override get pollsBeside(): boolean {
    return this.#polled.size > 0;
  }

  protected override counts(): { subscriptions: number; polled: number } {
    return { subscriptions: this.conversation.subscriptions, polled: this.polling ? this.toPoll().size : 0 };
  }

  protected retain(interests: readonly Interest[]): void {
    if (this.ended || interests.length === 0) return; // nobody's interest opens no socket
    this.intents.retain(interests);
    this.#want();
    this.used();
  }

  protected release(interests: readonly Interest[]): void {
    if (!this.ended) this.intents.release(interests, this.deps.clock.now());
  }

  /** The keys that REST has to answer for: all of them in fallback, else those beyond the server's limit. */
  protected toPoll(): Map<string, Interest> {
    return this.connection.phase === 'live' ? this.#polled : this.intents.split(Infinity).streamed;
  }

  #want(): void {
    const { streamed, polled } = this.intents.split(this.conversation.symbolLimit);
    this.#polled = polled;
    this.conversation.want(streamed);
  }
}

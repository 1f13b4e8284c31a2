import { DestroyRef, Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import type { Signal, WritableSignal } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import type { QuoteBatch, QuoteItem, Rejection } from '@ziggy/stream-client';
import { switchMap } from 'rxjs';
import { WALL_CLOCK } from './environment.ts';
import { STREAM } from './stream.ts';

const KEPT_MS = 30_000;
const MOST_QUOTES = 2000;

interface Held {
  readonly quote: WritableSignal<QuoteItem | null>;
  readonly rejection: WritableSignal<Rejection | null>;
  unwantedSince: number | null;
  /** The last frame that changed it. */
  frame: number;
}

/** Quotes as signals: one per symbol, so that a tick repaints one cell and never a list. */
@Injectable({ providedIn: 'root' })
export class QuotesStore {
  readonly #clock = inject(WALL_CLOCK);
  readonly #held = new Map<string, Held>();
  readonly #interests = signal<ReadonlyMap<object, readonly string[]>>(new Map());
  readonly #wanted = computed(() => [...new Set([...this.#interests().values()].reverse().flat())], {
    equal: sameList,
  });
  readonly #frames = signal(0);
  readonly #resets = signal(0);

  /** Rises with each frame that brought quotes; {@link changedSince} tells which. */
  readonly frames = this.#frames.asReadonly();
  /** Counts changes of market: lists of another market are to be loaded again. */
  readonly resets = this.#resets.asReadonly();

  constructor() {
    const stream = inject(STREAM);
    const batches = toObservable(this.#wanted)
      .pipe(switchMap((symbols) => stream.quotes(symbols)))
      .subscribe((batch) => this.#apply(batch));
    inject(DestroyRef).onDestroy(() => batches.unsubscribe());
  }

  /**
   * Keeps `symbols` coming as long as the caller lives; call it in an injection context. The newest caller's symbols come
   * first when the server has not room for all.
   */
  watch(symbols: Signal<readonly string[]>): void {
    const owner = {};
    effect(() => {
      const list = symbols();
      this.#interests.update((interests) => new Map(interests).set(owner, list));
    });
    inject(DestroyRef).onDestroy(() => {
      this.#interests.update((interests) => {
        const rest = new Map(interests);
        rest.delete(owner);
        return rest;
      });
      this.#prune();
    });
  }

  /** The newest quote of a symbol; null until one came. */
  quote(symbol: string): Signal<QuoteItem | null> {
    return this.#of(symbol).quote.asReadonly();
  }

  /** Why the stream does not serve a symbol; null while it does. */
  rejection(symbol: string): Signal<Rejection | null> {
    return this.#of(symbol).rejection.asReadonly();
  }

  /** The quotes that changed after frame `frame`: what a grid has to repaint. */
  changedSince(frame: number): QuoteItem[] {
    const changed: QuoteItem[] = [];
    for (const held of this.#held.values()) {
      const quote = held.frame > frame ? untracked(held.quote) : null;
      if (quote) changed.push(quote);
    }
    return changed;
  }

  #apply(batch: QuoteBatch): void {
    if (batch.reset) {
      for (const { quote, rejection } of this.#held.values()) {
        quote.set(null);
        rejection.set(null);
      }
      this.#resets.update((count) => count + 1);
    }
    const frame = this.#frames() + 1;
    for (const item of batch.items) {
      const held = this.#of(item.symbol);
      held.frame = frame;
      held.quote.set(item);
      held.rejection.set(null);
    }
    for (const rejection of batch.rejected) this.#of(rejection.symbol).rejection.set(rejection);
    if (batch.items.length > 0) this.#frames.set(frame);
    if (this.#held.size > MOST_QUOTES) this.#prune();
  }

  #of(symbol: string): Held {
    let held = this.#held.get(symbol);
    if (!held) {
      held = {
        quote: signal<QuoteItem | null>(null, { equal: sameQuote }),
        rejection: signal<Rejection | null>(null),
        unwantedSince: null,
        frame: 0,
      };
      this.#held.set(symbol, held);
    }
    return held;
  }

  /** Forgets symbols that nobody has watched for 30 s; a page that comes back sooner shows its values at once. */
  #prune(): void {
    const now = this.#clock.now();
    const wanted = new Set(this.#wanted());
    for (const [symbol, held] of this.#held) {
      if (wanted.has(symbol)) held.unwantedSince = null;
      else {
        held.unwantedSince ??= now;
        if (now - held.unwantedSince >= KEPT_MS || this.#held.size > MOST_QUOTES) this.#held.delete(symbol);
      }
    }
  }
}

function sameQuote(a: QuoteItem | null, b: QuoteItem | null): boolean {
  return (
    a === b ||
    (a !== null && b !== null && a.v === b.v && a.stale === b.stale && a.via === b.via && a.data.price === b.data.price)
  );
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

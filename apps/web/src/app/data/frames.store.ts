import { DestroyRef, Injectable, computed, inject, signal } from '@angular/core';
import { LOSSLESS_CHANNELS } from '@ziggy/contracts';
import type { Channel, LosslessChannel } from '@ziggy/contracts';
import type { FrameSample } from '@ziggy/stream-client';
import { NEVER, Subject, merge, switchMap, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { STREAM } from './stream.ts';

/** Frames kept; older ones leave. */
const KEPT = 1_000;

/** A frame with a number that never repeats, so that a list can be tracked by it. */
export interface InspectedFrame extends FrameSample {
  readonly n: number;
  readonly type: string;
  /** Empty where the frame is about no symbol. */
  readonly symbol: string;
}

const isLossless = (channel: Channel): channel is LosslessChannel =>
  (LOSSLESS_CHANNELS as readonly string[]).includes(channel);

/** The frames of this browser's own sockets, newest first, while the inspector is open. */
@Injectable()
export class FramesStore {
  readonly #stream = inject(STREAM);
  readonly #frames = signal<readonly InspectedFrame[]>([]);
  readonly #paused = signal(false);
  readonly #heldBack = signal(0);
  readonly #skipped = signal(0);
  readonly #watched = new Subject<Observable<unknown>>();
  #n = 0;

  readonly frames = this.#frames.asReadonly();
  readonly paused = this.#paused.asReadonly();
  /** Frames that came while paused. */
  readonly heldBack = this.#heldBack.asReadonly();
  /** Frames that came faster than they could be shown. */
  readonly skipped = this.#skipped.asReadonly();
  readonly count = computed(() => this.#frames().length);

  constructor() {
    const shown = this.#stream.frames$.pipe(tap((batch) => this.#take(batch.frames, batch.skipped)));
    const watched = this.#watched.pipe(switchMap((wanted) => wanted));
    const all = merge(shown, watched).subscribe();
    inject(DestroyRef).onDestroy(() => all.unsubscribe());
  }

  /** Opens a channel for as long as it is looked at, in case no page has. `symbol` is for channels that carry symbols. */
  watch(channel: Channel | null, symbol: string): void {
    if (channel === null) this.#watched.next(NEVER);
    else if (isLossless(channel)) this.#watched.next(this.#stream.events(channel));
    else if (channel === 'market') this.#watched.next(this.#stream.quotes([symbol]));
    else this.#watched.next(this.#stream.bars(symbol, '1m'));
  }

  pause(paused: boolean): void {
    this.#paused.set(paused);
    this.#heldBack.set(0);
  }

  clear(): void {
    this.#frames.set([]);
    this.#skipped.set(0);
    this.#heldBack.set(0);
  }

  #take(samples: readonly FrameSample[], skipped: number): void {
    if (this.#paused()) {
      this.#heldBack.update((count) => count + samples.length + skipped);
      return;
    }
    const fresh = samples
      .map((sample) => ({
        ...sample,
        n: ++this.#n,
        type: field(sample.text, 'type') || '?',
        symbol: field(sample.text, 'symbol'),
      }))
      .reverse();
    this.#frames.update((frames) => [...fresh, ...frames].slice(0, KEPT));
    if (skipped > 0) this.#skipped.update((count) => count + skipped);
  }
}

/** A field of a frame, read from its text: a cut text is no JSON any more. */
function field(text: string, name: 'type' | 'symbol'): string {
  return new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1] ?? '';
}

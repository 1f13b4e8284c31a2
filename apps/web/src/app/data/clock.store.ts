import { DestroyRef, Injectable, inject, signal } from '@angular/core';
import { interval } from 'rxjs';
import { STREAM } from './stream.ts';

/** The market's clock as the server stated it: `now` there when the server's wall clock was `wall`. Epoch ms. */
export interface MarketClockReading {
  readonly now: number;
  readonly wall: number;
  readonly speed: number;
  readonly running: boolean;
}

/** The portal's one clock: a signal each second, corrected to the server. It drives every age, countdown and expiry. */
@Injectable({ providedIn: 'root' })
export class ClockStore {
  readonly #stream = inject(STREAM);
  readonly #now = signal(this.#stream.serverNow());
  readonly #marketNow = signal<number | null>(null);
  #reading: MarketClockReading | null = null;

  /** Server time, epoch ms. */
  readonly now = this.#now.asReadonly();
  /** Time in the running market, epoch ms: what ages of quotes are measured with. Null until the server said. */
  readonly marketNow = this.#marketNow.asReadonly();

  constructor() {
    const ticks = interval(1000).subscribe(() => this.#tick());
    inject(DestroyRef).onDestroy(() => ticks.unsubscribe());
  }

  setMarketClock(reading: MarketClockReading): void {
    this.#reading = reading;
    this.#tick();
  }

  #tick(): void {
    const now = this.#stream.serverNow();
    this.#now.set(now);
    const reading = this.#reading;
    if (reading)
      this.#marketNow.set(reading.running ? reading.now + (now - reading.wall) * reading.speed : reading.now);
  }
}

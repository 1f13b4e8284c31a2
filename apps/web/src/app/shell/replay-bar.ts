import { Component, computed, inject, linkedSignal, signal } from '@angular/core';
import { REPLAY_SPEED_MAX, REPLAY_SPEED_MIN } from '@ziggy/contracts';
import { Button, Dialog, Icon, PercentCell, TimeCell, formatTime } from '@ziggy/ui';
import { ReplayStore } from '../data/replay.store.ts';
import { AuthStore } from '../identity/auth.store.ts';

const STATES = { paused: 'paused', playing: 'playing', ended: 'at the end' } as const;
/** Suggestions; any speed within the bounds can be typed. */
const SPEEDS = ['0.1', '1', '10', '60', '100', '1000', 'max'] as const;
const STEPS = 1_000;

/** The transport of a recorded market: play, pause, step, go to a time, speed, and how far it is. */
@Component({
  selector: 'z-replay-bar',
  imports: [Button, Dialog, Icon, PercentCell, TimeCell],
  templateUrl: './replay-bar.html',
  styleUrl: './replay-bar.scss',
})
export class ReplayBar {
  protected readonly store = inject(ReplayStore);
  readonly #auth = inject(AuthStore);
  protected readonly speeds = SPEEDS;
  /** Who may not operate it sees where it is. */
  protected readonly mayAct = computed(() => this.#auth.can('ops.replayPlay'));
  protected readonly status = this.store.status;
  protected readonly words = computed(() => STATES[this.status()?.state ?? 'paused']);
  protected readonly at = computed(() => instant(this.status()?.at));
  protected readonly start = computed(() => instant(this.status()?.startTs));
  protected readonly end = computed(() => instant(this.status()?.endTs));
  protected readonly step = computed(() => {
    const [start, end] = [this.start(), this.end()];
    return start === null || end === null ? 1 : Math.max(1, Math.round((end - start) / STEPS));
  });
  protected readonly seeking = computed(() => instant(this.status()?.seekingTo ?? undefined));
  /** Where the slider is dragged to; null while it follows the playhead. */
  protected readonly aim = signal<number | null>(null);
  protected readonly shown = computed(() => this.aim() ?? this.at());
  protected readonly shownText = computed(() => formatTime(this.shown(), 'UTC', 'datetime').text + ' UTC');
  /** A way back, which begins the next run, is confirmed first. */
  protected readonly back = signal<number | null>(null);
  protected readonly backText = computed(() => formatTime(this.back(), 'UTC', 'datetime').text);
  protected readonly time = linkedSignal(() => this.#field());
  protected readonly timeFault = signal('');
  protected readonly speed = linkedSignal(() => String(this.status()?.speed ?? ''));
  protected readonly speedFault = signal('');
  /** Why a button cannot act now. */
  protected readonly waits = computed(() => (this.store.busy() ? 'the last command is not answered yet' : null));
  protected readonly cannotStep = computed(() =>
    this.status()?.state === 'paused' ? this.waits() : `only while paused; it is ${this.words()}`,
  );
  protected readonly cannotPlay = computed(() =>
    this.status()?.state === 'ended' ? 'the tape is at its end; go back to play it anew' : this.waits(),
  );

  protected toggle(): void {
    void this.store.tell(this.status()?.state === 'playing' ? 'pause' : 'play', null);
  }

  protected stepBy(by: 'record' | 'bar'): void {
    void this.store.tell('step', { by });
  }

  protected drag(event: Event): void {
    this.aim.set(Number((event.target as HTMLInputElement).value));
  }

  protected drop(): void {
    const aim = this.aim();
    this.aim.set(null);
    if (aim !== null) this.#seek(aim);
  }

  protected goTo(text: string): void {
    const at = Date.parse(`${text}Z`);
    const [start, end] = [this.start() ?? Infinity, this.end() ?? -Infinity];
    if (Number.isNaN(at)) this.timeFault.set('A date and a time, UTC.');
    else if (at < start || at > end) this.timeFault.set('Outside of the tape.');
    else {
      this.timeFault.set('');
      this.#seek(at);
    }
  }

  protected setSpeed(text: string): void {
    this.speed.set(text);
    const value = text.trim().toLowerCase();
    const speed = value === 'max' ? 'max' : Number(value.replace(/x$/, ''));
    const fits = speed === 'max' || (value !== '' && speed >= REPLAY_SPEED_MIN && speed <= REPLAY_SPEED_MAX);
    this.speedFault.set(fits ? '' : `${REPLAY_SPEED_MIN} to ${REPLAY_SPEED_MAX}, or max.`);
    if (fits) void this.store.tell('speed', { speed });
  }

  protected confirmBack(): void {
    const at = this.back();
    this.back.set(null);
    if (at !== null) this.#go(at);
  }

  #seek(at: number): void {
    if (at < (this.at() ?? at)) this.back.set(at);
    else this.#go(at);
  }

  #go(at: number): void {
    void this.store.tell('seek', { at: new Date(at).toISOString() });
  }

  #field(): string {
    return this.status()?.at.slice(0, 16) ?? '';
  }
}

const instant = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

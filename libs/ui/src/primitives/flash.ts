import { Directive, ElementRef, effect, inject, input, untracked } from '@angular/core';

/** Least time between two flashes of one cell. */
const CELL_GAP_MS = 500;
/** Beyond this many flashes in one frame the rest are skipped: a wall of light tells nothing. */
const PER_FRAME = 20;
/** How long the still mark of reduced motion stays. */
const STILL_MS = 1000;

interface FlashWorld {
  now(): number;
  /** Equal within one animation frame, different in the next. */
  frame(): number;
  reducedMotion(): boolean;
  later(run: () => void, ms: number): void;
}

/**
 * Decides and draws flashes; one for the page, so that the budget per frame is one. Cells are held weakly.
 * `flash` costs two attribute writes and reads no layout.
 */
export class Flasher {
  private readonly last = new WeakMap<Element, { at: number; turn: 0 | 1 }>();
  private readonly world: FlashWorld;
  private currentFrame = -1;
  private inFrame = 0;

  constructor(world: FlashWorld) {
    this.world = world;
  }

  /** Flashes a cell whose value went up or down; returns whether it did. */
  flash(cell: HTMLElement, direction: 'up' | 'down'): boolean {
    const now = this.world.now();
    const last = this.last.get(cell);
    if (last && now - last.at < CELL_GAP_MS) return false;
    const frame = this.world.frame();
    if (frame !== this.currentFrame) {
      this.currentFrame = frame;
      this.inFrame = 0;
    }
    if (this.inFrame >= PER_FRAME) return false;
    this.inFrame += 1;
    const turn = last?.turn === 0 ? 1 : 0;
    this.last.set(cell, { at: now, turn });
    if (this.world.reducedMotion()) this.still(cell, direction, now);
    else cell.dataset['flash'] = `${direction}-${turn}`;
    return true;
  }

  /** For a cell that is given to another value: its next change is not a movement of the old one. */
  forget(cell: HTMLElement): void {
    this.last.delete(cell);
    delete cell.dataset['flash'];
    delete cell.dataset['flashStill'];
  }

  private still(cell: HTMLElement, direction: 'up' | 'down', at: number): void {
    cell.dataset['flashStill'] = direction;
    this.world.later(() => {
      if (this.last.get(cell)?.at === at) delete cell.dataset['flashStill'];
    }, STILL_MS);
  }
}

let reduced: MediaQueryList | undefined;
function browserWorld(): FlashWorld {
  return {
    now: () => performance.now(),
    frame: () => Number(document.timeline?.currentTime ?? Math.floor(performance.now() / 16)),
    reducedMotion: () => (reduced ??= matchMedia('(prefers-reduced-motion: reduce)')).matches,
    later: (run, ms) => void setTimeout(run, ms),
  };
}

let shared: Flasher | undefined;
/** The page's flasher, used by the directive and by the grid's renderers. */
export const pageFlasher = (): Flasher => (shared ??= new Flasher(browserWorld()));

/** Flashes its element when the number given to it rises or falls. The first value and a missing one never flash. */
@Directive({ selector: '[zFlash]' })
export class FlashCell {
  readonly value = input.required<number | null | undefined>({ alias: 'zFlash' });
  /** What the value belongs to; when it changes, the next value is a first one. */
  readonly key = input('', { alias: 'zFlashKey' });

  constructor() {
    const cell = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    let previous: number | null = null;
    let previousKey: string | null = null;
    effect(() => {
      const value = this.value();
      const key = this.key();
      untracked(() => {
        if (key !== previousKey) {
          pageFlasher().forget(cell);
          previous = null;
        }
        previousKey = key;
        if (typeof value !== 'number' || !Number.isFinite(value)) return;
        if (previous !== null && value !== previous) pageFlasher().flash(cell, value > previous ? 'up' : 'down');
        previous = value;
      });
    });
  }
}

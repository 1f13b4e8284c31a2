import type { Channel } from '@ziggy/contracts';
import { Observable, share } from 'rxjs';
import type { StreamClientDeps } from './deps.ts';
import type { ChannelSide } from './side.ts';

/** One frame as it went over the wire. */
export interface FrameSample {
  readonly channel: Channel;
  readonly direction: 'in' | 'out';
  /** When we saw it, epoch ms. */
  readonly at: number;
  /** Length of the text in UTF-16 units; for our JSON that is its size in bytes. */
  readonly size: number;
  /** The text, cut at {@link SHOWN_TEXT}. */
  readonly text: string;
}

/** What an inspector is shown at once: the newest frames, and how many more there were. */
export interface FrameSamples {
  readonly frames: readonly FrameSample[];
  /** Frames since the last delivery that had no room. */
  readonly skipped: number;
}

const SHOWN_TEXT = 4_096;
const PER_DELIVERY = 200;

/** The frames of every channel while somebody looks, gathered per animation frame; nobody looking costs nothing. */
export function inspectFrames(
  deps: Pick<StreamClientDeps, 'clock' | 'nextFrame'>,
  sides: readonly { readonly channel: Channel; readonly side: Pick<ChannelSide, 'inspect'> }[],
): Observable<FrameSamples> {
  return new Observable<FrameSamples>((subscriber) => {
    let frames: FrameSample[] = [];
    let skipped = 0;
    let cancel: (() => void) | null = null;
    const deliver = (): void => {
      cancel = null;
      const batch = { frames, skipped };
      frames = [];
      skipped = 0;
      subscriber.next(batch);
    };
    for (const { channel, side } of sides) {
      side.inspect((direction, text) => {
        const sample = { channel, direction, at: deps.clock.now(), size: text.length, text: text.slice(0, SHOWN_TEXT) };
        if (frames.length < PER_DELIVERY) frames.push(sample);
        else skipped++;
        cancel ??= deps.nextFrame(deliver);
      });
    }
    return () => {
      for (const { side } of sides) side.inspect(null);
      cancel?.();
    };
  }).pipe(share());
}

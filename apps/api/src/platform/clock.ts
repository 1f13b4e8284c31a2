import { Injectable } from '@nestjs/common';
import type { Clock } from '@ziggy/domain';

/** The machine's own time, epoch milliseconds. The one place of the API that reads it; everything else is given a clock. */
@Injectable()
export class WallClock implements Clock {
  now(): number {
    return Date.now();
  }
}

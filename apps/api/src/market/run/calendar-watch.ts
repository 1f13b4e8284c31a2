import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { LiveBars } from '../../charts/live/live-bars.ts';
import { CalendarOverrides } from '../calendar/calendar-overrides.ts';
import { Venues } from '../calendar/venues.ts';

const CALENDARS_EVERY_MS = 30_000;

/** Reads the operators' changes of the calendars while the process runs. */
@Injectable()
export class CalendarWatch implements OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly calendars: CalendarOverrides,
    private readonly venues: Venues,
    private readonly live: LiveBars,
  ) {}

  onApplicationBootstrap(): void {
    this.calendars.onChanged(() => {
      this.venues.forget();
      this.live.reanchor();
    });
    this.#timer = setInterval(() => void this.calendars.load(), CALENDARS_EVERY_MS);
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}

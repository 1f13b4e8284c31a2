import { Injectable, inject, signal } from '@angular/core';
import type { RunningMarket } from '@ziggy/stream-client';
import { PORTAL_CONFIG } from './environment.ts';

/** The running market, known without a stream: what the server said at start, then what each hello says. */
@Injectable({ providedIn: 'root' })
export class KnownMarket {
  readonly market = signal<RunningMarket>(inject(PORTAL_CONFIG).market);
}

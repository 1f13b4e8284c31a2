import { Injectable } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { BarHistory } from '../../charts/history/bar-history.ts';
import { BarResume } from './bar-resume.ts';
import { BrainSupply } from './brain-supply.ts';
import { MarketLead } from './market-lead.ts';
import { QuoteIntake } from './quote-intake.ts';
import { WantedSymbols } from './wanted-symbols.ts';

/** What happens here when this process leads and when it does not. */
@Injectable()
export class MarketFlow {
  #wanting: Subscription | null = null;

  constructor(
    private readonly lead: MarketLead,
    private readonly history: BarHistory,
    private readonly wanted: WantedSymbols,
    private readonly resume: BarResume,
    private readonly intake: QuoteIntake,
    private readonly supply: BrainSupply,
  ) {}

  /** Resolves when the stored state is read, and ticks flow if this process leads. */
  async start(): Promise<void> {
    this.lead.on({ lead: () => this.history.forgetCoverage() });
    this.lead.on({ lead: () => this.resume.resume(this.wanted.all), follow: () => this.resume.interrupt() });
    this.lead.on({ lead: () => this.intake.start(), silence: () => this.intake.stop() });
    // What was seeded from a store that another process was still filling is seeded again.
    this.lead.on({ lead: (again) => (again ? this.supply.start() : undefined) });
    this.#wanting = this.wanted.start((came) => {
      if (this.lead.leading) this.resume.resumeBeside(came);
    });
    await this.lead.start();
  }

  async stop(): Promise<void> {
    this.#wanting?.unsubscribe();
    await this.lead.stop();
  }

  /** What is known of the history belongs to the leader. */
  async flush(): Promise<void> {
    if (this.lead.stores) await this.history.saveCoverage();
  }
}

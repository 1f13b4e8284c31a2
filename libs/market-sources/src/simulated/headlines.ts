import type { Session, Symbol } from '@ziggy/domain';
import type { RawNews } from '../port.ts';
import { MODEL } from './params.ts';
import type { SimulatedMarket } from './sim-market.ts';
import { HashPrefix, sha256Hex } from './sha256.ts';
import { Stream } from './stream.ts';
import type { Profile } from './universe.ts';

const { floor } = Math;
const MINUTE_MS = 60_000;

export const NEWS_LEADS = ['none', 'planted'] as const;
/** `planted` puts headlines before the move that they tell, so that a test which must find an edge has one to find. */
export type NewsLead = (typeof NEWS_LEADS)[number];

/** How long before its move a planted headline appears, at least and at most. */
const PLANTED_MS = { least: 60_000, most: 600_000 } as const;

export type Tone = 'positive' | 'negative' | 'neutral';

/** One headline with the truth behind it, which only tests may read. */
export interface Headline {
  readonly guid: string;
  readonly symbol: Symbol;
  /** Market time of its publication, epoch ms. */
  readonly at: number;
  readonly title: string;
  readonly summary: string;
  readonly tone: Tone;
  /** Log size of the jump that it follows; null for one that follows nothing. */
  readonly jump: number | null;
}

interface Wording {
  readonly title: string;
  readonly summary: string;
}

/** Own sentences about nothing that ever happened; `{name}` is the listing's name. */
const WORDINGS: Readonly<Record<Tone, readonly Wording[]>> = {
  positive: [
    { title: '{name} beats expectations for the quarter', summary: 'Revenue and profit came in above the consensus.' },
    { title: '{name} raises its outlook for the year', summary: 'The company expects stronger demand than before.' },
    { title: 'Analysts upgrade {name} after strong orders', summary: 'The rating was raised to buy.' },
    { title: '{name} wins a large contract', summary: 'Deliveries begin within the year and lift the margin.' },
    { title: '{name} gains after a favourable ruling', summary: 'The court dismissed the complaint.' },
    { title: '{name} announces a larger buyback', summary: 'The board approved more money for its own shares.' },
  ],
  negative: [
    { title: '{name} misses expectations for the quarter', summary: 'Revenue and profit fell short of the consensus.' },
    { title: '{name} cuts its outlook for the year', summary: 'The company warns of weaker demand than before.' },
    { title: 'Analysts downgrade {name} on slowing orders', summary: 'The rating was lowered to sell.' },
    { title: '{name} loses a large contract', summary: 'The customer turns to a competitor, and the margin suffers.' },
    { title: '{name} faces an investigation', summary: 'The regulator asks for documents about past sales.' },
    { title: '{name} recalls a product after complaints', summary: 'The recall will weigh on the results.' },
  ],
  neutral: [
    { title: '{name} sets the date of its annual meeting', summary: 'Shareholders will be asked to elect the board.' },
    { title: '{name} will speak at an industry conference', summary: 'A recording will be available afterwards.' },
    { title: '{name} opens a new office', summary: 'The move does not change the number of employees.' },
    { title: '{name} names a new head of communications', summary: 'The change takes effect next month.' },
  ],
};

/** Of the market as a whole, where the index jumps. */
const MARKET_WORDINGS: Readonly<Record<Exclude<Tone, 'neutral'>, readonly Wording[]>> = {
  positive: [
    { title: 'Stocks rally across sectors', summary: 'Buying was broad, and volatility fell.' },
    { title: 'Markets surge after encouraging inflation data', summary: 'Prices rose less than feared.' },
  ],
  negative: [
    { title: 'Stocks plunge across sectors', summary: 'Selling was broad, and volatility rose.' },
    { title: 'Markets slump on recession fears', summary: 'The latest survey was weaker than expected.' },
  ],
};

/** The headlines of a session: one to three after each jump, and some about nothing. A function of seed, symbol and session. */
export class Headlines {
  readonly #market: SimulatedMarket;
  readonly #lead: NewsLead;
  readonly #stream = new Stream('');

  constructor(market: SimulatedMarket, lead: NewsLead) {
    this.#market = market;
    this.#lead = lead;
  }

  /** By time. */
  of(profile: Profile, index: number): Headline[] {
    const session = this.#market.sessions(profile.calendar).at(index);
    const stream = this.#stream.rekey(new HashPrefix(`${this.#market.seed}|news|${profile.symbol}|`), session.date);
    const found: Headline[] = [];
    const noisy = stream.uniform() < MODEL.news.noisePerSession;
    const noise = { at: this.#anyTime(stream, session), tone: anyTone(stream), pick: stream.uniform() };
    if (noisy && profile.model !== 'index' && profile.model !== 'volatility') {
      found.push(this.#headline(profile, session, 0, noise.at, noise.tone, noise.pick, null));
    }
    const jump = this.#market.jump(profile, index);
    if (jump !== null) {
      const count = 1 + floor(stream.uniform() * MODEL.news.most);
      for (let n = 1; n <= count; n++) {
        const at = this.#timeOf(stream, session, jump.minute);
        const right = stream.uniform() < MODEL.news.right;
        const tone = jump.size > 0 === right ? 'positive' : 'negative';
        found.push(this.#headline(profile, session, n, at, tone, stream.uniform(), jump.size));
      }
    }
    return found.sort((a, b) => a.at - b.at || (a.guid < b.guid ? -1 : 1));
  }

  /** After the minute of the jump is over, or, planted, before it begins. */
  #timeOf(stream: Stream, session: Session, minute: number): number {
    const start = session.open + minute * MINUTE_MS;
    const u = stream.uniform();
    if (this.#lead === 'planted') return floor(start - PLANTED_MS.least - u * (PLANTED_MS.most - PLANTED_MS.least));
    return floor(start + MINUTE_MS + u * MODEL.news.withinMs);
  }

  /** Around an exchange's session, inside a round-the-clock one. */
  #anyTime(stream: Stream, session: Session): number {
    const around = session.preOpen < session.open ? MODEL.news.aroundMs : 0;
    const from = session.open - around;
    return floor(from + stream.uniform() * (session.close + around - from));
  }

  #headline(
    profile: Profile,
    session: Session,
    n: number,
    at: number,
    tone: Tone,
    pick: number,
    jump: number | null,
  ): Headline {
    const wordings = profile.model === 'index' && tone !== 'neutral' ? MARKET_WORDINGS[tone] : WORDINGS[tone];
    const { title, summary } = wordings[floor(pick * wordings.length)] as Wording;
    const name = profile.instrument.name.replace(' (simulated)', '');
    return {
      guid: sha256Hex(`${this.#market.key}|${profile.symbol}|${session.date}|${n}`).slice(0, 32),
      symbol: profile.symbol,
      at,
      title: `[Simulated] ${title.replace('{name}', name)}`,
      summary: `${summary} Made up by the simulator.`,
      tone,
      jump,
    };
  }
}

function anyTone(stream: Stream): Tone {
  const u = stream.uniform();
  return u < 0.3 ? 'positive' : u < 0.6 ? 'negative' : 'neutral';
}

/** A headline as the port tells it; the truth stays behind. */
export function rawNewsOf(headline: Headline, receivedAt: number): RawNews {
  const { guid, title, summary, at, symbol } = headline;
  return {
    guid,
    title,
    summary,
    url: null,
    publisher: 'Simulator',
    language: 'en',
    publishedAt: at,
    receivedAt,
    symbols: [symbol],
    kind: 'simulated',
  };
}

import type { QuotesAnswer } from '@ziggy/contracts';
import type { Phase, Symbol } from '@ziggy/domain';
import { entityTag } from '../../platform/etag.ts';
import { JsonText } from '../../platform/json-text.ts';
import type { QuoteRecord } from './quote-record.ts';
import { quoteEntry } from './quote-view.ts';
import type { AskedQuote, QuoteViewContext } from './quote-view.ts';
import { ageOf } from './wire-provenance.ts';

/** What stands before and after the age in the text of an entry; the age is the only member that a clock moves. */
const AGE = '"ageMs":';
const AFTER_AGE = '},"reason":null}';

/** The text of one quote up to its age, and of what it was made. */
interface HeldText {
  readonly head: string;
  readonly tag: string;
  readonly update: QuoteRecord['update'];
  readonly brain: QuoteRecord['brain'];
  readonly v: number;
  readonly stale: boolean;
  readonly avgVolume20: number | null;
  readonly batchId: number | null;
  readonly phase: Phase;
}

/**
 * Writes the answer of `/market/quotes`. The text of a quote is made once for each state that somebody asks for and put
 * together from then on: between two ticks only its age changes. The bytes are those of `JSON.stringify` over the view.
 */
export class QuoteTexts {
  readonly #plain = new WeakMap<QuoteRecord, HeldText>();
  readonly #withBrain = new WeakMap<QuoteRecord, HeldText>();

  /** One entry per asked symbol, in order; the tag is made of the entries' states. */
  answer(asked: readonly AskedQuote[], withBrain: boolean, context: QuoteViewContext): JsonText<QuotesAnswer> {
    const entries: string[] = [];
    let states = '';
    for (const one of asked) {
      const { record } = one;
      if (record === undefined || record.expired) {
        const text = JSON.stringify(quoteEntry(one, withBrain, context));
        entries.push(text);
        states += text;
        continue;
      }
      const held = this.#held(one.symbol, record, withBrain, context);
      entries.push(held.head + ageOf(record.update.receivedAt, context.marketNow) + AFTER_AGE);
      states += held.tag;
    }
    return new JsonText(`{"items":[${entries.join(',')}],"nextCursor":null}`, entityTag(states));
  }

  #held(symbol: Symbol, record: QuoteRecord, withBrain: boolean, context: QuoteViewContext): HeldText {
    const texts = withBrain ? this.#withBrain : this.#plain;
    const phase = context.venues.state(record.instrument.calendar, context.marketNow).phase;
    const known = texts.get(record);
    if (known !== undefined && isOf(known, record, phase)) return known;
    const text = JSON.stringify(
      quoteEntry({ symbol, record, missing: 'no_data', expired: 'stale' }, withBrain, context),
    );
    const head = text.slice(0, text.lastIndexOf(AGE) + AGE.length);
    const { update, brain, v, stale, avgVolume20, batchId } = record;
    const held = { head, tag: entityTag(head), update, brain, v, stale, avgVolume20, batchId, phase };
    texts.set(record, held);
    return held;
  }
}

function isOf(held: HeldText, record: QuoteRecord, phase: Phase): boolean {
  return (
    held.update === record.update &&
    held.v === record.v &&
    held.brain === record.brain &&
    held.stale === record.stale &&
    held.avgVolume20 === record.avgVolume20 &&
    held.batchId === record.batchId &&
    held.phase === phase
  );
}

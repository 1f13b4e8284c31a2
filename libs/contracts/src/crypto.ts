import { bar, quote } from './market.ts';
import { nullReason, provenanceFields, queryInt, symbol, symbolList } from './shared.ts';
import { z } from './zod.ts';

// ---- GET /crypto/quotes -------------------------------------------------------------------------
export const CRYPTO_QUOTES_MAX = 50;
export const cryptoQuotesQuery = z.strictObject({
  symbols: symbolList(CRYPTO_QUOTES_MAX).meta({
    description: `Comma list of pairs, at most ${CRYPTO_QUOTES_MAX}.`,
    example: 'BTC-USD',
  }),
});
export const cryptoQuote = z
  .object({
    ...quote.shape,
    change24hPct: z.number().nullable().meta({ description: 'Change against the price 24 hours before, percent.' }),
    reasons: z.record(z.string(), nullReason).meta({ description: 'Why a field is null, by its name.' }),
  })
  .meta({ id: 'CryptoQuote' });
export const cryptoQuotesAnswer = z
  .object({
    items: z.array(z.object({ symbol, quote: cryptoQuote.nullable(), reason: nullReason.nullable() })),
    nextCursor: z.null(),
  })
  .meta({ id: 'CryptoQuotes' });

// ---- GET /crypto/ohlc ---------------------------------------------------------------------------
export const CRYPTO_OHLC_MAX = 20;
export const CRYPTO_INTERVALS = ['1m', '5m', '15m', '1h', '1d'] as const;
/** Minutes of the longest span: a week. */
export const CRYPTO_MINUTES_MAX = 10_080;
export const cryptoOhlcQuery = z.strictObject({
  symbols: symbolList(CRYPTO_OHLC_MAX).meta({
    description: `Comma list of pairs, at most ${CRYPTO_OHLC_MAX}.`,
    example: 'BTC-USD',
  }),
  interval: z.enum(CRYPTO_INTERVALS).default('1m'),
  minutes: queryInt(1, CRYPTO_MINUTES_MAX).default(240).meta({
    description: 'Span of time before now; never a count of bars.',
  }),
});
export const cryptoOhlcAnswer = z
  .object({
    items: z.array(
      z.object({
        symbol,
        interval: z.enum(CRYPTO_INTERVALS),
        bars: z
          .array(bar)
          .nullable()
          .meta({ description: 'Ascending; null with a reason when there are none to show.' }),
        reason: nullReason.nullable(),
        ...provenanceFields,
      }),
    ),
    nextCursor: z.null(),
  })
  .meta({ id: 'CryptoOhlc' });

export type CryptoQuotesQuery = z.output<typeof cryptoQuotesQuery>;
export type CryptoQuotesAnswer = z.infer<typeof cryptoQuotesAnswer>;
export type CryptoOhlcQuery = z.output<typeof cryptoOhlcQuery>;
export type CryptoOhlcAnswer = z.infer<typeof cryptoOhlcAnswer>;

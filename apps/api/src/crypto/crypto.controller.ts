import { Controller, Get, Query } from '@nestjs/common';
import { cryptoOhlcAnswer, cryptoOhlcQuery, cryptoQuotesAnswer, cryptoQuotesQuery } from '@ziggy/contracts';
import type { CryptoOhlcAnswer, CryptoOhlcQuery, CryptoQuotesAnswer, CryptoQuotesQuery } from '@ziggy/contracts';
import { ApiRoute } from '../platform/api-route.ts';
import { zodPipe } from '../platform/zod.pipe.ts';
import { CryptoService } from './crypto.service.ts';

@Controller('crypto')
export class CryptoController {
  readonly #crypto: CryptoService;

  constructor(crypto: CryptoService) {
    this.#crypto = crypto;
  }

  @Get('quotes')
  @ApiRoute({
    operationId: 'crypto.quotes',
    tag: 'crypto',
    access: { role: 'viewer' },
    summary: 'Newest quotes of up to 50 coins, with the change of 24 hours',
    description:
      'One entry per asked pair, in order. `change24hPct` is against the close of the last five-minute bar that ended 24 hours ago. A symbol of another class is null with the reason `wrong_class`.',
    query: cryptoQuotesQuery,
    answer: cryptoQuotesAnswer,
    problems: ['validation_failed'],
    example: { query: { symbols: 'BTC-USD,ETH-USD' } },
    stage: 2,
  })
  quotes(@Query(zodPipe(cryptoQuotesQuery, 'query')) query: CryptoQuotesQuery): Promise<CryptoQuotesAnswer> {
    return this.#crypto.quotes(query);
  }

  @Get('ohlc')
  @ApiRoute({
    operationId: 'crypto.ohlc',
    tag: 'crypto',
    access: { role: 'viewer' },
    summary: 'Bars of up to 20 coins over the last minutes',
    description:
      'Bars that open within the last `minutes`, whatever the interval: a span of time, never a count of bars. The newest may still be forming (`closed` false). A symbol of another class is null with the reason `wrong_class`.',
    query: cryptoOhlcQuery,
    answer: cryptoOhlcAnswer,
    problems: ['validation_failed', 'unsupported_interval'],
    example: { query: { symbols: 'BTC-USD', interval: '5m', minutes: '60' } },
    stage: 2,
  })
  ohlc(@Query(zodPipe(cryptoOhlcQuery, 'query')) query: CryptoOhlcQuery): Promise<CryptoOhlcAnswer> {
    return this.#crypto.ohlc(query);
  }
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer, overviewAnswer, quotesAnswer, sourcesAnswer } from '@ziggy/contracts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';

describe('the recorded S&P 500 as the market', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({
      env: { MARKET_SOURCE: 'tape:sp500-daily', TAPE_SPEED: '200000', TAPE_START: '2015-03-02T14:00:00Z' },
    });
  });
  afterAll(() => app.close());

  it('says that it is recorded wherever it says anything', async () => {
    const sources = sourcesAnswer.parse((await app.get('/market/sources')).json());
    expect(sources.active).toMatchObject({ source: 'tape', kind: 'recorded', chosenBy: 'configuration' });
    const quotes = await eventually(
      async () => quotesAnswer.parse((await app.get('/market/quotes?symbols=%5EGSPC&include=brain')).json()),
      ({ items }) => items[0]?.quote != null && items[0].quote.brain?.volatility != null,
    );
    expect(quotes.items[0]).toMatchObject({
      symbol: '^GSPC',
      reason: null,
      quote: { kind: 'recorded', source: 'tape', market: sources.market },
    });
    const overview = overviewAnswer.parse((await app.get('/market/overview')).json());
    expect(overview).toMatchObject({ kind: 'recorded', market: sources.market });
    expect(overview.items).toHaveLength(1);
  });

  it('answers daily bars up to the playhead', async () => {
    const answer = await app.get('/market/bars/%5EGSPC?interval=1d&limit=50&indicators=sma(20),rsi(14)');
    expect(answer.status).toBe(200);
    const bars = barsAnswer.parse(answer.json());
    expect(bars.items).toHaveLength(50);
    expect(bars).toMatchObject({ kind: 'recorded', calendar: 'XNYS', gaps: [] });
    expect(bars.indicators['sma(20)']?.['value']?.every((value) => value !== null)).toBe(true);
  });
});

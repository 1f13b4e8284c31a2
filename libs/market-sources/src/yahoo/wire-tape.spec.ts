import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import { FAKE_COOKIE, FAKE_CRUMB, json } from '../testing/fake-yahoo.ts';
import { readWireTape, tapeFetch } from '../testing/tape-fetch.ts';
import { YahooWorld } from '../testing/yahoo-world.ts';

let world: YahooWorld;
const { error: print } = console;
beforeEach(() => {
  // The library prints the address of a failed request.
  console.error = () => undefined;
  world = new YahooWorld();
});
afterEach(async () => {
  await world.end();
  console.error = print;
});

/** What a source is asked on an ordinary morning. */
async function morning(of: YahooWorld): Promise<string> {
  const bars = await of.value(of.days());
  const minutes = await of.value(of.bars('ZZB', '5m', of.time.now() - 3_600_000, of.time.now()));
  const instrument = await of.value(of.source.instrument('ZZA' as Symbol, of.context()));
  const found = await of.value(of.source.search({ text: 'zz', limit: 5 }, of.context()));
  const actions = await of.value(
    of.source.actions({ symbol: 'ZZA' as Symbol, from: 0, to: of.time.now() }, of.context()),
  );
  const log = of.watch(['ZZA', 'ZLATE']);
  await of.time.until(() => log.quotes.length >= 2, 20_000);
  log.stop();
  return JSON.stringify([
    bars,
    minutes,
    instrument,
    found,
    actions,
    log.quotes.map(({ receivedAt: _, ...rest }) => rest),
  ]);
}

const written = (of: YahooWorld): string => of.tape.map((line) => `${JSON.stringify(line)}\n`).join('');

describe('a wire tape', () => {
  it('plays back what was recorded, through the real library', async () => {
    const live = await morning(world);
    const replay = new YahooWorld(undefined, undefined, tapeFetch(readWireTape(written(world))));
    expect(await morning(replay)).toBe(live);
    await replay.end();
  });

  it('holds no crumb, no cookie and no request for them', async () => {
    await morning(world);
    const text = written(world);
    expect(text).not.toContain(FAKE_CRUMB);
    expect(text).not.toContain(FAKE_COOKIE);
    expect(text).not.toMatch(/crumb|cookie/i);
    expect(world.tape.length).toBeGreaterThan(4);
    for (const { key, status, recordedAt } of readWireTape(text)) {
      expect(key).toMatch(/^GET query[12]\.finance\.yahoo\.com\//);
      expect([status, recordedAt > 0]).toEqual([200, true]);
    }
  });

  it('fails what it does not hold as TapeMiss, asked once', async () => {
    await world.value(world.days());
    const replay = new YahooWorld(undefined, undefined, tapeFetch(readWireTape(written(world))));
    expect((await replay.value(replay.days())).length).toBeGreaterThan(15);
    expect(await replay.failure(replay.days('ZZB'))).toMatchObject({ code: 'TapeMiss', retryable: false });
    expect(replay.records.filter(({ failure }) => failure === 'tape_miss')).toHaveLength(1);
    await replay.end();
  });

  it('gives answers of one request in their order, the last one for ever', async () => {
    world.yahoo.answer('/v8/finance/chart/', () => json({}, 503), 1);
    await world.value(world.days());
    const fetch = tapeFetch(readWireTape(written(world)));
    const address = world.yahoo.asked[0] ?? '';
    const statuses = [await fetch(address), await fetch(address), await fetch(address)].map(({ status }) => status);
    expect(statuses).toEqual([503, 200, 200]);
  });

  it('that was cut off plays up to its last whole line', () => {
    const line = JSON.stringify({ key: 'GET x', status: 200, headers: {}, body: '', recordedAt: 1 });
    expect(readWireTape(`${line}\n${line}\n${line.slice(0, 9)}`)).toHaveLength(2);
    expect(readWireTape('')).toEqual([]);
  });
});

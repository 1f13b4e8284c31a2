import { describe, expect, it } from '@jest/globals';
import { ApiProcess } from './harness/api-process.ts';
import { seriousFindings } from './harness/axe.ts';
import { eventually } from './harness/eventually.ts';
import { page, watched, useBrowser, usePage, open, textOf } from './harness/scene.ts';

/** What a browser says while one run ends and the next begins. */
const RUN_CHANGES =
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_CONNECTION_CLOSED|WebSocket connection to|answer 503|503 \(Service|answer 409|409 \(Conflict/;

const tape = { MARKET_SOURCE: 'tape:sp500-daily', TAPE_START: '2008-09-15T12:00:00Z', TAPE_PAUSED: 'true' };
useBrowser(() => ApiProcess.start(tape));
usePage();

const position = (): Promise<string> => textOf('[data-field="replay.at"] .z-fig-text');
const newestBar = (): Promise<string> => textOf('z-candle-table tbody th');
const state = (): Promise<string | null> => page.locator('z-replay-bar .bar').getAttribute('data-state');
async function openTape(path: string): Promise<void> {
  await open(path);
  await page.locator('z-replay-bar .bar').waitFor();
}
/** Presses a button once it can act. */
async function press(name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  await eventually(async () => expect(await button.getAttribute('aria-disabled')).toBeNull());
  await button.click();
}

describe('a recorded market', () => {
  it('marks every page as recorded, with day and state in the chip, hatch and watermark', async () => {
    for (const path of ['markets', 'symbols/%5EGSPC?tf=1d']) {
      await openTape(path);
      expect(await page.title()).toMatch(/^\[REC\] /);
      await eventually(async () => expect(await textOf('z-environment-chip')).toMatch(/^Recorded 2008-09-1\d paused/));
      expect(await page.locator('z-environment-frame').getAttribute('data-kind')).toBe('recorded');
      expect(await seriousFindings(page)).toEqual([]);
    }
    await eventually(async () =>
      expect(await page.locator('z-watermark').first().getAttribute('data-word')).toBe('recorded'),
    );
  });

  it('steps by record and by bar: the playhead moves, and the bar is there', async () => {
    await openTape('symbols/%5EGSPC?tf=1d&view=table&ind=sma(20)');
    const before = await position();
    await press('Record');
    await eventually(async () => expect(await position()).not.toBe(before));
    await press('Bar');
    await eventually(async () => expect(await newestBar()).toBe('Sep 15, 2008'));
    await press('Bar');
    await eventually(async () => expect(await newestBar()).toBe('Sep 16, 2008'));
    expect(await state()).toBe('paused');
  });

  it('goes forward to a time, and back only as another run after a question', async () => {
    await openTape('symbols/%5EGSPC?tf=1d&view=table&ind=none');
    await page.getByLabel('Time in the tape, UTC').fill('2035-01-01T00:00');
    await press('Go');
    await eventually(async () => expect(await textOf('#z-replay-time-fault')).toBe('Outside of the tape.'));
    await page.getByLabel('Time in the tape, UTC').fill('2020-04-10T12:00');
    await press('Go');
    await eventually(async () => expect(await position()).toBe('Apr 10, 2020, 12:00'), 60_000);
    await eventually(async () => expect(await newestBar()).toBe('Apr 9, 2020'), 30_000);

    await page.getByLabel('Time in the tape, UTC').fill('2009-03-09T12:00');
    await press('Go');
    await eventually(async () => expect(await textOf('[role="dialog"]')).toContain('next run'));
    expect(await seriousFindings(page)).toEqual([]);
    watched.allow(RUN_CHANGES);
    await press('Begin the next run there');
    await eventually(async () => expect(await position()).toBe('Mar 9, 2009, 12:00'), 90_000);
    await eventually(async () => expect(await newestBar()).toBe('Mar 6, 2009'), 60_000);
    watched.allow();
  }, 240_000);

  // The last one: before anybody can pause it, the whole tape may be over.
  it('plays at the greatest speed, bars arrive, and it pauses where it is told', async () => {
    await openTape('symbols/%5EGSPC?tf=1d&view=table&ind=sma(20)');
    const before = await newestBar();
    await page.getByLabel('Speed').fill('0.01');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await textOf('#z-replay-speed-fault')).toBe('0.1 to 1000, or max.'));
    await page.getByLabel('Speed').fill('max');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await textOf('#z-replay-speed-fault')).toBe(''));
    await press('Play');
    await eventually(async () => expect(await newestBar()).not.toBe(before));
    await press('Pause');
    await eventually(async () => expect(await state()).toMatch(/paused|ended/));
  });
});

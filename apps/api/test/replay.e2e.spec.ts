import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem, replayAnswer, sourcesAnswer } from '@ziggy/contracts';
import type { ReplayAnswer } from '@ziggy/contracts';
import { ask, eventually, startApp } from './harness.ts';
import { audited } from './identity-testing.ts';
import { endServers, requireBuild, signInAt, startServer } from './process-testing.ts';
import type { TestAnswer, TestApp } from './harness.ts';

const post = (app: TestApp, what: string, body?: unknown): Promise<TestAnswer> =>
  ask(`${app.url}/ops/replay/${what}`, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
const replayOf = (answer: TestAnswer): ReplayAnswer => {
  expect(answer.status).toBe(200);
  return replayAnswer.parse(answer.json());
};
const state = async (app: TestApp): Promise<ReplayAnswer> => replayOf(await app.get('/ops/replay'));

describe('the replay of a tape', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({
      env: { MARKET_SOURCE: 'tape:sp500-daily', TAPE_PAUSED: 'true', TAPE_START: '2015-03-02T14:00:00Z' },
    });
  });
  afterAll(() => app.close());

  it('stands until it is played, steps, and says where it is', async () => {
    const first = await state(app);
    expect(first).toMatchObject({ state: 'paused', run: 1, at: '2015-03-02T14:00:00.000Z', speed: 20_000 });
    const stepped = replayOf(await post(app, 'step', { by: 'record' }));
    expect(stepped).toMatchObject({ played: first.played + 1, at: '2015-03-02T14:30:00.000Z', state: 'paused' });
    const bar = replayOf(await post(app, 'step', { by: 'bar' }));
    expect(bar).toMatchObject({ played: first.played + 2, at: '2015-03-02T21:00:00.000Z' });
    expect(bar.hash).not.toBe(first.hash);
    const sources = sourcesAnswer.parse((await app.get('/market/sources')).json());
    expect(sources.clock).toMatchObject({ now: '2015-03-02T21:00:00.000Z', state: 'paused', speed: 0 });
  });

  it('plays and pauses at the speed that was set', async () => {
    expect(replayOf(await post(app, 'speed', { speed: 'max' })).speed).toBe('max');
    expect(replayOf(await post(app, 'play')).state).toBe('playing');
    expect((await post(app, 'step', { by: 'record' })).status).toBe(409);
    await eventually(
      () => state(app),
      ({ at }) => at > '2015-04',
    );
    expect(replayOf(await post(app, 'pause')).state).toBe('paused');
    const stands = await state(app);
    expect(await state(app)).toEqual(stands);
  });

  it('refuses a speed outside its range and a time that is none', async () => {
    for (const [what, body] of [
      ['speed', { speed: 0 }],
      ['speed', { speed: 1001 }],
      ['seek', { at: 'tomorrow' }],
      ['step', { by: 'day' }],
    ] as const) {
      const answer = await post(app, what, body);
      expect([what, answer.status]).toEqual([what, 422]);
    }
  });

  it('seeks forward, and back into the next run, which is a market of its own', async () => {
    const at = new Date(Date.parse((await state(app)).at) + 30 * 86_400_000).toISOString();
    expect(replayOf(await post(app, 'seek', { at })).run).toBe(1);
    const forward = await eventually(
      () => state(app),
      ({ seekingTo }) => seekingTo === null,
      15_000,
    );
    expect(forward).toMatchObject({ at, state: 'paused', run: 1 });
    const back = replayOf(await post(app, 'seek', { at: '2015-01-05T15:00:00Z' }));
    expect(back.nextRun).toEqual({ run: 2, at: '2015-01-05T15:00:00.000Z' });
    const next = await eventually(
      () => state(app),
      ({ run }) => run === 2,
      15_000,
    );
    expect(next).toMatchObject({
      at: '2015-01-05T15:00:00.000Z',
      state: 'paused',
      market: `tape:${next.tapeId.slice(0, 12)}/2`,
    });
    // Each turn of a control that was taken is in the audit, and none that was refused.
    const turns = (await audited(app, 'replay.')).map(({ action, after, actor }) => [action, after, actor]);
    const { userId } = app.speaker;
    expect(turns).toEqual([
      ['replay.stepped', { by: 'record' }, userId],
      ['replay.stepped', { by: 'bar' }, userId],
      ['replay.speed_set', { speed: 'max' }, userId],
      ['replay.played', null, userId],
      ['replay.paused', null, userId],
      ['replay.sought', { at }, userId],
      ['replay.run_begun', { run: 2, at: '2015-01-05T15:00:00.000Z' }, userId],
    ]);
  }, 60_000);
});

describe('two ways to one market time', () => {
  const paths = {
    'played at max': async (app: TestApp) => {
      await post(app, 'speed', { speed: 'max' });
      await post(app, 'play');
      await eventually(
        () => state(app),
        ({ state: now }) => now === 'ended',
        15_000,
      );
    },
    sought: async (app: TestApp) => void (await post(app, 'seek', { at: '2020-04-19T00:00:00Z' })),
  };

  it('have one hash', async () => {
    const hashes: Record<string, string | null> = {};
    for (const [name, go] of Object.entries(paths)) {
      const app = await startApp({
        env: { MARKET_SOURCE: 'tape:sp500-daily', TAPE_PAUSED: 'true', TAPE_START: '2020-03-16T14:00:00Z' },
      });
      await go(app);
      await eventually(
        () => state(app),
        ({ seekingTo }) => seekingTo === null,
        15_000,
      );
      const { hash, played, records } = await state(app);
      expect(played).toBe(records);
      hashes[name] = hash;
      await app.close();
    }
    expect(hashes['sought']).toBe(hashes['played at max']);
  }, 60_000);
});

describe('a market that is no tape', () => {
  it('has no replay', async () => {
    const app = await startApp();
    for (const answer of [await app.get('/ops/replay'), await post(app, 'play'), await post(app, 'pause')]) {
      expect(answer.status).toBe(409);
      expect(problem.parse(answer.json())).toMatchObject({ code: 'invalid_state', state: 'simulated' });
    }
    await app.close();
  });
});

describe('a server of its own', () => {
  beforeAll(requireBuild);
  afterAll(endServers);

  it('goes back by opening the next run on the same port, and stops as ever', async () => {
    const server = await startServer({ MARKET_SOURCE: 'tape:sp500-daily', TAPE_PAUSED: 'true' });
    const origin = await signInAt(server);
    const at = '2007-06-01T15:00:00.000Z';
    const answer = await ask(`${origin}/ops/replay/seek`, {
      method: 'POST',
      body: JSON.stringify({ at }),
      headers: { 'content-type': 'application/json' },
    });
    expect(replayOf(answer).nextRun).toEqual({ run: 2, at });
    const next = await eventually(
      async () => replayOf(await ask(`${origin}/ops/replay`)),
      ({ run }) => run === 2,
      20_000,
    );
    expect(next).toMatchObject({ at, state: 'paused' });
    server.child.kill('SIGINT');
    expect(await server.ended).toEqual({ code: 0, signal: null });
  }, 60_000);
});

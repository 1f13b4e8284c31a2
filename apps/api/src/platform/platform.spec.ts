import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeadlineError, withinDeadline } from './deadline.ts';
import { entityTag, isSameEntity } from './etag.ts';
import { escapeHtml } from './html.ts';
import { Lifecycle, Readiness } from './lifecycle.ts';
import { createLogger } from './logger.ts';
import { bringsMetricsToken } from './metrics-access.ts';
import { nearest } from './nearest.ts';
import { knownError } from './problem.filter.ts';

const silent = createLogger({ level: 'silent' });

describe('nearest', () => {
  it('finds a known name behind one slip of the fingers, and nothing behind a foreign word', () => {
    const known = ['symbols', 'interval', 'limit', 'cursor'];
    const slip = fc.tuple(fc.constantFrom(...known), fc.nat(), fc.constantFrom('x', '')).map(([name, at, put]) => ({
      name,
      typed: name.slice(0, at % name.length) + put + name.slice((at % name.length) + 1),
    }));
    fc.assert(fc.property(slip, ({ name, typed }) => expect(nearest(typed, known)).toBe(name)));
    expect(nearest('banana', known)).toBeNull();
    expect(nearest('a'.repeat(100_000), known)).toBeNull();
  });
});

describe('entity tags', () => {
  it('are equal exactly when the answers are, but for their ages', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(), fc.option(fc.nat()), (left, right, age, otherAge) => {
        const tag = (value: unknown, ageMs: number | null) => entityTag(JSON.stringify({ value, ageMs }));
        expect(tag(left, age)).toBe(tag(left, otherAge));
        expect(tag(left, age) === tag(right, age)).toBe(JSON.stringify(left) === JSON.stringify(right));
      }),
    );
  });

  it('match by list, weakly and by star', () => {
    expect(['"a"', 'W/"a"', '"b", "a"', '*'].map((header) => isSameEntity(header, '"a"'))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([undefined, '', 'a', '"ab"'].map((header) => isSameEntity(header, '"a"'))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('deadlines', () => {
  it('abort the work and reject when it takes too long', async () => {
    let aborted = false;
    const work = withinDeadline(async (signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      await new Promise(() => undefined);
    }, 20);
    await expect(work).rejects.toThrow(DeadlineError);
    expect(aborted).toBe(true);
  });

  it('hand on what the work gives or throws', async () => {
    await expect(withinDeadline(async () => 7, 1_000)).resolves.toBe(7);
    await expect(withinDeadline(async () => Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
  });
});

describe('the log', () => {
  it('hides secrets in known fields at every depth, and passwords in connection strings anywhere', () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
    log.info(
      {
        token: 'canary-1',
        headers: { authorization: 'canary-2', cookie: 'canary-3', 'x-api-key': 'canary-4' },
        a: { b: { password: 'canary-5' } },
      },
      'x',
    );
    log
      .child({ apiKey: 'canary-6' })
      .warn({ err: new Error('cannot reach postgres://me:canary-7@host:5432/db') }, 'postgres://me:canary-8@host/db');
    expect(lines.join('')).not.toContain('canary');
    expect(lines.join('')).toContain('postgres://me:***@host/db');
  });
});

describe('stopping', () => {
  it('runs the stages outside-in, whatever the order of registration, and goes on after a failed step', async () => {
    const lifecycle = new Lifecycle(silent);
    const ran: string[] = [];
    lifecycle.onStop('stores', 'bars', () => void ran.push('stores'));
    lifecycle.onStop('clients', 'sockets', async () => {
      await Promise.resolve();
      ran.push(`clients, ${lifecycle.phase}`);
    });
    lifecycle.onStop('sources', 'broken', () => Promise.reject(new Error('no')));
    lifecycle.onStop('sources', 'feed', () => void ran.push('sources'));
    await lifecycle.beforeApplicationShutdown();
    expect(ran).toEqual(['clients, draining', 'sources', 'stores']);
    expect(lifecycle.draining.aborted).toBe(true);
  });

  it('gives a hurried goodbye a short time', async () => {
    const lifecycle = new Lifecycle(silent);
    let within = 0;
    lifecycle.onStop('clients', 'sockets', ({ withinMs }) => void (within = withinMs));
    lifecycle.beginDraining({ hurried: true });
    await lifecycle.beforeApplicationShutdown();
    expect(within).toBeLessThanOrEqual(2_000);
  });
});

describe('readiness', () => {
  it('is the worst of its parts, names each, and takes a probe that never ends for down', async () => {
    const lifecycle = new Lifecycle(silent);
    const readiness = new Readiness(lifecycle);
    expect((await readiness.check()).status).toBe('starting');
    lifecycle.started();
    readiness.register('source', () => 'degraded');
    readiness.register('database', () => new Promise(() => undefined));
    // The first answer is reused for a second; a new registry asks anew.
    const other = new Readiness(lifecycle);
    other.register('source', () => 'degraded');
    expect(await other.check()).toMatchObject({ status: 'degraded', checks: [{ name: 'source', status: 'degraded' }] });
    const stuck = new Readiness(lifecycle);
    stuck.register('database', () => new Promise(() => undefined));
    expect(await stuck.check()).toMatchObject({ status: 'down', checks: [{ name: 'database', status: 'down' }] });
  });

  it('asks its probes once for many callers', async () => {
    const lifecycle = new Lifecycle(silent);
    const readiness = new Readiness(lifecycle);
    let asked = 0;
    readiness.register('database', () => (asked++, 'ok'));
    await Promise.all(Array.from({ length: 50 }, () => readiness.check()));
    expect(asked).toBe(1);
  });
});

describe('the token of metrics', () => {
  it('is brought as a bearer, whole, and never when none is set', () => {
    const metricsToken = 'a-token-of-some-length';
    expect(bringsMetricsToken({ metricsToken }, `Bearer ${metricsToken}`)).toBe(true);
    for (const wrong of [undefined, '', metricsToken, `Bearer ${metricsToken}x`])
      expect(bringsMetricsToken({ metricsToken }, wrong)).toBe(false);
    expect(bringsMetricsToken({ metricsToken: null }, 'Bearer null')).toBe(false);
  });
});

it.each([
  [Object.assign(new Error('x'), { driverError: { code: '57P01' } }), 'database_unavailable'],
  [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'database_unavailable'],
  [new Error('timeout exceeded when trying to connect'), 'database_unavailable'],
  [Object.assign(new Error('x'), { driverError: { code: '42601' } }), 'internal'],
  [new DeadlineError('x'), 'deadline'],
  ['thrown text', 'internal'],
  [undefined, 'internal'],
])('knows the failure behind %p', (error, code) => {
  expect(knownError(error).code).toBe(code);
});

it('escapes what HTML would read', () => {
  expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
});

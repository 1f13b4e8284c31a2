import { describe, expect, it } from '@jest/globals';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ClockStore } from '../data/clock.store.ts';
import { NEW_KEY } from '../data/environment.ts';
import { RequestProblem } from '../data/problem.ts';
import { AuthStore } from './auth.store.ts';
import { FreshSignIn } from './fresh-sign-in.store.ts';

const NOW = Date.UTC(2026, 2, 4, 12);
const until = (ms: number) => ({ session: { id: 'ses_1', freshUntil: new Date(NOW + ms).toISOString() } });
const refused = (code: string) =>
  new RequestProblem({ code, status: 401, sentence: code, remedy: '', temporary: false });

/** Fresh for so long at first; a proof with the password `right` is good for five minutes. */
function aFresh(freshForMs: number) {
  const me = signal<unknown>(until(freshForMs));
  let keys = 0;
  TestBed.configureTestingModule({
    providers: [
      { provide: ClockStore, useValue: { now: signal(NOW) } },
      { provide: NEW_KEY, useValue: () => `key-${(keys += 1)}` },
      {
        provide: AuthStore,
        useValue: {
          me,
          proveAgain: async (password: string) => {
            if (password !== 'right') throw refused('invalid_credentials');
            me.set(until(300_000));
          },
        },
      },
    ],
  });
  return TestBed.inject(FreshSignIn);
}
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

describe('an act that needs a fresh sign-in', () => {
  it('is done at once while the proof is fresh', async () => {
    const fresh = aFresh(60_000);
    expect(await fresh.run((key) => Promise.resolve(key))).toBe('key-1');
    expect(fresh.asking()).toBe(false);
  });

  it('waits for the password when the proof is too old, and is sent once', async () => {
    const fresh = aFresh(2_000);
    const sent: string[] = [];
    const done = fresh.run((key) => Promise.resolve(sent.push(key)));
    await settled();
    expect([fresh.asking(), sent]).toEqual([true, []]);
    await expect(fresh.prove('wrong')).rejects.toThrow('invalid_credentials');
    expect(fresh.asking()).toBe(true);
    await fresh.prove('right');
    await done;
    expect([fresh.asking(), sent]).toEqual([false, ['key-1']]);
  });

  it('is sent again under the same key when the server finds the proof too old', async () => {
    const fresh = aFresh(60_000);
    const sent: string[] = [];
    const done = fresh.run((key) => {
      sent.push(key);
      return sent.length === 1 ? Promise.reject(refused('fresh_sign_in_required')) : Promise.resolve('done');
    });
    await settled();
    expect(fresh.asking()).toBe(true);
    await fresh.prove('right');
    expect(await done).toBe('done');
    expect(sent).toEqual(['key-1', 'key-1']);
  });

  it('is not done when the person would not prove, and other refusals are passed on', async () => {
    const fresh = aFresh(-1);
    let sent = 0;
    const done = fresh.run(() => Promise.resolve((sent += 1)));
    await settled();
    fresh.giveUp();
    await expect(done).rejects.toMatchObject({ code: 'not_proven' });
    expect([fresh.asking(), sent]).toEqual([false, 0]);
    TestBed.resetTestingModule();
    const other = aFresh(60_000);
    await expect(other.run(() => Promise.reject(refused('forbidden')))).rejects.toMatchObject({ code: 'forbidden' });
    expect(other.asking()).toBe(false);
  });
});

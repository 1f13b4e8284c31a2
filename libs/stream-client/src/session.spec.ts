import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import { CLOSE_CODES } from '@ziggy/contracts';
import { aRig } from './testing/index.ts';
import type { Rig } from './testing/index.ts';

/** A client whose sockets are opened with tickets, and whose token is renewed by the test. */
function aSignedInRig(next = false) {
  const token$ = new Subject<string>();
  const tickets: string[] = [];
  const refuse = { next };
  const rig = aRig({
    deps: {
      token$,
      socketUrl: (channel) => {
        if (refuse.next) return Promise.reject(new Error('Credentials are missing or wrong'));
        tickets.push(`k${tickets.length + 1}`);
        return Promise.resolve(`ws://test/ws/${channel}?ticket=${tickets.at(-1)}`);
      },
    },
  });
  rig.client.quotes(['AAPL']).subscribe();
  return { rig, token$, tickets, refuse };
}
const phaseOf = (rig: Rig) => {
  let phase = '';
  rig.client
    .state('market')
    .subscribe((state) => (phase = state.phase))
    .unsubscribe();
  return phase;
};

describe('the session of a stream', () => {
  it('takes a ticket of its own for each connect, right before it', async () => {
    const { rig, tickets } = aSignedInRig();
    await rig.time.advanceAsync(1_000);
    expect(tickets).toEqual(['k1']);
    rig.server.last.cut(CLOSE_CODES.token_expired, 'token expired');
    expect(tickets).toEqual(['k1']);
    await rig.time.advanceAsync(2_000);
    expect(tickets).toEqual(['k1', 'k2']);
    expect(rig.server.sockets.map(({ url }) => url)).toEqual([
      'ws://test/ws/market?ticket=k1',
      'ws://test/ws/market?ticket=k2',
    ]);
    expect(phaseOf(rig)).toBe('live');
    rig.client.disconnect();
  });

  it('backs off when no ticket is to be had, and never opens a socket without one', async () => {
    const { rig, refuse } = aSignedInRig(true);
    await rig.time.advanceAsync(20_000);
    expect(rig.server.sockets).toHaveLength(0);
    expect(phaseOf(rig)).toBe('backoff');
    refuse.next = false;
    await rig.time.advanceAsync(25_000);
    expect(phaseOf(rig)).toBe('live');
    rig.client.disconnect();
  });

  it('shows a renewed token on each open socket, which goes on', async () => {
    const { rig, token$ } = aSignedInRig();
    rig.client.events('alerts').subscribe();
    await rig.time.advanceAsync(2_000);
    token$.next('renewed');
    const sockets = [...rig.server.on('market'), ...rig.server.on('alerts')];
    expect(sockets).toHaveLength(2);
    for (const socket of sockets) expect(socket.commands('auth')).toEqual([{ type: 'auth', token: 'renewed' }]);
    await rig.time.advanceAsync(10_000);
    expect(phaseOf(rig)).toBe('live');
    expect(rig.server.sockets).toHaveLength(2);
    rig.client.disconnect();
  });

  it('keeps tokens from whoever inspects frames', async () => {
    const { rig, token$ } = aSignedInRig();
    const seen: string[] = [];
    rig.client.frames$.subscribe((samples) => seen.push(JSON.stringify(samples)));
    await rig.time.advanceAsync(2_000);
    token$.next('renewed');
    await rig.time.advanceAsync(2_000);
    expect(seen.join()).toContain('subscribe');
    expect(seen.join()).not.toContain('renewed');
    rig.client.disconnect();
  });

  it('stops for good when it is turned away, and says so', async () => {
    const { rig, tickets } = aSignedInRig();
    await rig.time.advanceAsync(1_000);
    rig.server.last.cut(CLOSE_CODES.bad_token, 'the session was ended');
    await rig.time.advanceAsync(120_000);
    expect(tickets).toEqual(['k1']);
    expect(phaseOf(rig)).toBe('stopped');
    rig.client.disconnect();
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Authenticator } from '../src/identity/access/authenticator.ts';
import { CredentialStates } from '../src/identity/access/credential-states.ts';
import { aPerson } from './people.ts';
import { StreamTestApp, refusedUpgrade } from './stream-testing.ts';

const MANY = {
  WS_CONNECTIONS_PER_ADDRESS: '1000',
  WS_CONNECTIONS_PER_USER: '1000',
  WS_CONNECTIONS_PER_PATH: '1000',
};

let app: StreamTestApp;
afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

describe('a door that many come to at once', () => {
  it('guarantee 23: reads a session that it does not know once for all its sockets', async () => {
    app = await StreamTestApp.start(MANY);
    const { headers } = await aPerson(app.app);
    const states = app.app.app.get(CredentialStates, { strict: false });
    const before = states.loads;
    const probes = await Promise.all(Array.from({ length: 200 }, () => app.connect('/ws/market', { headers })));
    await Promise.all(probes.map((probe) => probe.next('hello')));
    // Those who come while the first is being read share its read; who comes later finds it known.
    expect(states.loads - before).toBe(1);
  });

  it('says 503 and when to come again while credentials cannot be judged, and nothing about them', async () => {
    app = await StreamTestApp.start(MANY);
    const authenticator = app.app.app.get(Authenticator, { strict: false });
    jest.spyOn(authenticator, 'identify').mockRejectedValue(new Error('the database is away'));
    const refused = await refusedUpgrade(`${app.app.wsUrl}/ws/market`, { headers: { authorization: 'Bearer some' } });
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(refused.headers['retry-after']).toBeDefined();
  });
});

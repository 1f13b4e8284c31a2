import { auditAnswer } from '@ziggy/contracts';
import type { AuditAnswer, SignInAnswer } from '@ziggy/contracts';
import { Setup } from '../src/identity/sessions/setup.service.ts';
import { IdentityChanges } from '../src/identity/identity-changes.ts';
import { Links } from '../src/identity/users/links.ts';
import { ask } from './harness.ts';
import type { TestAnswer, TestApp } from './harness.ts';
import { anOrganisation, aPerson } from './people.ts';
import type { TestPerson } from './people.ts';

export const PASSWORD = 'correct horse battery';

/** Secret behind the `#token=` of a link. */
export function tokenOf(link: string | null): string {
  const token = link?.split('#token=')[1];
  if (token === undefined) throw new Error(`No token in ${link}`);
  return token;
}

export function setupToken(app: Pick<TestApp, 'app'>): Promise<string> {
  return app.app.get(Setup, { strict: false }).link('').then(tokenOf);
}

/** Sends JSON. */
export function send(
  app: Pick<TestApp, 'url'>,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
): Promise<TestAnswer> {
  return ask(`${app.url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A browser of the portal: keeps the cookie, names its origin, holds the access token in memory. */
export class TestBrowser {
  readonly #app: Pick<TestApp, 'url'>;
  cookie: string | null = null;
  accessToken: string | null = null;

  constructor(app: Pick<TestApp, 'url'>) {
    this.#app = app;
  }

  async post(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<TestAnswer> {
    return this.call('POST', path, body, headers);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TestAnswer> {
    const answer = await send(this.#app, method, path, {
      ...(body === undefined ? {} : { body }),
      headers: {
        origin: this.#app.url,
        'x-csrf': '1',
        ...(this.cookie === null ? {} : { cookie: this.cookie }),
        ...(this.accessToken === null ? {} : { authorization: `Bearer ${this.accessToken}` }),
        ...headers,
      },
    });
    const [set] = answer.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.includes('Max-Age=0') ? null : (set.split(';')[0] ?? null);
    return answer;
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.accessToken}`, cookie: this.cookie ?? '' };
  }

  async signIn(email: string, password = PASSWORD, code?: string): Promise<SignInAnswer> {
    const answer = await this.post('/auth/login', { email, password, ...(code === undefined ? {} : { code }) });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return this.keep(answer);
  }

  keep(answer: TestAnswer): SignInAnswer {
    const signedIn = answer.json<SignInAnswer & Record<string, unknown>>();
    this.accessToken = signedIn.accessToken;
    return signedIn;
  }
}

/** Sets a fresh installation up; its admin is `ada@example.com` with {@link PASSWORD}. */
export async function setUp(app: TestApp): Promise<{ browser: TestBrowser; signedIn: SignInAnswer }> {
  const browser = new TestBrowser(app);
  const answer = await browser.post('/auth/setup', {
    token: await setupToken(app),
    organisation: 'Analytical Engines',
    email: 'ada@example.com',
    password: PASSWORD,
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return { browser, signedIn: browser.keep(answer) };
}

/** What the audit says of acts whose names begin so, oldest first. */
export async function audited(app: Pick<TestApp, 'get'>, beginning: string): Promise<AuditAnswer['items']> {
  const answer = await app.get(`/audit?action=${beginning}&limit=200`);
  return auditAnswer.parse(answer.json()).items.toReversed();
}

/** Status and code of an answer. */
export function outcome(answer: TestAnswer): [number, string | undefined] {
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return [answer.status, isJson ? (answer.json()['code'] as string | undefined) : undefined];
}

/** Makes the examples of the document work: the secrets that they name exist, and a fresh admin sends them. */
export class ExampleWorld {
  readonly #app: TestApp;
  #organisation: Promise<string> | null = null;
  #sender: Promise<TestPerson> | null = null;

  constructor(app: TestApp) {
    this.#app = app;
  }

  /** Headers and body of an operation's example; `auth.setup` must be the first. */
  async request(operationId: string, body: unknown): Promise<{ headers: Record<string, string>; body: unknown }> {
    const filled = body === undefined ? undefined : JSON.parse(await this.#fill(JSON.stringify(body)));
    if (operationId === 'auth.setup') return { headers: {}, body: filled };
    this.#organisation ??= anOrganisation(this.#app);
    const organisationId = await this.#organisation;
    // What ends sessions gets one of its own; the others share one, since later examples change what earlier ones made.
    this.#sender ??= aPerson(this.#app, { organisationId });
    const person = await (operationId.startsWith('auth.') ? aPerson(this.#app, { organisationId }) : this.#sender);
    return {
      headers: {
        ...person.headers,
        cookie: `ziggy_refresh=${person.refreshToken}`,
        origin: this.#app.url,
        'x-csrf': '1',
      },
      body: filled,
    };
  }

  async #fill(text: string): Promise<string> {
    let filled = text;
    if (text.includes('{setupToken}')) filled = filled.replace('{setupToken}', await setupToken(this.#app));
    if (text.includes('{inviteToken}')) {
      const { userId } = await aPerson(this.#app, { role: 'viewer' });
      const changes = this.#app.app.get(IdentityChanges, { strict: false });
      const links = this.#app.app.get(Links, { strict: false });
      const link = await changes.transaction((db) => links.make(db, 'invitation', userId));
      filled = filled.replace('{inviteToken}', tokenOf(link));
    }
    return filled;
  }
}

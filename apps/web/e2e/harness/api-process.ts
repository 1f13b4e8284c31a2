import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const program = join(workspace, 'apps/api/dist/main.js');
const START_MS = 90_000;

/** A cookie as the browser is given it. */
export interface SessionCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly httpOnly: boolean;
  readonly sameSite: 'Strict';
}

/** A session of somebody, opened over REST. */
export interface Session {
  readonly accessToken: string;
  readonly cookies: readonly SessionCookie[];
}

/** Somebody with a password. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

/** The first administrator, as {@link ApiProcess.start} makes it. */
export const ADMIN = {
  email: 'ada@example.com',
  password: 'correct horse battery',
  organisation: 'Analytical Engines',
};

/** The built API as its own process, with its embedded PostgreSQL in a folder of its own and the simulated market of seed 1. */
export class ApiProcess {
  readonly port: number;
  readonly #dir: string;
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;
  #output = '';
  #admin: { readonly at: number; readonly token: string } | null = null;

  private constructor(port: number, dir: string, environment: Readonly<Record<string, string>>) {
    this.port = port;
    this.#dir = dir;
    this.#environment = environment;
  }

  /** @param environment variables that differ from the usual ones, e.g. another market source. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ApiProcess> {
    const api = await ApiProcess.startFresh(environment);
    await api.setUp().catch(async (error: unknown) => {
      await api.stop();
      throw error;
    });
    return api;
  }

  /** As {@link start}, but nobody has set the installation up. */
  static async startFresh(environment: Readonly<Record<string, string>> = {}): Promise<ApiProcess> {
    const dir = mkdtempSync(join(tmpdir(), 'ziggy-web-e2e-'));
    // As root PostgreSQL runs as another user, and puts its data elsewhere, to stay there, when that user may not walk in here.
    chmodSync(dir, 0o711);
    const api = new ApiProcess(await freePort(), dir, environment);
    await api.restart();
    return api;
  }

  /** The setup link as it was printed on the console. */
  get setupLink(): string {
    const link = /http:\/\/\S+\/app\/setup#token=\S+/.exec(this.#output)?.[0];
    if (link === undefined) throw new Error(`no setup link was printed: ${this.output}`);
    return link;
  }

  /** Makes the organisation and {@link ADMIN} by the printed link. */
  async setUp(): Promise<void> {
    const token = await eventually(() => this.setupLink.split('#token=')[1] ?? '');
    await this.#enter('/auth/setup', { token, ...ADMIN });
  }

  /** Signs somebody in and gives the session, as a browser would hold it. */
  signIn({ email, password }: { email: string; password: string } = ADMIN): Promise<Session> {
    return this.#enter('/auth/login', { email, password });
  }

  /** Invites somebody with a role, accepts the invitation, and gives what to sign in with. */
  async addMember(role: string, email = `${role}@example.com`, displayName = ''): Promise<Person> {
    const invited = await this.fetch('/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, role, displayName }),
    });
    if (!invited.ok) throw new Error(`/users is ${invited.status}: ${await invited.text()}`);
    const { id, inviteUrl } = (await invited.json()) as { id: string; inviteUrl: string };
    const newPassword = 'battery horse correct';
    const accepted = await fetch(`${this.url}/auth/password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: inviteUrl.split('#token=')[1], newPassword }),
    });
    if (!accepted.ok) throw new Error(`/auth/password is ${accepted.status}: ${await accepted.text()}`);
    return { id, email, password: newPassword };
  }

  /** Asks the API as {@link ADMIN}. */
  async fetch(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    if (this.#admin === null || Date.now() - this.#admin.at > 600_000)
      this.#admin = { at: Date.now(), token: (await this.signIn()).accessToken };
    const headers = { authorization: `Bearer ${this.#admin.token}`, ...init.headers };
    return fetch(this.url + path, { ...init, headers });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The last lines that the process wrote; for the message of a failure. */
  get output(): string {
    return this.#output.slice(-4000);
  }

  /** Starts the process (again) on the same port and data, and waits until it is ready. */
  async restart(): Promise<void> {
    const child = spawn(process.execPath, [program], {
      cwd: workspace,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NODE_ENV: 'test',
        PORT: String(this.port),
        HOST: '127.0.0.1',
        MARKET_SOURCE: 'simulated',
        SIM_SEED: '1',
        SIM_START: '2026-03-04T15:00:00Z',
        LOG_LEVEL: 'warn',
        // Other suites share the machine: here nobody is to be turned away because its event loop is late.
        WS_SHED_ABOVE_MS: '10000',
        // Nor is the database gone because it is slow to take a connection while they begin.
        DATABASE_CONNECT_TIMEOUT_MS: '30000',
        // Nor because one person opens more pages in a minute than people do.
        RATE_AUTH_PER_MINUTE: '10000',
        RATE_READ_PER_MINUTE: '100000',
        RATE_WRITE_PER_MINUTE: '10000',
        EMBEDDED_POSTGRES_DIR: join(this.#dir, 'postgres'),
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await eventually(async () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the API ended: ${this.output}`);
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) });
      if (answer.status !== 200) throw new Error(`/readyz is ${answer.status}: ${this.output}`);
    }, START_MS).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
  }

  /** As a crash would: nothing is said to anybody. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops in order, as Ctrl-C does: without the long goodbye to each client. Removes the data. */
  async stop(): Promise<void> {
    await this.#end('SIGINT');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #enter(path: string, body: object): Promise<Session> {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf': '1', origin: this.url },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} is ${answer.status}: ${await answer.text()}`);
    const { accessToken } = (await answer.json()) as { accessToken: string };
    return { accessToken, cookies: answer.headers.getSetCookie().map(cookieOf) };
  }

  async #end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 50_000);
    await ended;
    clearTimeout(late);
  }
}

function cookieOf(line: string): SessionCookie {
  const [pair = '', ...attributes] = line.split('; ');
  const [name = '', value = ''] = pair.split('=', 2);
  const path = attributes.find((attribute) => attribute.startsWith('Path='))?.slice('Path='.length) ?? '/';
  return { name, value, domain: '127.0.0.1', path, httpOnly: attributes.includes('HttpOnly'), sameSite: 'Strict' };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

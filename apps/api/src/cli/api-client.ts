import { problem } from '@ziggy/contracts';
import { randomUUID } from 'node:crypto';
import { CommandError } from './usage.ts';

const DEADLINE_MS = 15_000;

/** The few calls of a running server that commands make. */
export class ApiClient {
  readonly #url: string;
  readonly #proof: Readonly<Record<string, string>>;

  /** @param proof headers that prove who calls. */
  constructor(url: string, proof: Readonly<Record<string, string>>) {
    this.#url = url.replace(/\/$/, '');
    this.#proof = proof;
  }

  /** @throws CommandError with code and detail of the problem, or when no server answers. */
  get(path: string): Promise<unknown> {
    return this.#call(path, {});
  }

  /** @throws CommandError with code and detail of the problem, or when no server answers. */
  post(path: string, body: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    return this.#call(path, { method: 'POST', body: JSON.stringify(body), headers });
  }

  async #call(path: string, init: { method?: string; body?: string; headers?: Record<string, string> }) {
    const headers = { ...init.headers, ...this.#proof };
    let answer: Response;
    try {
      answer = await fetch(`${this.#url}${path}`, { ...init, headers, signal: AbortSignal.timeout(DEADLINE_MS) });
    } catch {
      throw new CommandError(`No server answers at ${this.#url}. Start it with npm start, or name it with --url.`);
    }
    if (answer.status === 204) return undefined;
    const body: unknown = await answer.json();
    if (answer.ok) return body;
    const { code, detail } = problem.parse(body);
    throw new CommandError(`${code}: ${detail}`);
  }
}

import { job, jobStarted, problem } from '@ziggy/contracts';
import type { WireJob } from '@ziggy/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { environment } from '../config/environment.ts';
import { CommandError, UsageError, print } from './usage.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * `ziggy tape record`: asks the running server to record its market, shows how it goes, and ends it with Ctrl-C. The
 * server writes the tape, since it is the one that sees what passes the gate.
 */
export async function recordRunning(args: readonly string[]): Promise<number> {
  const { title, symbols, until, url, key } = optionsOf(args);
  const api = new Api(url, key);
  const started = jobStarted.parse(
    await api.post('/ops/tapes', {
      mode: 'record',
      title,
      ...(symbols === undefined ? {} : { symbols }),
      ...(until === undefined ? {} : { until }),
    }),
  );
  const { id } = started.job;
  print(`Recording as ${id}. Ctrl-C ends it.`);
  const over = new AbortController();
  process.once('SIGINT', () => over.abort());
  process.once('SIGTERM', () => over.abort());
  let asked = false;
  for (let stage = ''; ;) {
    const now = job.parse(await api.get(`/ops/jobs/${id}`));
    if (now.stage !== stage) print((stage = now.stage));
    if (!['queued', 'running'].includes(now.state)) return ended(now);
    if (over.signal.aborted && !asked) {
      asked = true;
      await api.post(`/ops/jobs/${id}/cancel`, {});
    }
    await pause(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => pause(asked ? LOOK_EVERY_MS / 4 : 0));
  }
}

function ended({ state, problem: why, result }: WireJob): number {
  if (why !== null) print(`${why.code}: ${why.detail}`);
  if (result !== null)
    print(`${String(result['file'])}  ${String(result['tape'])}  ${String(result['records'])} records`);
  return state === 'failed' ? 1 : 0;
}

function optionsOf(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        title: { type: 'string' },
        symbols: { type: 'string' },
        until: { type: 'string' },
        url: { type: 'string' },
        key: { type: 'string' },
      },
    });
    if (values.title === undefined) throw new Error('--title is needed.');
    const { server } = readConfig(environment());
    return { ...values, title: values.title, url: values.url ?? `http://localhost:${server.port}` };
  } catch (error) {
    throw new UsageError(`tape record: ${(error as Error).message}`);
  }
}

/** The few calls of the server that it takes. */
class Api {
  readonly #url: string;
  readonly #key: string | undefined;

  constructor(url: string, key: string | undefined) {
    this.#url = url.replace(/\/$/, '');
    this.#key = key;
  }

  get(path: string): Promise<unknown> {
    return this.#call(path, {});
  }

  post(path: string, body: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    return this.#call(path, { method: 'POST', body: JSON.stringify(body), headers });
  }

  async #call(path: string, init: RequestInit): Promise<unknown> {
    const headers = { ...init.headers, ...(this.#key === undefined ? {} : { 'x-api-key': this.#key }) };
    let answer: Response;
    try {
      answer = await fetch(`${this.#url}${path}`, { ...init, headers, signal: AbortSignal.timeout(15_000) });
    } catch {
      throw new CommandError(`No server answers at ${this.#url}. Start it with npm start, or name it with --url.`);
    }
    const body: unknown = await answer.json();
    if (answer.ok) return body;
    const { code, detail } = problem.parse(body);
    throw new CommandError(`${code}: ${detail}`);
  }
}

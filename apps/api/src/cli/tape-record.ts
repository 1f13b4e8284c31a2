import { job, jobStarted } from '@ziggy/contracts';
import type { WireJob } from '@ziggy/contracts';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.ts';
import { environment } from '../config/environment.ts';
import { ApiClient } from './api-client.ts';
import { CommandError, UsageError, print } from './usage.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * `ziggy tape record`: asks the running server to record its market, shows how it goes, and ends it with Ctrl-C. The
 * server writes the tape, since it is the one that sees what passes the gate.
 */
export async function recordRunning(args: readonly string[]): Promise<number> {
  const { title, symbols, until, url } = optionsOf(args);
  const apiKey = environment()['ZIGGY_API_KEY'];
  if (apiKey === undefined)
    throw new CommandError('Recording needs an API key with the scopes read, write and admin in ZIGGY_API_KEY.');
  const api = new ApiClient(url, { 'x-api-key': apiKey });
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
      },
    });
    if (values.title === undefined) throw new Error('--title is needed.');
    const { server } = readConfig(environment());
    return { ...values, title: values.title, url: values.url ?? `http://localhost:${server.port}` };
  } catch (error) {
    throw new UsageError(`tape record: ${(error as Error).message}`);
  }
}

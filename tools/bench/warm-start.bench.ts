/**
 * Row 15 of the performance targets: how long `npm start` takes until `/health` answers 200, when everything is installed
 * and built. The database lies in a folder of its own; the first start creates it, the following are warm.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atMost, machine, median, table } from './result.ts';
import type { BenchResult } from './result.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const WARM_STARTS = 5;
const START_DEADLINE_MS = 60_000;

interface Start {
  readonly upMs: number;
  readonly stopMs: number;
}

export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'ziggy-warm-start-'));
  try {
    const first = await startAndStop(dir);
    const warm: Start[] = [];
    for (let i = 0; i < WARM_STARTS; i++) warm.push(await startAndStop(dir));
    const ups = warm.map(({ upMs }) => upMs);
    return {
      name: 'npm start to /health 200',
      machine: machine(),
      rows: [
        { metric: 'first start, database created', value: first.upMs, unit: 'ms' },
        atMost(`warm start, median of ${WARM_STARTS}`, median(ups), 'ms', 5_000),
        atMost('warm start, slowest', Math.max(...ups), 'ms', 5_000),
        atMost('stop after Ctrl-C, slowest', Math.max(...warm.map(({ stopMs }) => stopMs)), 'ms', 5_000),
      ],
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startAndStop(dir: string): Promise<Start> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), EMBEDDED_POSTGRES_DIR: dir, MARKET_SOURCE: 'simulated' },
    // A group of its own, because Ctrl-C in a terminal reaches the whole group.
    detached: true,
    stdio: 'ignore',
  });
  const gone = new Promise<void>((done) => child.once('close', () => done()));
  while (!(await healthy(port))) {
    if (performance.now() - began > START_DEADLINE_MS) throw new Error('npm start did not answer within a minute.');
    await delay(20);
  }
  const upMs = performance.now() - began;
  const stopping = performance.now();
  process.kill(-child.pid!, 'SIGINT');
  await gone;
  return { upMs: Math.round(upMs), stopMs: Math.round(performance.now() - stopping) };
}

async function healthy(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1_000) })).status === 200;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
}

if (import.meta.main) console.log(table(await run()));

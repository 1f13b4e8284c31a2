import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { machine } from './result.ts';

/** Clock ticks a second of `/proc/<pid>/stat`; 100 on every Linux that Node runs on. */
const PROC_HZ = 100;

const pinned = availableParallelism() >= 2 && spawnSync('taskset', ['-V']).status === 0;

/** {@link machine}, and whether server and load keep out of each other's way. */
export const workbench = (): string => `${machine()}${pinned ? ', server and load pinned to a core each' : ''}`;

/** A child that answers each order with one message. */
export class Worker<Order extends object> {
  readonly process: ChildProcess;
  readonly #waiting: ((message: unknown) => void)[] = [];
  readonly #came: unknown[] = [];

  constructor(file: string, core: number, args: readonly string[] = []) {
    const script = new URL(file, import.meta.url).pathname;
    const node = [process.execPath, '--expose-gc', '--disable-warning=ExperimentalWarning', script, ...args];
    const [command = '', ...rest] = pinned ? ['taskset', '-c', String(core), ...node] : node;
    this.process = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.process.on('message', (message) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#came.push(message);
      else next(message);
    });
  }

  next<Answer>(): Promise<Answer> {
    if (this.#came.length > 0) return Promise.resolve(this.#came.shift() as Answer);
    return new Promise((resolve, reject) => {
      const gone = (code: number | null) => reject(new Error(`A bench process ended with ${code}.`));
      this.process.once('exit', gone);
      this.#waiting.push((message) => {
        this.process.off('exit', gone);
        resolve(message as Answer);
      });
    });
  }

  order<Answer>(order: Order): Promise<Answer> {
    this.process.send(order);
    return this.next<Answer>();
  }

  /** Seconds of one core that the process has used, user and system. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / PROC_HZ;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.disconnect();
    await gone;
  }
}

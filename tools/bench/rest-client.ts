import { connect } from 'node:net';
import type { Socket } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';

/** A server on this machine, and the API key to show it. */
export interface RestTarget {
  readonly port: number;
  readonly key?: string;
}

/**
 * One keep-alive connection that sends the same GET again and again. It reads no more of an answer than its length, so
 * that the server and not the client is what a bench measures.
 */
export class RawClient {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #head = '';
  /** Bytes of the body that are still to come. */
  #left = 0;
  #inBody = false;
  #done: (() => void) | null = null;
  #failed: ((error: Error) => void) | null = null;

  constructor({ port, key }: RestTarget, path: string) {
    const proof = key === undefined ? '' : `X-API-Key: ${key}\r\n`;
    this.#request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${proof}Accept: application/json\r\n\r\n`);
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#failed?.(error));
    this.#socket.on('close', () => this.#failed?.(new Error('The server closed the connection.')));
  }

  /** Resolves once the whole answer is there. */
  get(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#failed = null;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#inBody) return this.#count(chunk.length);
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = this.#head.slice(0, end);
    if (!head.startsWith('HTTP/1.1 200')) {
      this.#failed?.(new Error(head.slice(0, 100)));
      return;
    }
    this.#left = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (!Number.isFinite(this.#left)) return this.#failed?.(new Error('An answer without a length.'));
    const rest = this.#head.length - end - END_OF_HEAD.length;
    this.#head = '';
    this.#inBody = true;
    this.#count(rest);
  }

  #count(bytes: number): void {
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.#inBody = false;
    this.#done?.();
  }
}

/** Answers a second with so many connections, each with one request in flight. */
export async function throughput(target: RestTarget, path: string, connections: number, ms: number): Promise<number> {
  const clients = Array.from({ length: connections }, () => new RawClient(target, path));
  await Promise.all(clients.map((client) => client.get()));
  const began = performance.now();
  let answers = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - began < ms) {
        await client.get();
        answers++;
      }
    }),
  );
  const took = performance.now() - began;
  for (const client of clients) client.close();
  return (answers * 1_000) / took;
}

/** Time of each of so many requests, one after the other, ms. */
export async function latencies(target: RestTarget, path: string, requests: number): Promise<number[]> {
  const client = new RawClient(target, path);
  for (let i = 0; i < 20; i++) await client.get();
  const times: number[] = [];
  for (let i = 0; i < requests; i++) {
    const began = performance.now();
    await client.get();
    times.push(performance.now() - began);
  }
  client.close();
  return times;
}

import { Worker } from 'node:worker_threads';

/** Latencies (ms) of the answers, in the order of their coming. */
export interface LoadResult {
  readonly latencies: readonly number[];
  readonly bytes: number;
  readonly failed: number;
}

/** What is asked in turn, and the key that is shown. */
export interface Asked {
  readonly urls: readonly string[];
  readonly key: string;
}

/**
 * Sends `count` GETs with an API key over `clients` kept connections from a thread of its own, so that reading the answers
 * costs the server's thread nothing.
 */
export function httpLoad({ urls, key }: Asked, count: number, clients: number): Promise<LoadResult> {
  const worker = new Worker(LOADER, { eval: true, workerData: { urls, key, count, clients } });
  return new Promise((resolve, reject) => {
    worker.once('message', (result: LoadResult) => {
      void worker.terminate();
      resolve(result);
    });
    worker.once('error', reject);
  });
}

const LOADER = `
const { parentPort, workerData } = require('node:worker_threads');
const http = require('node:http');
const { urls, key, count, clients } = workerData;
const headers = { 'x-api-key': key };
const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
const latencies = [];
let sent = 0, bytes = 0, failed = 0;
const ask = () => new Promise((resolve, reject) => {
  const began = performance.now();
  http.get(urls[sent++ % urls.length], { agent, headers }, (answer) => {
    answer.on('data', (chunk) => (bytes += chunk.length));
    answer.on('end', () => {
      latencies.push(performance.now() - began);
      if (answer.statusCode !== 200) failed++;
      resolve();
    });
  }).on('error', reject);
});
const client = async () => { while (sent < count) await ask(); };
Promise.all(Array.from({ length: clients }, client)).then(() => parentPort.postMessage({ latencies, bytes, failed }));
`;

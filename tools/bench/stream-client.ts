import { setTimeout as pause } from 'node:timers/promises';
import type { ServerFrame } from '@ziggy/contracts';
import { WebSocket } from 'ws';
import type { ProductApp } from './fanout-product.ts';

const GIVE_UP_MS = 30_000;

/** A client of the product that keeps what it gets until it is told to go; what comes after that is not kept. */
export class BenchClient {
  readonly frames: ServerFrame[] = [];
  /** Told of each frame as it comes. */
  onFrame: ((frame: ServerFrame) => void) | null = null;
  readonly #ws: WebSocket;
  #gone = false;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('error', () => undefined);
    ws.on('message', (data) => {
      if (this.#gone) return;
      const frame = JSON.parse(String(data)) as ServerFrame;
      this.frames.push(frame);
      this.onFrame?.(frame);
    });
  }

  /** Opens a stream with the bench's key and waits for the greeting. @param path with its query, e.g. `/ws/news` */
  static async open({ port, key }: Pick<ProductApp, 'port' | 'key'>, path: string): Promise<BenchClient> {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      perMessageDeflate: false,
      headers: { 'x-api-key': key },
    });
    const client = new BenchClient(ws);
    await client.first('hello');
    return client;
  }

  send(command: object): void {
    this.#ws.send(JSON.stringify(command));
  }

  /** The first frame of a type, when it is there. */
  async first<Type extends ServerFrame['type']>(type: Type): Promise<Extract<ServerFrame, { type: Type }>> {
    const find = () => this.frames.find((frame) => frame.type === type);
    await until(() => find() !== undefined || this.#ws.readyState > WebSocket.OPEN);
    const found = find();
    if (found === undefined) throw new Error(`The stream closed before ${type} came.`);
    return found as Extract<ServerFrame, { type: Type }>;
  }

  /** Ends the socket as a crash would. */
  kill(): void {
    this.#gone = true;
    this.#ws.terminate();
  }
}

/** Looks every turn of some milliseconds; fails after half a minute. */
export async function until(holds: () => boolean): Promise<void> {
  const endsAt = performance.now() + GIVE_UP_MS;
  while (!holds()) {
    if (performance.now() > endsAt) throw new Error(`Not so within ${GIVE_UP_MS} ms: ${holds.toString()}`);
    await pause(1);
  }
}

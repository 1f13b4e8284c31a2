import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { FloodReport } from './fanout-frames.ts';
import { upgradeOf } from './stream-upgrade.ts';

const EVERY_MS = 5;
const PER_BURST = 50;
/** More than this waiting in the socket and the burst is left out: the flood is the server's to bear, not this process's. */
const WAITING_MAX = 256 * 1024;
const RATE_LIMITED = '"code":107';

const command = Buffer.from('{"type":"list"}');
/** Masked with zeros, as of every client here. */
const burst = Buffer.concat(
  Array.from({ length: PER_BURST }, () =>
    Buffer.concat([Buffer.from([0x81, 0x80 | command.length, 0, 0, 0, 0]), command]),
  ),
);

/** Clients that break the limit of commands for as long as they are let, and begin again when they are closed. */
export class Flood {
  #sockets = new Set<Socket>();
  #timer: NodeJS.Timeout | null = null;
  #commands = 0;
  #rateLimited = 0;
  #closes: Record<string, number> = {};

  start(port: number, clients: number): void {
    for (let i = 0; i < clients; i++) this.#open(port);
    this.#timer = setInterval(() => {
      for (const socket of this.#sockets) {
        if (socket.writableLength > WAITING_MAX) continue;
        socket.write(burst);
        this.#commands += PER_BURST;
      }
    }, EVERY_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  report(): FloodReport {
    return { commands: this.#commands, rateLimited: this.#rateLimited, closes: { ...this.#closes } };
  }

  #open(port: number): void {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      // The first answer is the upgrade; commands may follow it at once.
      if (data.indexOf('HTTP/1.1 101') === 0) this.#sockets.add(socket);
      this.#read(data);
      if (data.includes(0x88) && this.#closeCode(data) !== null) socket.end();
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#timer !== null) this.#open(port);
    });
    socket.write(upgradeOf('/ws/market', port));
  }

  #read(data: Buffer): void {
    for (let at = data.indexOf(RATE_LIMITED); at !== -1; at = data.indexOf(RATE_LIMITED, at + 1)) this.#rateLimited++;
    const code = this.#closeCode(data);
    if (code !== null) this.#closes[code] = (this.#closes[code] ?? 0) + 1;
  }

  /** The code of a close frame: its first byte is in no text of the protocol. */
  #closeCode(data: Buffer): number | null {
    for (let at = data.indexOf(0x88); at !== -1 && at + 4 <= data.length; at = data.indexOf(0x88, at + 1)) {
      const code = data.readUInt16BE(at + 2);
      if (code >= 1_000 && code < 5_000) return code;
    }
    return null;
  }
}

import type { SocketLike } from '../deps.ts';

/** A socket whose other end is the test. */
export class FakeSocket implements SocketLike {
  readonly url: string;
  readyState = 0;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  /** Commands received, parsed. */
  readonly received: Record<string, unknown>[] = [];
  closedByClient = false;
  onCommand: ((command: Record<string, unknown>) => void) | null = null;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    const command = JSON.parse(text) as Record<string, unknown>;
    this.received.push(command);
    this.onCommand?.(command);
  }

  close(): void {
    this.closedByClient = true;
    this.readyState = 3;
  }

  /** Text from the server; passes even after a cut, as late events of a browser do. */
  say(frame: object | string): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  cut(code = 1006, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** Commands of one type. */
  commands(type: string): Record<string, unknown>[] {
    return this.received.filter((command) => command['type'] === type);
  }
}

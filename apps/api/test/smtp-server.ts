import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What the server does with the next mails. */
export type SmtpMood = 'take' | 'refuse' | 'hang' | 'cut';

/** Enough of an SMTP server (RFC 5321) to take mail from a real client, to refuse it, to say nothing, or to hang up. */
export class SmtpServer {
  readonly mails: string[] = [];
  mood: SmtpMood = 'take';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(): Promise<SmtpServer> {
    const server = new SmtpServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    if (this.mood === 'hang') return;
    const say = (line: string) => socket.write(`${line}\r\n`);
    let text = '';
    let inData = false;
    say('220 test ESMTP');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\r\n'); end >= 0 && !inData; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        inData = this.#answer(line, say, socket);
      }
      if (!inData || !text.endsWith('\r\n.\r\n')) return;
      this.mails.push(text);
      inData = false;
      text = '';
      say('250 taken');
    });
  }

  #answer(line: string, say: (line: string) => void, socket: Socket): boolean {
    const [verb = ''] = line.toUpperCase().split(' ');
    if (verb === 'RCPT' && this.mood === 'refuse') say(`550 5.1.1 no mail for ${line}`);
    else if (verb === 'DATA' && this.mood === 'cut') socket.destroy();
    else if (verb === 'DATA') {
      say('354 go on');
      return true;
    } else say(verb === 'QUIT' ? '221 bye' : '250 ok');
    return false;
  }
}

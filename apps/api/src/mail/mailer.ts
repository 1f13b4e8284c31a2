import { Inject, Injectable } from '@nestjs/common';
import type { MailOutcome } from '@ziggy/contracts';
import { createTransport } from 'nodemailer';
import { MAIL_CONFIG } from '../config/mail.config.ts';
import type { MailConfig, MailServer } from '../config/mail.config.ts';
import { Logger } from '../platform/logger.ts';

/** Each wait of a conversation with the mail server, and the whole of it. */
const STEP_MS = 4_000;
const WHOLE_MS = 8_000;
const AT_ONCE = 4;
const WAITING_MAX = 32;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

export interface Mail {
  /** One address that was checked before. */
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

/** Sends mail, a few at once and each with a deadline. It says how it went and never throws: a mail is a courtesy. */
@Injectable()
export class Mailer {
  readonly #server: MailServer | null;
  readonly #log: Logger;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(@Inject(MAIL_CONFIG) config: MailConfig, logger: Logger) {
    this.#server = config.server;
    this.#log = logger.child({ context: 'Mailer' });
  }

  /** Resolves within 8 s of its turn; `failed` also when too many wait. */
  async send(mail: Mail): Promise<MailOutcome> {
    if (this.#server === null) return 'not_configured';
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_MAX) return 'failed';
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      await deliver(this.#server, mail);
      return 'sent';
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'a mail could not be sent');
      return 'failed';
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** A connection for each mail: they are rare, and one that idles would only be cut. */
async function deliver({ host, port, secure, user, password, from }: MailServer, mail: Mail): Promise<void> {
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && !LOOPBACK.test(host),
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    dnsTimeout: STEP_MS,
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${WHOLE_MS} ms`)), WHOLE_MS);
  });
  try {
    await Promise.race([transport.sendMail({ from, ...mail }), late]);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/** Codes only: a server may repeat what it was sent, and a mail holds a secret link. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return [code, responseCode].filter((part) => part !== undefined).join(' ') || 'deadline';
}

import * as z from 'zod';

export const MAIL_CONFIG = Symbol('MAIL_CONFIG');

/** The server that takes mail. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; without it STARTTLS is required, except on this machine. */
  readonly secure: boolean;
  readonly user: string | null;
  readonly password: string | null;
  /** Sender of every mail, as in `ZiggyAI <ziggy@desk.test>`. */
  readonly from: string;
}

export interface MailConfig {
  /** Null: no mail is sent, and whoever wanted to send one is told. */
  readonly server: MailServer | null;
}

const FROM = /^(?:[^<>\r\n"]{1,80} )?<?[^\s<>@]{1,64}@[^\s<>@]{1,255}>?$/;

export const mailVariables = {
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, hostname: /.+/, error: 'must be smtp://user:password@host:port or smtps://' })
    .optional()
    .meta({
      description:
        'Server that takes mail: `smtps://` speaks TLS from the start, `smtp://` must offer STARTTLS unless it is on this machine. Unset: nothing is mailed, and links are shown to whoever made them.',
      secret: true,
    }),
  MAIL_FROM: z
    .string()
    .refine((text) => FROM.test(text), { error: 'must be an address, or Name <address>' })
    .optional()
    .meta({ description: 'Sender of every mail; needed with `SMTP_URL`.' }),
};

type Values = z.output<z.ZodObject<typeof mailVariables>>;

export function readMailConfig({ SMTP_URL: address, MAIL_FROM: from }: Values): MailConfig {
  if (address === undefined || from === undefined) return { server: null };
  const url = new URL(address);
  const secure = url.protocol === 'smtps:';
  return {
    server: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      user: url.username === '' ? null : decodeURIComponent(url.username),
      password: url.password === '' ? null : decodeURIComponent(url.password),
      from,
    },
  };
}

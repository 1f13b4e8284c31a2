import type { Mail } from '../../mail/mailer.ts';

const HOURS = 72;

/** What stands in the mail that brings a link. */
export function invitationMail(to: string, organisation: string, link: string): Mail {
  return {
    to,
    subject: `You are invited to ${organisation} on ZiggyAI`,
    text: [
      `You are invited to join ${organisation} on ZiggyAI.`,
      `Open this link to choose a password. It works once, for ${HOURS} hours:`,
      link,
      'If you did not expect this, do nothing: without the link there is no account to use.',
    ].join('\n\n'),
  };
}

export function resetMail(to: string, organisation: string, link: string): Mail {
  return {
    to,
    subject: 'A new password for ZiggyAI',
    text: [
      `An administrator of ${organisation} made a link with which you choose a new password. It works once, for ${HOURS} hours:`,
      link,
      'Your present password works until the link is used.',
    ].join('\n\n'),
  };
}

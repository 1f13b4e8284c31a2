import type { MailOutcome, Member } from '@ziggy/contracts';

export const STATE_WORDS: Readonly<Record<Member['state'], string>> = {
  invited: 'Invited',
  active: 'Active',
  disabled: 'Disabled',
};

/** Whether a link went out by mail, in a sentence. */
export const MAIL_WORDS: Readonly<Record<MailOutcome, string>> = {
  sent: 'It was also sent by mail.',
  failed: 'The mail server did not take it: pass the link on yourself.',
  not_configured: 'It was not mailed, since this server has no mail set up: pass the link on yourself.',
};

/** What a person is called in a sentence. */
export function personWords({ displayName, email }: Pick<Member, 'displayName' | 'email'>): string {
  return displayName === '' ? email : displayName;
}

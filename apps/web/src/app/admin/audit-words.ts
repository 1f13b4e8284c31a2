/** Acts that the audit knows, in words; newer ones show their code. */
export const ACTION_WORDS: Readonly<Record<string, string>> = {
  'setup.done': 'Installation set up',
  'session.started': 'Signed in',
  'session.ended': 'Session ended',
  'sign_in.failed': 'Sign-in failed',
  'sign_in.locked': 'Sign-in locked after failures',
  'password.changed': 'Password changed',
  'password.set_by_link': 'Password set by link',
  'second_factor.added': 'Second factor turned on',
  'second_factor.removed': 'Second factor turned off',
  'user.invited': 'Person invited',
  'user.created': 'Person made by foreign sign-in',
  'user.linked': 'Account linked to foreign sign-in',
  'user.role_changed': 'Role changed',
  'user.disabled': 'Person disabled',
  'user.enabled': 'Person enabled',
  'user.link_made': 'Link made',
  'key.created': 'API key made',
  'key.revoked': 'API key revoked',
  'replay.played': 'Replay played on',
  'replay.paused': 'Replay paused',
  'replay.stepped': 'Replay stepped',
  'replay.speed_set': 'Replay speed set',
  'replay.sought': 'Replay sought forward',
  'replay.run_begun': 'Replay begun anew',
  'tape.record_started': 'Recording begun',
  'tape.import_started': 'Tape imported',
  'job.canceled': 'Job canceled',
  'organisation.changed': 'Organisation changed',
};

/** Beginnings that a filter can name, each standing for a family of acts. */
export const ACTION_FAMILIES: readonly { readonly id: string; readonly label: string }[] = [
  { id: 'session.', label: 'Sessions' },
  { id: 'sign_in.', label: 'Failed sign-ins' },
  { id: 'password.', label: 'Passwords' },
  { id: 'second_factor.', label: 'Second factors' },
  { id: 'user.', label: 'People' },
  { id: 'key.', label: 'API keys' },
  { id: 'replay.', label: 'Replays' },
  { id: 'tape.', label: 'Tapes' },
  { id: 'job.', label: 'Jobs' },
  { id: 'organisation.', label: 'Organisation' },
];

/** An act in words; its code where there are none. */
export function actionWords(action: string): string {
  return ACTION_WORDS[action] ?? action;
}

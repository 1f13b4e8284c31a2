import { ROLES, USER_STATES } from '@ziggy/contracts';
import { freeText, oneOf } from '../data/url-state.ts';

/** A filter that lets everything through. */
export const ANY = 'any';

/** What of the list of members is in its URL. */
export const MEMBERS_URL = {
  q: freeText(100),
  role: oneOf([ANY, ...ROLES], ANY),
  state: oneOf([ANY, ...USER_STATES], ANY),
};

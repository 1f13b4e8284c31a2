import { Injectable, inject } from '@angular/core';
import {
  apiKeysAnswer,
  auditAnswer,
  auditVerifyAnswer,
  inviteAnswer,
  memberAnswer,
  newApiKeyAnswer,
  organisationAnswer,
  sessionsAnswer,
  totpAnswer,
  user,
  usersAnswer,
} from '@ziggy/contracts';
import type {
  ApiKeyBody,
  ApiKeysAnswer,
  AuditAnswer,
  AuditVerifyAnswer,
  InviteAnswer,
  InviteBody,
  MemberAnswer,
  MemberBody,
  NewApiKeyAnswer,
  OrganisationAnswer,
  OrganisationBody,
  ProfileBody,
  SessionsAnswer,
  TotpAnswer,
  TotpBody,
  UsersAnswer,
  WireUser,
} from '@ziggy/contracts';
import { PORTAL_CONFIG } from '../data/environment.ts';
import { NOTHING } from '../data/exchange.ts';
import { problemOf } from '../data/problem.ts';
import { RestClient } from '../data/rest-client.ts';
import type { Query } from '../data/rest-client.ts';

/** The id under which all sessions but the present one end at once. */
export const OTHER_SESSIONS = 'others';

/**
 * The part of the REST API about people, typed. `key` names the intent of a write: sent again it does nothing twice. Writes
 * whose answer holds a secret are sent once, since the server keeps no copy of what it answered.
 */
@Injectable({ providedIn: 'root' })
export class IdentityRest {
  readonly #client = inject(RestClient);
  readonly #base = inject(PORTAL_CONFIG).apiBase.replace(/\/$/, '');

  changeProfile(body: ProfileBody, key: string): Promise<WireUser> {
    return this.#client.write('PATCH', '/users/me', body, key, user);
  }

  /** The other sessions of the person end with it. */
  changePassword(currentPassword: string, newPassword: string, key: string): Promise<null> {
    return this.#client.once('POST', '/auth/password', { currentPassword, newPassword }, key, NOTHING);
  }

  /** Without a code: the secret. With one: the recovery codes. */
  addSecondFactor(code: string | null, key: string): Promise<TotpAnswer> {
    const body: TotpBody = { enabled: true, ...(code === null ? {} : { code }) };
    return this.#client.once('PUT', '/auth/totp', body, key, totpAnswer);
  }

  removeSecondFactor(key: string): Promise<null> {
    return this.#client.once('PUT', '/auth/totp', { enabled: false } satisfies TotpBody, key, NOTHING);
  }

  sessions(signal?: AbortSignal): Promise<SessionsAnswer> {
    return this.#client.get('/auth/sessions', {}, sessionsAnswer, signal);
  }

  /** One session, or {@link OTHER_SESSIONS}. */
  endSession(id: string, key: string): Promise<null> {
    return this.#client.tell('DELETE', `/auth/sessions/${encodeURIComponent(id)}`, null, key);
  }

  keys(signal?: AbortSignal): Promise<ApiKeysAnswer> {
    return this.#client.get('/api-keys', {}, apiKeysAnswer, signal);
  }

  makeKey(body: ApiKeyBody, key: string): Promise<NewApiKeyAnswer> {
    return this.#client.once('POST', '/api-keys', body, key, newApiKeyAnswer);
  }

  revokeKey(id: string, key: string): Promise<null> {
    return this.#client.tell('DELETE', `/api-keys/${encodeURIComponent(id)}`, null, key);
  }

  members(query: Query, signal?: AbortSignal): Promise<UsersAnswer> {
    return this.#client.get('/users', query, usersAnswer, signal);
  }

  invite(body: InviteBody, key: string): Promise<InviteAnswer> {
    return this.#client.once('POST', '/users', body, key, inviteAnswer);
  }

  changeMember(id: string, body: MemberBody, key: string): Promise<MemberAnswer> {
    return this.#client.once('PATCH', `/users/${encodeURIComponent(id)}`, body, key, memberAnswer);
  }

  organisation(signal?: AbortSignal): Promise<OrganisationAnswer> {
    return this.#client.get('/users/organisation', {}, organisationAnswer, signal);
  }

  changeOrganisation(body: OrganisationBody, key: string): Promise<OrganisationAnswer> {
    return this.#client.write('PATCH', '/users/organisation', body, key, organisationAnswer);
  }

  audit(query: Query, signal?: AbortSignal): Promise<AuditAnswer> {
    return this.#client.get('/audit', query, auditAnswer, signal);
  }

  verifyAudit(query: Query, signal?: AbortSignal): Promise<AuditVerifyAnswer> {
    return this.#client.get('/audit/verify', query, auditVerifyAnswer, signal);
  }

  /** All rows of a filter as CSV, made by the server. @throws RequestProblem with the codes of `GET /audit` */
  async auditCsv(query: Query): Promise<string> {
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const text = new URLSearchParams(given).toString();
    const answer = await this.#client.fetch(`${this.#base}/audit${text === '' ? '' : `?${text}`}`, {
      headers: { accept: 'text/csv' },
    });
    if (!answer.ok) throw await problemOf(answer);
    return answer.text();
  }
}

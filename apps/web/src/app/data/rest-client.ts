import { Injectable, inject } from '@angular/core';
import { Access } from '../identity/access.ts';
import { CHANCE, FETCH, NEW_KEY, PORTAL_CONFIG } from './environment.ts';
import { NOTHING, exchange, jsonRequest, patiently } from './exchange.ts';
import type { Exchanged, HttpRequest, Method, Shape } from './exchange.ts';
import { RequestProblem, problemWords } from './problem.ts';

/** Answers kept by their address, so that one that has not changed is neither sent nor read again. */
const MOST_KEPT = 32;
/** 401 of an access token that is of no use any more; other codes of 401 are about a password. */
const TOKEN_REFUSED: ReadonlySet<string> = new Set(['unauthenticated', 'token_expired', 'token_revoked']);

interface Kept {
  readonly tag: string;
  readonly data: unknown;
}

/** Query parameters; what is undefined is left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/**
 * Speaks to the REST API as the signed-in person. Every answer is checked against its contract; every failure is a
 * {@link RequestProblem}. A refused access token is renewed once and the request sent again, which is safe: it had no effect.
 */
@Injectable({ providedIn: 'root' })
export class RestClient {
  readonly #base = inject(PORTAL_CONFIG).apiBase.replace(/\/$/, '');
  readonly #access = inject(Access);
  readonly #fetch = inject(FETCH);
  readonly #chance = inject(CHANCE);
  readonly #newKey = inject(NEW_KEY);
  readonly #kept = new Map<string, Kept>();

  /** GET with two retries on a lost connection or 502, 503, 504; an abort by the caller is passed on as it is. */
  get<T>(path: string, query: Query, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const text = new URLSearchParams(given).toString();
    const url = this.#base + path + (text === '' ? '' : `?${text}`);
    return patiently(() => this.#read(url, shape, signal), this.#chance, signal);
  }

  /** POST, once, with a key of its own: a write that steers is not repeated by itself. */
  async post<T>(path: string, body: object | null, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    return this.#sent(this.#writing('POST', path, body, this.#newKey()), shape, signal);
  }

  /** A write that is sent once: its answer holds a secret, so the server keeps none of it for a second asking. */
  once<T>(method: Method, path: string, body: object | null, key: string, shape: Shape<T>): Promise<T> {
    return this.#sent(this.#writing(method, path, body, key), shape);
  }

  /** A write; with its key it may be sent again when no answer came. `key` names the intent: sent again it does nothing twice. */
  write<T>(method: Method, path: string, body: object | null, key: string, shape: Shape<T>): Promise<T> {
    return patiently(() => this.#sent(this.#writing(method, path, body, key), shape), this.#chance);
  }

  /** A write whose answer has no body. */
  tell(method: Method, path: string, body: object | null, key: string): Promise<null> {
    return this.write(method, path, body, key, NOTHING);
  }

  /** `fetch` as the signed-in person, for whoever reads answers itself. The token is renewed once when it is refused. */
  async fetch(url: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const token = await this.#access.token();
    if (token === null) throw signedOut();
    const send = (bearer: string): Promise<Response> =>
      this.#fetch(url, { ...init, headers: { ...this.#ownHeaders(bearer), ...init.headers } });
    const answer = await send(token);
    if (answer.status !== 401) return answer;
    const renewed = await this.#access.renew(token);
    return renewed === null ? answer : send(renewed);
  }

  #writing(method: Method, path: string, body: object | null, key: string): HttpRequest {
    return jsonRequest(method, this.#base + path, body, { 'idempotency-key': key });
  }

  async #read<T>(url: string, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    const kept = this.#kept.get(url);
    const headers: Record<string, string> = kept ? { 'if-none-match': kept.tag } : {};
    const answer = await this.#authorised({ url, method: 'GET', headers }, shape, signal);
    if (!answer.changed) return kept?.data as T;
    this.#keep(url, answer.headers.get('etag'), answer.data);
    return answer.data;
  }

  async #sent<T>(request: HttpRequest, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    const answer = await this.#authorised(request, shape, signal);
    // Only a request with `If-None-Match` can be answered with "not changed".
    return (answer as Exchanged<T> & { changed: true }).data;
  }

  async #authorised<T>(request: HttpRequest, shape: Shape<T>, signal?: AbortSignal): Promise<Exchanged<T>> {
    const token = await this.#access.token();
    if (token === null) throw signedOut();
    const send = (bearer: string): Promise<Exchanged<T>> =>
      exchange(
        this.#fetch,
        { ...request, headers: { ...this.#ownHeaders(bearer), ...request.headers } },
        shape,
        signal,
      );
    try {
      return await send(token);
    } catch (error) {
      if (!(error instanceof RequestProblem) || !TOKEN_REFUSED.has(error.code) || signal?.aborted) throw error;
      const renewed = await this.#access.renew(token);
      if (renewed === null) throw error;
      return send(renewed);
    }
  }

  /** The id is ours, so that a request without an answer can still be found in the server's log. */
  #ownHeaders(token: string): Record<string, string> {
    return { authorization: `Bearer ${token}`, 'x-request-id': this.#newKey() };
  }

  #keep(url: string, tag: string | null, data: unknown): void {
    this.#kept.delete(url);
    if (tag === null) return;
    this.#kept.set(url, { tag, data });
    const oldest = this.#kept.size > MOST_KEPT ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** Nobody is signed in any more: the server would say the same, with a line in the console. */
function signedOut(): RequestProblem {
  return new RequestProblem({ code: 'unauthenticated', status: 401, ...problemWords('unauthenticated', null, 401) });
}

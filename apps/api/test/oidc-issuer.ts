import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';

/** How an issuer may lie about an ID token. */
export interface IssuerFaults {
  nonce?: string;
  audience?: string;
  issuer?: string;
  expiresInSec?: number;
  /** Signs with a key that the key set no longer has. */
  rotatedAway?: boolean;
  algorithm?: 'none' | 'HS256';
}

interface Code {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

/** An OpenID provider in this process: whoever comes is `claims`. It checks PKCE, and lies when it is told to. */
export class TestIssuer {
  static readonly clientId = 'ziggy';
  static readonly clientSecret = 'a secret between the two';
  claims: Record<string, unknown> = {};
  faults: IssuerFaults = {};
  readonly #server: Server;
  readonly #codes = new Map<string, Code>();
  readonly #keys: { readonly good: CryptoKey; readonly gone: CryptoKey; readonly jwk: object };
  #count = 0;

  private constructor(keys: { good: CryptoKey; gone: CryptoKey; jwk: object }) {
    this.#keys = keys;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<TestIssuer> {
    const [good, gone] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
    const jwk = { ...(await exportJWK(good.publicKey)), kid: 'now', alg: 'RS256', use: 'sig' };
    const issuer = new TestIssuer({ good: good.privateKey, gone: gone.privateKey, jwk });
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The person agrees: the address that the browser is sent back to. */
  agree(authorizeUrl: string): string {
    const { searchParams: asked } = new URL(authorizeUrl);
    const code = `code-${++this.#count}`;
    this.#codes.set(code, {
      challenge: asked.get('code_challenge') ?? '',
      nonce: asked.get('nonce') ?? '',
      redirectUri: asked.get('redirect_uri') ?? '',
    });
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    return back.href;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const json = (status: number, body: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/.well-known/openid-configuration') {
      return json(200, {
        issuer: this.url,
        authorization_endpoint: `${this.url}/authorize`,
        token_endpoint: `${this.url}/token`,
        jwks_uri: `${this.url}/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
      });
    }
    // Nobody is asked here: the person is signed in at the issuer and has agreed before.
    if (request.url?.startsWith('/authorize?') === true)
      return void response.writeHead(302, { location: this.agree(this.url + request.url) }).end();
    if (request.url === '/keys') return json(200, { keys: [this.#keys.jwk] });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const given = new URLSearchParams(Buffer.concat(chunks).toString());
    const code = this.#codes.get(given.get('code') ?? '');
    this.#codes.delete(given.get('code') ?? '');
    const proof = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    const fits =
      code?.challenge === proof &&
      code.redirectUri === given.get('redirect_uri') &&
      given.get('client_secret') === TestIssuer.clientSecret;
    if (code === undefined || !fits) return json(400, { error: 'invalid_grant' });
    return json(200, {
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: 60,
      id_token: await this.#idToken(code),
    });
  }

  async #idToken({ nonce }: Code): Promise<string> {
    const { faults } = this;
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      ...this.claims,
      iss: faults.issuer ?? this.url,
      aud: faults.audience ?? TestIssuer.clientId,
      nonce: faults.nonce ?? nonce,
      iat: now - 1,
      exp: now + (faults.expiresInSec ?? 60),
    };
    if (faults.algorithm === 'none') return new UnsecuredJWT(claims).encode();
    if (faults.algorithm === 'HS256')
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(TestIssuer.clientSecret.padEnd(32, '.')));
    const key = faults.rotatedAway === true ? this.#keys.gone : this.#keys.good;
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: faults.rotatedAway === true ? 'before' : 'now' })
      .sign(key);
  }
}

import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationPage } from './config-doc.ts';
import { ConfigError, VARIABLE_GROUPS, readConfig, variableMeta } from './config.ts';
import { environment, workspaceRoot } from './environment.ts';

function faultsOf(env: Record<string, string>): ConfigError['faults'] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('starts with nothing set', () => {
    expect(readConfig({}).server).toMatchObject({
      environment: 'development',
      port: 8000,
      host: '127.0.0.1',
      allowedOrigins: [],
    });
  });

  it('reads lists, origins and numbers', () => {
    const { server } = readConfig({
      PORT: '81',
      ALLOWED_ORIGINS: ' https://a.example.com , http://b:8080/',
      TRUST_PROXY: '10.0.0.0/8,::1',
      PUBLIC_URL: 'https://desk.example.com/',
    });
    expect(server).toMatchObject({
      port: 81,
      allowedOrigins: ['https://a.example.com', 'http://b:8080'],
      trustProxy: ['10.0.0.0/8', '::1'],
      publicUrl: 'https://desk.example.com',
    });
  });

  it('names every fault at once: the variable, what was given, what is allowed', () => {
    expect(
      faultsOf({ PORT: '99999', LOG_LEVEL: 'loud', WS_MAX_RECONNECT_ATTEMPTS: '1.5', ALLOWED_ORIGINS: 'nonsense' }),
    ).toEqual([
      { variable: 'PORT', given: '99999', problem: 'must be at most 65535' },
      { variable: 'ALLOWED_ORIGINS', given: 'nonsense', problem: 'must be an origin such as https://desk.example.com' },
      {
        variable: 'LOG_LEVEL',
        given: 'loud',
        problem: 'must be one of fatal, error, warn, info, debug, trace, silent',
      },
      { variable: 'WS_MAX_RECONNECT_ATTEMPTS', given: '1.5', problem: 'must be a whole number' },
    ]);
  });

  it('never shows a secret', () => {
    const faults = faultsOf({ DATABASE_URL: 'mysql://me:canary@host/db', METRICS_TOKEN: 'canary' });
    expect(faults.map(({ variable }) => variable)).toEqual(['METRICS_TOKEN', 'DATABASE_URL']);
    expect(new ConfigError(faults).message).not.toContain('canary');
  });

  it('takes an empty variable as unset', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '  ' })).toMatchObject({
      server: { port: 8000 },
      database: { url: null },
    });
  });

  it('finds a setting of which only half is there', () => {
    expect(faultsOf({ SMTP_URL: 'smtp://127.0.0.1:2525' })).toMatchObject([
      { variable: 'MAIL_FROM', problem: 'is required with SMTP_URL' },
    ]);
    expect(faultsOf({ OIDC_CLIENT_ID: 'portal', MAIL_FROM: 'a\r\nBcc: b@example.com' })).toMatchObject([
      { variable: 'MAIL_FROM' },
      { variable: 'SMTP_URL', problem: 'is required with MAIL_FROM' },
      { variable: 'OIDC_ISSUER', problem: 'is required with OIDC_CLIENT_ID' },
    ]);
  });

  it('asks for a database and real secrets in production, together with every other fault', () => {
    expect(
      faultsOf({ NODE_ENV: 'production', METRICS_TOKEN: 'changeme-changeme', PORT: 'x' }).map(
        ({ variable }) => variable,
      ),
    ).toEqual(['PORT', 'DATABASE_URL', 'AUTH_SECRET', 'METRICS_TOKEN']);
    expect(
      faultsOf({ NODE_ENV: 'production', DATABASE_URL: 'postgres://a:b@c/d', AUTH_SECRET: 'x7'.repeat(20) }),
    ).toEqual([]);
  });

  it('describes every variable, and each name once', () => {
    const all = Object.values(VARIABLE_GROUPS).flatMap((group) => Object.entries(group));
    expect(all.filter(([, schema]) => variableMeta(schema).description.length < 15).map(([name]) => name)).toEqual([]);
    expect(new Set(all.map(([name]) => name)).size).toBe(all.length);
  });
});

describe('environment', () => {
  it('reads .env in development only, and what is set wins', () => {
    const root = mkdtempSync(join(tmpdir(), 'ziggy-env-'));
    try {
      writeFileSync(join(root, '.env'), 'PORT=81\nHOST=::1\n');
      expect(environment(root, { PORT: '82' })).toMatchObject({ PORT: '82', HOST: '::1' });
      expect(environment(root, { NODE_ENV: 'production' })).toEqual({ NODE_ENV: 'production' });
      expect(environment(root, { NODE_ENV: 'test' })).toEqual({ NODE_ENV: 'test' });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

it('docs/configuration.md is what `npm run config:doc` writes', () => {
  expect(readFileSync(join(workspaceRoot(), 'docs', 'configuration.md'), 'utf8')).toBe(configurationPage());
});

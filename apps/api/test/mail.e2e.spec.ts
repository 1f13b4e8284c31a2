import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { inviteAnswer, memberAnswer } from '@ziggy/contracts';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { PASSWORD, send, tokenOf } from './identity-testing.ts';
import { aPerson } from './people.ts';
import type { TestPerson } from './people.ts';
import { StillMarketModule } from './platform-testing.ts';
import { SmtpServer } from './smtp-server.ts';

let smtp: SmtpServer;
let app: TestApp;
let admin: TestPerson;
beforeAll(async () => {
  smtp = await SmtpServer.start();
  const env = { SMTP_URL: smtp.url, MAIL_FROM: 'ZiggyAI <ziggy@example.com>' };
  app = await startApp({ features: [StillMarketModule], as: null, env });
  admin = await aPerson(app);
});
afterAll(async () => {
  await app.close();
  await smtp.stop();
});
beforeEach(() => {
  smtp.mood = 'take';
  smtp.mails.length = 0;
});

const asAdmin = (method: string, path: string, body: object) =>
  send(app, method, path, { headers: admin.headers, body });
const invite = async (email: string) =>
  inviteAnswer.parse((await asAdmin('POST', '/users', { email, role: 'viewer' })).json());
/** The text as it was before its transport encoding. */
const plain = (mail: string) => mail.replace(/=\r\n/g, '').replace(/=3D/g, '=');

describe('mail', () => {
  it('brings an invitation that works, and later a reset', async () => {
    const { id, inviteUrl, mailed } = await invite('grace@example.com');
    expect([mailed, smtp.mails.length]).toEqual(['sent', 1]);
    const mail = plain(smtp.mails[0] ?? '');
    expect(mail).toContain('To: grace@example.com');
    expect(mail).toContain('From: ZiggyAI <ziggy@example.com>');
    expect(mail).toContain(inviteUrl);
    const accepted = await send(app, 'POST', '/auth/password', {
      body: { token: tokenOf(inviteUrl), newPassword: PASSWORD },
    });
    expect(accepted.status).toBe(204);
    const changed = await asAdmin('PATCH', `/users/${id}`, { newLink: true, version: 2 });
    const reset = memberAnswer.parse(changed.json());
    expect(reset.mailed).toBe('sent');
    expect(plain(smtp.mails[1] ?? '')).toContain(reset.linkUrl);
    const role = await asAdmin('PATCH', `/users/${id}`, { role: 'analyst', version: reset.version });
    expect(memberAnswer.parse(role.json()).mailed).toBeNull();
    expect(smtp.mails).toHaveLength(2);
  });

  it.each(['refuse', 'cut', 'hang'] as const)(
    'says so when the server would %s; the link is there all the same',
    async (mood) => {
      smtp.mood = mood;
      const { inviteUrl, mailed } = await invite(`${mood}@example.com`);
      expect(mailed).toBe('failed');
      expect(tokenOf(inviteUrl).length).toBeGreaterThan(20);
      expect(smtp.mails).toEqual([]);
      expect(JSON.stringify(app.log)).not.toContain(tokenOf(inviteUrl));
    },
  );

  it('holds few connections, however many mails there are', async () => {
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, smtp.connections)), 1);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => invite(`many${i}@example.com`)));
    clearInterval(watch);
    expect(answers.map(({ mailed }) => mailed)).toEqual(Array.from({ length: 12 }, () => 'sent'));
    expect(most).toBeLessThanOrEqual(5);
  });
});

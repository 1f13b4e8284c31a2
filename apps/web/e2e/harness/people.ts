import type { Role } from '@ziggy/contracts';
import type { ApiProcess } from './api-process.ts';

/** Somebody with a password. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

let count = 0;

/** Somebody new in the administrator's organisation, who has taken the invitation. */
export async function aPerson(api: ApiProcess, role: Role, displayName = ''): Promise<Person> {
  const person = { email: `person${(count += 1)}@example.com`, password: 'seven green lanterns' };
  const invited = await api.fetch('/users', json({ email: person.email, role, displayName }));
  if (invited.status !== 201) throw new Error(`the invitation is ${invited.status}: ${await invited.text()}`);
  const { id, inviteUrl } = (await invited.json()) as { id: string; inviteUrl: string };
  const token = inviteUrl.split('#token=')[1] ?? '';
  const set = await fetch(`${api.url}/auth/password`, json({ token, newPassword: person.password }, api.url));
  if (set.status !== 204) throw new Error(`the password is ${set.status}: ${await set.text()}`);
  return { id, ...person };
}

/** A POST with a JSON body; with `origin` as a page of that origin would send it. */
function json(body: object, origin?: string): RequestInit & { headers: Record<string, string> } {
  const from: Record<string, string> = origin === undefined ? {} : { origin, 'x-csrf': '1' };
  return { method: 'POST', headers: { 'content-type': 'application/json', ...from }, body: JSON.stringify(body) };
}

/** Headers that prove somebody. */
export type Credentials = Readonly<Record<string, string>>;

const PROOFS = ['authorization', 'x-api-key'];
const speakers = new Map<string, () => Credentials | Promise<Credentials>>();

/** Lets somebody speak for a test wherever it asks this origin and names nobody itself. */
export function speakAt(origin: string, credentials: () => Credentials | Promise<Credentials>): void {
  speakers.set(hostOf(origin), credentials);
}

/** Nobody speaks at this origin any longer; its port may be another test's next. */
export function fallSilentAt(origin: string): void {
  speakers.delete(hostOf(origin));
}

/** Who speaks at the origin of a URL, `http` or `ws`; nobody unless {@link speakAt} said so. */
export async function speakerAt(url: string): Promise<Credentials> {
  return (await speakers.get(hostOf(url))?.()) ?? {};
}

/** The given headers, with the speaker's in front of them unless they prove somebody themselves. */
export async function spoken(url: string, given: RequestInit['headers']): Promise<Headers> {
  const headers = new Headers(given);
  if (PROOFS.some((name) => headers.has(name))) return headers;
  for (const [name, value] of Object.entries(await speakerAt(url))) headers.set(name, value);
  return headers;
}

const hostOf = (url: string): string => new URL(url).host;

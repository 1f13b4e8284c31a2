/**
 * A module of the built API: Node strips types, but does not know decorators. `npm run bench` builds first; name the types
 * of the same file in `apps/api/src`.
 * @param path below `apps/api/dist`, e.g. `charts/bar.repository.js`
 */
export async function built<T>(path: string): Promise<T> {
  await import('reflect-metadata');
  return (await import(new URL(`../../apps/api/dist/${path}`, import.meta.url).href)) as T;
}

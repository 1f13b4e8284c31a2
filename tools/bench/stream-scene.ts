import type { LoadOrder, ServerKind, ServerOrder } from './fanout-frames.ts';
import { Worker } from './worker.ts';

/** One server and one load process for the length of `use`; both are gone afterwards, with what they opened. */
export async function withServer<T>(
  kind: ServerKind,
  use: (server: Worker<ServerOrder>, load: Worker<LoadOrder>, port: number, key: string | undefined) => Promise<T>,
): Promise<T> {
  const server = new Worker<ServerOrder>('./fanout-server.ts', 0, [kind]);
  const load = new Worker<LoadOrder>('./fanout-load.ts', 1);
  try {
    const { port, key } = await server.next<{ port: number; key?: string }>();
    await load.next();
    await load.order({ do: 'show', key });
    return await use(server, load, port, key);
  } finally {
    await load.stop();
    await server.stop();
  }
}

import type { LoadOrder, ServerKind, ServerOrder } from './fanout-frames.ts';
import { Worker } from './worker.ts';

/** One server and one load process for the length of `use`; both are gone afterwards, with what they opened. */
export async function withServer<T>(
  kind: ServerKind,
  use: (server: Worker<ServerOrder>, load: Worker<LoadOrder>, port: number) => Promise<T>,
): Promise<T> {
  const server = new Worker<ServerOrder>('./fanout-server.ts', 0, [kind]);
  const load = new Worker<LoadOrder>('./fanout-load.ts', 1);
  try {
    const { port } = await server.next<{ port: number }>();
    await load.next();
    return await use(server, load, port);
  } finally {
    await load.stop();
    await server.stop();
  }
}

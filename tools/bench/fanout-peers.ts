import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { ServerKind } from './fanout-frames.ts';
import type { FanoutServer } from './fanout-server.ts';

const NOTHING = { conflated: 0, encoded: 0, writes: 0 };

interface Subscribe {
  readonly symbols: readonly string[];
}

/** The ways most servers do it, each as its documentation shows, without compression. */
export async function startPeer(kind: Exclude<ServerKind, 'product'>): Promise<FanoutServer> {
  const http = createServer();
  const publish = kind === 'socket.io' ? socketIo() : plainWs(kind);
  const port = await new Promise<number>((resolve) =>
    http.listen(0, '127.0.0.1', () => resolve((http.address() as AddressInfo).port)),
  );
  return { port, publish, counters: () => NOTHING };

  function socketIo(): FanoutServer['publish'] {
    const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
    io.on('connection', (socket) => {
      socket.on('subscribe', ({ symbols }: Subscribe) => void socket.join([...symbols]));
    });
    return (symbol, frame) => io.to(symbol).emit('tick', frame);
  }

  function plainWs(how: 'ws-each' | 'ws-once'): FanoutServer['publish'] {
    const rooms = new Map<string, Set<WebSocket>>();
    const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
    wss.on('connection', (ws) => {
      ws.on('message', (data) => {
        const { symbols } = JSON.parse(String(data)) as Subscribe;
        for (const symbol of symbols) (rooms.get(symbol) ?? rooms.set(symbol, new Set()).get(symbol))?.add(ws);
      });
      ws.on('close', () => {
        for (const room of rooms.values()) room.delete(ws);
      });
    });
    if (how === 'ws-each') {
      return (symbol, frame) => {
        for (const ws of rooms.get(symbol) ?? []) ws.send(JSON.stringify(frame));
      };
    }
    return (symbol, frame) => {
      const bytes = Buffer.from(JSON.stringify(frame));
      for (const ws of rooms.get(symbol) ?? []) ws.send(bytes, { binary: false });
    };
  }
}

import dns from 'node:dns';
import net from 'node:net';

/** Thrown at whoever tries to leave the machine in a test. */
export class NetworkBlocked extends Error {
  override readonly name = 'NetworkBlocked';
}

/**
 * Makes `fetch`, every socket and every name lookup of this process throw, so that no test can go out by mistake.
 * @returns puts everything back.
 */
export function blockNetwork(): () => void {
  const { fetch } = globalThis;
  const { connect } = net.Socket.prototype;
  const { lookup, resolve } = dns;
  const refuse = (what: string) => (): never => {
    throw new NetworkBlocked(`A test used the network (${what}).`);
  };
  globalThis.fetch = refuse('fetch') as typeof fetch;
  net.Socket.prototype.connect = refuse('socket') as typeof connect;
  dns.lookup = refuse('lookup') as unknown as typeof lookup;
  dns.resolve = refuse('resolve') as unknown as typeof resolve;
  return () => {
    globalThis.fetch = fetch;
    net.Socket.prototype.connect = connect;
    dns.lookup = lookup;
    dns.resolve = resolve;
  };
}

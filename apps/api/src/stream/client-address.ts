import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Who is really calling: the peer, or what trusted proxies say about it. */
export class ClientAddress {
  readonly #trusted: BlockList | null;

  /** @param proxies addresses or CIDR ranges whose `X-Forwarded-*` headers are believed */
  constructor(proxies: readonly string[]) {
    this.#trusted = proxies.length === 0 ? null : blockList(proxies);
  }

  /**
   * The key that connections are counted under: an IPv4 address, or the /64 network of an IPv6 address, since one
   * machine usually owns all of it.
   */
  of(request: IncomingMessage): string {
    return network(this.exact(request));
  }

  /** The address itself. */
  exact(request: IncomingMessage): string {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (!this.#trusts(peer)) return peer;
    const hops = String(request.headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((hop) => plain(hop.trim()))
      .filter((hop) => isIP(hop) !== 0);
    // From the right, the first hop that is no proxy of ours: anything left of it can be made up.
    const client = hops.toReversed().find((hop) => !this.#trusts(hop));
    return client ?? hops.at(0) ?? peer;
  }

  /** The `Host` under which the browser reached us. */
  host(request: IncomingMessage): string | undefined {
    const forwarded = request.headers['x-forwarded-host'];
    if (typeof forwarded === 'string' && this.#trusts(plain(request.socket.remoteAddress ?? ''))) {
      return forwarded.split(',')[0]?.trim();
    }
    return request.headers.host;
  }

  #trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted !== null && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

function blockList(entries: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) blocks.addAddress(address, family);
    else blocks.addSubnet(address, Number(prefix), family);
  }
  return blocks;
}

/** IPv4 peers of a dual-stack socket arrive as `::ffff:1.2.3.4`. */
function plain(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** What limits by address count under: an IPv4 address, or the /64 network of an IPv6 address. */
export function addressKey(address: string): string {
  return network(plain(address));
}

function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros =
    right === undefined ? [] : Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':') + '::/64';
}

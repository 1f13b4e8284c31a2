import dns from 'node:dns';
import net from 'node:net';

/**
 * Keeps every test on this machine: `fetch`, sockets and name lookups throw for anything but loopback, so that no test
 * can go out by mistake or hang on a network that is not there. Loaded before each test file of every project, and with
 * `node --import` into the processes that tests start.
 */
export class NetworkBlocked extends Error {
  name = 'NetworkBlocked';
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3}|0\.0\.0\.0|::)$/i;
const PATCHED = Symbol.for('ziggy.offline');

function check(host, what) {
  const name = String(host ?? 'localhost').replace(/^\[|\]$/g, '');
  if (name !== '' && !LOOPBACK.test(name)) throw new NetworkBlocked(`A test used the network (${what} ${name}).`);
}

/** Host of the many forms of `socket.connect`; null for a local path. */
function hostOf([first, second]) {
  if (Array.isArray(first)) return hostOf(first);
  if (typeof first === 'object' && first !== null)
    return typeof first.path === 'string' && first.path !== '' ? null : first.host;
  if (typeof first === 'string' && !/^\d+$/.test(first)) return null;
  return typeof second === 'string' ? second : undefined;
}

function guard(owner, name, what) {
  const original = owner[name];
  owner[name] = function guarded(host, ...rest) {
    check(host, what);
    return original.call(this, host, ...rest);
  };
}

// Core modules are shared by all test files of a worker.
if (net.Socket.prototype[PATCHED] !== true) {
  net.Socket.prototype[PATCHED] = true;
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function guarded(...args) {
    const host = hostOf(args);
    if (host !== null) check(host, 'socket to');
    return connect.apply(this, args);
  };
  for (const owner of [dns, dns.promises])
    for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveSrv', 'resolveTxt'])
      guard(owner, name, 'lookup of');
}

// The globals are a test file's own.
const { fetch } = globalThis;
if (fetch !== undefined && fetch[PATCHED] !== true) {
  globalThis.fetch = Object.assign(
    async function guarded(input, init) {
      const address = typeof input === 'object' && 'url' in input ? input.url : String(input);
      if (URL.canParse(address)) check(new URL(address).hostname, 'fetch from');
      return fetch(input, init);
    },
    { [PATCHED]: true },
  );
}

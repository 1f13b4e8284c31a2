import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import dns from 'node:dns';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

/** 192.0.2.0/24 is for documentation: were the guard not there, nothing would answer either. */
const AWAY = '192.0.2.1';
const blocked = { name: 'NetworkBlocked' };

describe('a test', () => {
  const server = http.createServer((_request, answer) => answer.end('here'));
  let port: number;
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());

  it('cannot fetch from elsewhere', async () => {
    await expect(fetch('https://query1.finance.yahoo.com/v8/finance/chart/SPY')).rejects.toMatchObject(blocked);
    await expect(fetch(new Request(`http://${AWAY}/`))).rejects.toMatchObject(blocked);
    await expect(fetch('http://localhost.evil.example/')).rejects.toMatchObject(blocked);
  });

  it('cannot open a socket elsewhere, however it is asked for', async () => {
    expect(() => net.connect(80, AWAY)).toThrow(expect.objectContaining(blocked));
    expect(() => net.connect({ port: 80, host: 'example.org' })).toThrow(expect.objectContaining(blocked));
    expect(() => new net.Socket().connect(80, AWAY)).toThrow(expect.objectContaining(blocked));
    const failed = new Promise((resolve, reject) => http.get(`http://${AWAY}/`, resolve).on('error', reject));
    await expect(failed).rejects.toMatchObject(blocked);
  });

  it('cannot look a name up', async () => {
    expect(() => dns.lookup('example.org', () => undefined)).toThrow(expect.objectContaining(blocked));
    expect(() => dns.promises.resolve('example.org')).toThrow(expect.objectContaining(blocked));
  });

  it('can talk to its own machine', async () => {
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
    const socket = net.connect(port, 'localhost');
    await once(socket, 'connect');
    socket.destroy();
  });
});

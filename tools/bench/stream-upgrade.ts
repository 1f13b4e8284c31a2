let shown = '';

/** The API key that every upgrade from here on carries. */
export function showKey(key: string | undefined): void {
  shown = key === undefined ? '' : `X-API-Key: ${key}\r\n`;
}

/** The handshake of a client on a plain socket. */
export function upgradeOf(path: string, port: number): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${shown}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
}

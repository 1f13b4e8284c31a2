import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import type { Logger } from './logger.ts';
import { HTTP_LIMITS } from './limits.ts';
import { ProblemError, problemAnswer } from './problem.ts';

type ConnectionFault = Error & { readonly code?: string };

/** Answers what Node could not even read as a request: bad request lines, oversized headers, bytes that never came. */
export function clientErrorHandler(log: Logger): (error: ConnectionFault, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
    const requestId = randomUUID();
    const { status, headers, body } = problemAnswer(problemOf(error), requestId);
    log.info({ requestId, status, cause: error.code }, 'unreadable request');
    const text = JSON.stringify(body);
    const lines = {
      ...headers,
      'x-request-id': requestId,
      connection: 'close',
      'content-length': String(Buffer.byteLength(text)),
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head.join('')}\r\n${text}`);
  };
}

function problemOf(error: ConnectionFault): ProblemError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError('headers_too_large', `The headers are larger than ${HTTP_LIMITS.headerBytes} bytes.`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('request_timeout', 'The request did not arrive in time.');
    default:
      return new ProblemError('malformed_request', 'The request is not valid HTTP.');
  }
}

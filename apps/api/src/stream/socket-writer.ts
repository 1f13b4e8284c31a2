import type { Socket } from 'node:net';

/** Large enough for a usual flush (30 quotes are 9-12 KiB), small enough to lose to a socket that stalls. */
const SCRATCH_BYTES = 32 * 1024;
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * Puts many frames into one `write` of the socket: one system call instead of one per frame, which is what fan-out
 * costs. The frames are copied into one buffer that serves all sockets in turn. A socket that could take everything has
 * done so when `write` returns; one that could not keeps the buffer, and the next write gets a new one.
 */
export function writeTogether(socket: Socket, frames: readonly Uint8Array[]): void {
  if (frames.length === 1) {
    socket.write(frames[0] as Uint8Array);
    return;
  }
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  // A backed-up socket would keep the whole scratch buffer for a few bytes of it.
  if (bytes > SCRATCH_BYTES || socket.writableLength > 0) {
    socket.write(Buffer.concat(frames, bytes));
    return;
  }
  let at = 0;
  for (const frame of frames) {
    scratch.set(frame, at);
    at += frame.length;
  }
  socket.write(scratch.subarray(0, bytes));
  if (socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
}

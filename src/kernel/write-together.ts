import type { Duplex } from 'node:stream';

/** What is written to the stream from now on, up to the end of this turn of the event loop, leaves in one system call, and wakes the other side once. */
export function writeTogether(stream: Duplex): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

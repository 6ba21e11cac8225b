/** A copy in memory of its own, for what is kept: a small Buffer is a part of a large one, 64 KiB in Node 24, that stays as long as any part of it. */
export function inOwnMemory(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

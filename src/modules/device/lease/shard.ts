import { createHash } from 'node:crypto';

export const SHARD_COUNT = 256;

/** Which shard a device belongs to, for ever: the first byte of its uuid's hash. */
export function shardOf(deviceId: string): number {
  return createHash('sha256').update(deviceId).digest().readUInt8(0);
}

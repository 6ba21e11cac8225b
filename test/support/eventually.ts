import { expect } from 'vitest';

const PATIENCE = { timeout: 15_000, interval: 25 };

/** Expects of a value that is still on its way: `await eventually(() => device.status()).toBe('CONNECTED')`. */
export function eventually<T>(probe: () => T | Promise<T>) {
  return expect.poll(probe, PATIENCE);
}

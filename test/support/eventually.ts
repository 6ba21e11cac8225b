import { expect, vi } from 'vitest';

const PATIENCE = { timeout: 30_000, interval: 25 };

/** Expects of a value that is still on its way: `await eventually(() => device.status()).toBe('CONNECTED')`. In tests only. */
export function eventually<T>(probe: () => T | Promise<T>) {
  return expect.poll(probe, PATIENCE);
}

/** Resolves with what `attempt` returns, once it no longer throws. In hooks too. */
export function succeeds<T>(attempt: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(attempt, PATIENCE);
}

import { setTimeout as wait } from 'node:timers/promises';

/** Resolves with the first value that is neither undefined, null nor false. */
export async function until<T>(
  look: () => T | undefined | null | false,
  what: string,
  timeoutMs = 8_000,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const value = look();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > giveUpAt) throw new Error(`gave up waiting for ${what}`);
    await wait(5);
  }
}
